"""Does the time to transform grow with source lines, and never with iterations?

    python -m benchmarks.transform_time [--statements 10 100 1000] [--repeats 3]

Generates functions of straight-line statements, loops and branches, and measures what
`grad(f).specialize(*args)` takes on a function seen for the first time.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import srcgrad

STRAIGHT = [
    "a = np.sin(a) * b + {k}",
    "b = b - 0.1 * a * c",
    "c = np.exp(-(a**2)) + c / {k}",
    "total += np.sum(a * c)",
    "a = 0.5 * (a + b)",
]
LOOP = [
    "for i in range(n):",
    "    a = a + 0.01 * b * c",
    "    b[1:] += 0.1 * a[:-1]",
    "    total += {k} * np.mean(b)",
    "c = np.tanh(a + c)",
]
BRANCH = ["if total > {k}:", "    a = a * np.cos(b)", "else:", "    a = a - c", "total += np.sum(a)"]
MIXTURES = {"straight": [STRAIGHT], "loops": [STRAIGHT, LOOP], "loops, branches": [STRAIGHT, LOOP, BRANCH]}

counter = itertools.count()


def write_function(statements: int, blocks: list[list[str]]) -> str:
    """A module whose `f` has about that many statements."""
    lines = ["import numpy as np", "", "", "def f(a, b, c, n):"]
    lines += ["    b = b.copy()", "    total = 0.0"]
    for k, block in zip(range(1, statements // 5 + 1), itertools.cycle(blocks)):
        lines += ["    " + line.format(k=k) for line in block]
    return "\n".join([*lines, "    return total", ""])


def load(text: str, folder: Path) -> ModuleType:
    """The text as a module from a file of its own, never seen before."""
    name = f"transform_time_{next(counter)}"
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def arguments(iterations: int) -> tuple[Any, ...]:
    a, b, c = np.random.default_rng(0).normal(size=(3, 8))
    return a, b, c, iterations


def transform_time(text: str, folder: Path, iterations: int, repeats: int) -> tuple[float, int]:
    """The shortest time in seconds, and the number of lines generated."""
    best, lines = float("inf"), 0
    for _ in range(repeats):
        module = load(text, folder)
        df: Callable[..., Any] = srcgrad.grad(module.f, argnums=(0, 1, 2))
        start = time.perf_counter()
        df.specialize(*arguments(iterations))  # type: ignore[attr-defined]
        best = min(best, time.perf_counter() - start)
        lines = df.source.count("\n")  # type: ignore[attr-defined]
    return best, lines


def by_statements(sizes: list[int], folder: Path, repeats: int) -> None:
    print("Time to transform, by statements")
    print(f"{'program':18}{'statements':>12}{'generated':>12}{'ms':>10}", end="")
    print(f"{'ms/statement':>14}{'ratio':>8}{'per size':>10}")
    for name, blocks in MIXTURES.items():
        before: tuple[int, float] | None = None
        for size in sizes:
            text = write_function(size, blocks)
            seconds, lines = transform_time(text, folder, 10, repeats)
            row = f"{name:18}{size:12}{lines:12}{1e3 * seconds:10.1f}"
            row += f"{1e3 * seconds / size:14.3f}"
            if before is not None:
                # 1.0 in the last column: linear; more: worse than linear.
                ratio = seconds / before[1]
                row += f"{ratio:8.1f}{ratio / (size / before[0]):10.2f}"
            print(row, flush=True)
            before = size, seconds


def by_iterations(folder: Path, repeats: int) -> None:
    print("\nTime to transform 50 statements, by iterations of their loops")
    print(f"{'iterations':>12}{'generated':>12}{'ms':>10}{'ratio':>8}")
    text = write_function(50, MIXTURES["loops"])
    first: float | None = None
    for iterations in (1, 100, 10_000, 1_000_000):
        seconds, lines = transform_time(text, folder, iterations, repeats)
        first = first or seconds
        print(f"{iterations:12}{lines:12}{1e3 * seconds:10.1f}{seconds / first:8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        by_statements(options.statements, Path(folder), options.repeats)
        by_iterations(Path(folder), options.repeats)


if __name__ == "__main__":
    main()
