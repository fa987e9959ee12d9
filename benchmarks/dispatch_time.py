"""What does a call of a gradient cost beyond the generated function itself?

    python -m benchmarks.dispatch_time [--number 20000] [--repeats 7]

Compares `df(*args)` with the bare `df.specialize(*args)(*args)`: the difference is the time for guards and for noting
the user's line on exceptions.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import srcgrad


def one_array(x: Any) -> Any:
    return np.sum(x * x)


def four_arrays(a: Any, b: Any, c: Any, d: Any) -> Any:
    return np.sum(a * b + c * d)


def a_dict(p: Any) -> Any:
    return np.sum(p["w0"] * p["w1"])


def floats(a: float, b: float, c: float) -> float:
    return a * b + c


def cases() -> dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]:
    x = np.linspace(0.0, 1.0, 5)
    return {
        "one float": (lambda a: a * a, (1.0,)),
        "three floats": (floats, (1.0, 2.0, 3.0)),
        "one small array": (one_array, (x,)),
        "four small arrays": (four_arrays, (x, x + 1, x + 2, x + 3)),
        "a dict of 20 arrays": (a_dict, ({f"w{i}": x + i for i in range(20)},)),
    }


def best(call: Callable[..., Any], args: tuple[Any, ...], number: int, repeats: int) -> float:
    """The shortest mean time of one call, in microseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            call(*args)
        times.append((time.perf_counter() - start) / number)
    return 1e6 * min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=20000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    print(f"{'arguments':22}{'bare us':>10}{'df us':>10}{'beyond us':>12}{'ratio':>8}")
    for name, (function, args) in cases().items():
        df = srcgrad.grad(function)
        bare = best(df.specialize(*args), args, options.number, options.repeats)
        whole = best(df, args, options.number, options.repeats)
        print(f"{name:22}{bare:10.2f}{whole:10.2f}{whole - bare:12.2f}{whole / bare:8.2f}")


if __name__ == "__main__":
    main()
