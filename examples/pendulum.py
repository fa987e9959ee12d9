"""How long is this pendulum, and how strongly damped?  A fit to its noisy swing.

The model integrates the equation of motion with the classical Runge-Kutta method; the
gradient goes back through every step of it.

    python examples/pendulum.py [--quick]
"""

import math

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

import reporting
import srcgrad

LENGTH, DAMPING = 1.3, 0.25  # m, 1/s: what the fit should find
START = 2.0  # rad: far from the small angles of the textbook
NOISE = 0.03  # rad


def acceleration(angle, velocity, length, damping):
    return -9.81 / length * math.sin(angle) - damping * velocity


def rk4_step(angle, velocity, length, damping, dt):
    """Angle and velocity after the time dt."""
    a1 = velocity
    v1 = acceleration(angle, velocity, length, damping)
    a2 = velocity + dt / 2 * v1
    v2 = acceleration(angle + dt / 2 * a1, a2, length, damping)
    a3 = velocity + dt / 2 * v2
    v3 = acceleration(angle + dt / 2 * a2, a3, length, damping)
    a4 = velocity + dt * v3
    v4 = acceleration(angle + dt * a3, a4, length, damping)
    angle = angle + dt / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
    velocity = velocity + dt / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
    return angle, velocity


def misfit(length, damping, start, observed, dt):
    """Mean squared distance of the computed angles from the observed ones."""
    angle = start
    velocity = 0.0
    error = 0.0
    for k in range(len(observed)):
        angle, velocity = rk4_step(angle, velocity, length, damping, dt)
        error += (angle - observed[k]) ** 2
    return error / len(observed)


def true_angles(times):
    """The swing, by an integrator that has nothing to do with the model's."""
    solution = solve_ivp(
        lambda t, s: (s[1], acceleration(s[0], s[1], LENGTH, DAMPING)),
        (0.0, times[-1]),
        (START, 0.0),
        t_eval=times,
        rtol=1e-10,
        atol=1e-10,
    )
    return solution.y[0]


def trajectory(length, damping, times, dt):
    angle, velocity, angles = START, 0.0, []
    for _ in times:
        angle, velocity = rk4_step(angle, velocity, length, damping, dt)
        angles.append(angle)
    return angles


def plot(times, observed, guess, found, dt):
    figure, axes = reporting.new_figure(1, width=8.0)
    axes.plot(times, observed, ".", color="gray", label="observed")
    axes.plot(times, trajectory(*guess, times, dt), ":", label="first guess")
    axes.plot(times, trajectory(*found, times, dt), label="fit")
    axes.set(xlabel="time (s)", ylabel="angle (rad)")
    axes.set(title=f"length {found[0]:.3f} m, damping {found[1]:.3f} 1/s")
    axes.legend()
    reporting.save_plot(figure, "pendulum")


def main():
    quick = reporting.arguments(__doc__).quick
    rng = np.random.default_rng(0)
    dt = 0.04
    times = dt * np.arange(1, (60 if quick else 200) + 1)
    observed = true_angles(times) + rng.normal(scale=NOISE, size=len(times))
    guess = (1.1, 0.1)

    reporting.show_functions(acceleration, rk4_step, misfit)
    misfit_and_gradient = srcgrad.value_and_grad(misfit, argnums=(0, 1))
    misfit_and_gradient(*guess, START, observed, dt)
    reporting.show_gradient(misfit_and_gradient)

    def objective(parameters):
        length, damping = parameters.tolist()
        value, gradient = misfit_and_gradient(length, damping, START, observed, dt)
        return value, np.array(gradient)

    reporting.heading(f"Fitting {len(times)} observations, {dt} s apart")
    result = minimize(
        objective,
        guess,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.1, 10.0), (0.0, 5.0)],
        callback=lambda p: print(f"length {p[0]:.5f} m   damping {p[1]:.5f} 1/s"),
    )
    length, damping = result.x.tolist()
    print(f"found length {length:.4f} m, damping {damping:.4f} 1/s", end="; ")
    print(f"the pendulum has {LENGTH} m and {DAMPING} 1/s")
    print(f"remaining error {np.sqrt(result.fun):.4f} rad; the noise is {NOISE} rad")
    plot(times, observed, guess, (length, damping), dt)
    if abs(length / LENGTH - 1) > 0.02 or abs(damping / DAMPING - 1) > 0.1:
        raise SystemExit("the fit has not found the pendulum")


if __name__ == "__main__":
    main()
