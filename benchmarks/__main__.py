"""How fast are the gradients, against adjoints written by hand and against other tools?

    python -m benchmarks [problem ...] [--only WAY ...] [--seconds 1.0] [--write] [--chart FILE]

Prints each gradient's time as a multiple of the function's own.  Numba, JAX, autograd and PyTorch take part where they
are installed.  --write puts the table and the chart into docs/performance.md.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import argparse  # noqa: E402  (the threads are counted when NumPy is imported)
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from benchmarks.measure import WAYS, Measured, measure  # noqa: E402
from benchmarks.problems import load  # noqa: E402
from benchmarks.table import draw, text_of, write_page  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="*", help="their names; all of them if none is given")
    parser.add_argument("--only", nargs="+", default=WAYS, choices=WAYS, metavar="WAY", help=", ".join(WAYS))
    parser.add_argument("--seconds", type=float, default=1.0, help="for each problem")
    parser.add_argument("--write", action="store_true", help="renew docs/performance.md and its chart")
    parser.add_argument("--chart", type=Path, help="draw the chart into this file (.svg)")
    options = parser.parse_args()
    results: list[Measured] = []
    for problem in load():
        if options.problems and problem.name not in options.problems:
            continue
        print(f"{problem.name} ...", file=sys.stderr, flush=True)
        try:
            results.append(measure(problem, options.only, options.seconds))
        except Exception as error:
            print(f"  left out: {error}", file=sys.stderr)
    print(text_of(results))
    if options.write:
        write_page(results)
    if options.chart:
        draw(results, options.chart)


if __name__ == "__main__":
    main()
