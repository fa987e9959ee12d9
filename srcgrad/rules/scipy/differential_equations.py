"""Differential equations, differentiated as they are integrated: step by step.

The values are SciPy's.  Their derivatives are those of Runge-Kutta steps over the same times, whose number and lengths are
chosen by SciPy for a tolerance of 1e-9 (or the one asked for, if that is smaller) and then held: DOP853, of order 8, or
Radau IIA, of order 5, where an implicit method is asked for, with steps for 1e-7.  Steps are fractions of the spans
between the times, which may vary too.  As a program of steps it has derivatives of every order in both modes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.integrate
import scipy.optimize

from srcgrad.rules.registry import constant, definition
from srcgrad.runtime.structures import held


class Trajectory(NamedTuple):
    """What solve_ivp gives, as far as it is known here."""

    t: Any
    y: Any
    success: Any
    status: Any


def steps_between(f, t, y, method, rtol, atol):
    """The steps from each time to the next: which span they are in, where they begin, and how long they are, as parts of it."""
    rows = []
    for k in range(len(t) - 1):
        if t[k] == t[k + 1]:
            rows.append((k, 0.0, 1.0))
            continue
        solver = getattr(scipy.integrate, method)(f, t[k], y, t[k + 1], rtol=rtol, atol=atol)
        span = t[k + 1] - t[k]
        while solver.status == "running":
            solver.step()
            if solver.status == "failed":
                raise RuntimeError("the differential equation could not be integrated")
            rows.append((k, (solver.t_old - t[k]) / span, (solver.t - solver.t_old) / span))
            if len(rows) > 20000:
                raise RuntimeError(
                    "the derivative of this integration would take more than 20000 explicit steps: "
                    "use scipy.integrate.solve_ivp with method='Radau'"
                )
        y = solver.y
    return np.reshape(np.array(rows, dtype=float), (-1, 3))


constant("steps_between", functions={"steps_between": steps_between})


def vector_of(y0):
    if isinstance(y0, (list, tuple)):
        y0 = np.array(y0)
    if np.ndim(y0) == 0:
        return np.array([y0]) * 1.0
    return np.array(y0) * 1.0


def slope(f, t, y, args, time_first):
    if time_first:
        return f(t, y, *args)
    return f(y, t, *args)


def explicit_step(f, t, y, h, args, time_first):
    """One step of the method of order 8 by Dormand and Prince."""
    stages = int(scipy.integrate.DOP853.C.size)
    slopes = np.zeros((stages, len(y)), dtype=y.dtype)
    for s in range(stages):
        inside = y + h * (scipy.integrate.DOP853.A[s] @ slopes)
        slopes[s] = slope(f, t + scipy.integrate.DOP853.C[s] * h, inside, args, time_first)
    return y + h * (scipy.integrate.DOP853.B @ slopes)


def implicit_step(f, t, y, h, args):
    """One step of the method Radau IIA of order 5: its three slopes are a root."""

    def excess(flat):
        slopes = flat.reshape(3, -1)
        return np.ravel(slopes - slopes_inside(f, t, y, h, args, slopes))

    start = np.ravel(np.outer(np.ones(3), held(np.asarray(f(t, y, *args)))))
    slopes = scipy.optimize.fsolve(excess, start, xtol=1e-10).reshape(3, -1)
    return y + h * (radau_table()[2] @ slopes)


def radau_table():
    """How the three slopes of Radau IIA are added up; the last row is that of the step."""
    six = np.sqrt(6.0)
    return np.array(
        [
            [(88 - 7 * six) / 360, (296 - 169 * six) / 1800, (-2 + 3 * six) / 225],
            [(296 + 169 * six) / 1800, (88 + 7 * six) / 360, (-2 - 3 * six) / 225],
            [(16 - six) / 36, (16 + six) / 36, 1 / 9],
        ]
    )


def slopes_inside(f, t, y, h, args, slopes):
    table = radau_table()
    first = np.asarray(f(t + table[0].sum() * h, y + h * (table[0] @ slopes), *args))
    second = np.asarray(f(t + table[1].sum() * h, y + h * (table[1] @ slopes), *args))
    third = np.asarray(f(t + h, y + h * (table[2] @ slopes), *args))
    return np.stack([first, second, third])


def trajectory(f, t, y, plan, args, implicit, time_first):
    """y at each of the times, the first of which it is given for."""
    values = np.zeros((len(t), len(y)), dtype=y.dtype)
    values[:1] = y
    for i in range(len(plan)):
        k = int(plan[i, 0])
        span = t[k + 1] - t[k]
        if implicit:
            y = implicit_step(f, t[k] + plan[i, 1] * span, y, plan[i, 2] * span, args)
        else:
            y = explicit_step(f, t[k] + plan[i, 1] * span, y, plan[i, 2] * span, args, time_first)
        values[k + 1] = y
    return values


@definition("scipy.integrate.solve_ivp")
def solve_ivp(
    fun, t_span, y0, method="RK45", t_eval=None, *, args=None, rtol=1e-3, atol=1e-6, max_step=None, first_step=None,
    jac=None,
):  # fmt: skip
    if args is None:
        return integrated(fun, t_span, y0, method, t_eval, (), rtol, atol, max_step, first_step, jac)
    return integrated(fun, t_span, y0, method, t_eval, args, rtol, atol, max_step, first_step, jac)


def integrated(fun, t_span, y0, method, t_eval, args, rtol, atol, max_step, first_step, jac):
    options = dict(rtol=rtol, atol=atol, max_step=np.inf if max_step is None else max_step, first_step=first_step)
    if jac is not None:  # it makes SciPy faster, and changes nothing else
        found = scipy.integrate.solve_ivp(
            held(fun), held(t_span), held(y0), method, held(t_eval), args=held(args), jac=held(jac), **options
        )
    else:
        found = scipy.integrate.solve_ivp(
            held(fun), held(t_span), held(y0), method, held(t_eval), args=held(args), **options
        )
    y = vector_of(y0)
    if t_eval is None:
        fractions = np.zeros(int(found.t.size))
        fractions[:] = (found.t - held(t_span)[0]) / (held(t_span)[1] - held(t_span)[0])
        t = t_span[0] + (t_span[1] - t_span[0]) * fractions
    else:
        t = np.array(t_eval) * 1.0
    implicit = method == "Radau" or method == "BDF" or method == "LSODA"
    times = np.concatenate([np.array([t_span[0] * 1.0]), t])
    values = replayed(fun, times, y, args, implicit, True, rtol, atol)[1:].T
    solved = np.zeros((len(y), len(t)), dtype=y.dtype)
    solved[:] = found.y
    return Trajectory(t, solved + (values - held(values)), bool(found.success), int(found.status))


@definition("scipy.integrate.odeint")
def odeint(
    func, y0, t, args=(), Dfun=None, *, rtol=None, atol=None, tcrit=None, h0=0.0, hmax=0.0, hmin=0.0, mxstep=0,
    mxordn=12, mxords=5, tfirst=False,
):  # fmt: skip
    if not isinstance(args, tuple):
        args = (args,)
    y = vector_of(y0)
    t = np.array(t) * 1.0
    solved = np.zeros((len(t), len(y)))
    found = scipy.integrate.odeint(
        held(func), held(y0), held(t), held(args), held(Dfun), rtol=rtol, atol=atol, tcrit=tcrit, h0=h0, hmax=hmax,
        hmin=hmin, mxstep=mxstep, mxordn=mxordn, mxords=mxords, tfirst=tfirst,
    )  # fmt: skip
    solved[:] = found
    values = replayed(func, t, y, args, False, tfirst, 1e-9, 1e-10)
    return solved + (values - held(values))


def replayed(f, t, y, args, implicit, time_first, rtol, atol):
    given, fixed = held(args), held(f)
    method, largest = ("Radau", 1e-7) if implicit else ("DOP853", 1e-9)
    steps = steps_between(
        lambda t, y: slope(fixed, t, y, given, time_first), held(t), held(y), method, min(rtol, largest), min(atol, 0.1 * largest)
    )
    plan = np.zeros((len(steps), 3))
    plan[:] = steps
    return trajectory(f, t, y, plan, args, implicit, time_first)
