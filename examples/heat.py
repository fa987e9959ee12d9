"""How fast does heat spread in this rod?  A diffusivity, from noisy temperatures.

The model is an explicit time loop that updates the temperatures in place.  The
measurements come from the exact series solution, with noise, so model and data do not
share their code.

    python examples/heat.py [--quick]
"""

import numpy as np

import reporting
import srcgrad

LENGTH = 1.0  # m
DIFFUSIVITY = 1.11e-4  # m2/s, copper: what the fit should find
NOISE = 0.5  # K


def misfit(diffusivity, u, measured, dt, dx, steps):
    """Mean squared distance of computed temperatures from the measured profiles.

    `u` holds the temperatures at the start; a profile was measured every `steps` steps.
    """
    u = u.copy()
    error = 0.0
    for profile in measured:
        for _ in range(steps):
            u[1:-1] += diffusivity * dt / dx**2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        error += np.mean((u - profile) ** 2)
    return error / len(measured)


def exact(x, t):
    """Temperatures of a rod whose ends are kept at 0, from three sine modes."""
    amplitudes = {1: 80.0, 2: 30.0, 5: -15.0}
    rates = {k: DIFFUSIVITY * (k * np.pi / LENGTH) ** 2 for k in amplitudes}
    return sum(a * np.exp(-rates[k] * t) * np.sin(k * np.pi * x / LENGTH) for k, a in amplitudes.items())


def fit(value_and_slope, guess, *data, tolerance=1e-12):
    """The diffusivity where the slope of the misfit is 0, by the secant method."""
    history = []
    before, after = guess, 1.05 * guess
    slope_before = value_and_slope(before, *data)[1]
    for _ in range(50):
        value, slope = value_and_slope(after, *data)
        history.append((after, value, slope))
        print(f"diffusivity {after:.6e}   misfit {value:10.6f}   slope {slope: .3e}")
        if abs(after - before) <= tolerance or slope == slope_before:
            break
        before, after = after, after - slope * (after - before) / (slope - slope_before)
        slope_before = slope
    return after, history


def plot(x, times, measured, u, found, history, dt, dx, steps):
    figure, (left, right) = reporting.new_figure(2, width=5.5)
    left.plot(x, u, color="gray", label="start")
    for k, profile in enumerate(measured):
        left.plot(x, profile, ".", color=f"C{k}", markersize=3)
        left.plot(x, exact(x, times[k]), color=f"C{k}", label=f"{times[k]:.0f} s")
    left.set(xlabel="position (m)", ylabel="temperature (K above the ends)")
    left.set(title="measured, and the exact solution")
    left.legend()
    grid = np.linspace(0.4, 1.6, 25) * DIFFUSIVITY
    right.plot(grid, [misfit(nu, u, measured, dt, dx, steps) for nu in grid])
    right.plot([row[0] for row in history], [row[1] for row in history], "o")
    right.axvline(found, color="gray", linewidth=0.8)
    right.set(xlabel="diffusivity (m²/s)", title="misfit, and the steps of the fit")
    reporting.save_plot(figure, "heat")


def main():
    quick = reporting.arguments(__doc__).quick
    rng = np.random.default_rng(0)
    points, profiles, steps = (41, 3, 100) if quick else (101, 4, 800)
    x = np.linspace(0, LENGTH, points)
    dx = x[1] - x[0]
    dt = 0.2 * dx**2 / DIFFUSIVITY
    times = dt * steps * np.arange(1, profiles + 1)
    measured = np.array([exact(x, t) for t in times])
    measured += rng.normal(scale=NOISE, size=measured.shape)
    u = exact(x, 0.0)

    reporting.show_functions(misfit)
    value_and_slope = srcgrad.value_and_grad(misfit)
    value_and_slope(0.5 * DIFFUSIVITY, u, measured, dt, dx, steps)
    reporting.show_gradient(value_and_slope)

    reporting.heading(f"Fitting {profiles} profiles of {points} points, {steps} steps apart")
    found, history = fit(value_and_slope, 0.5 * DIFFUSIVITY, u, measured, dt, dx, steps)
    print(f"found {found:.4e} m2/s; the rod has {DIFFUSIVITY:.4e}")
    plot(x, times, measured, u, found, history, dt, dx, steps)
    if abs(found / DIFFUSIVITY - 1) > 0.02:
        raise SystemExit("the fit has not found the diffusivity")


if __name__ == "__main__":
    main()
