"""What was measured, as a table, as a chart, and as the tables of docs/performance.md."""

from __future__ import annotations

import datetime
import math
import os
import platform
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from benchmarks.measure import HAND, HAND_LOOPS, OURS, OURS_LOOPS, WAYS, Measured
from benchmarks.peers import PEERS

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
MARKS = "<!-- measured: begin -->", "<!-- measured: end -->"


def mean(ratios: Iterable[float | None]) -> float | None:
    """The geometric mean of those that are there."""
    logs = [math.log(r) for r in ratios if r]
    return math.exp(sum(logs) / len(logs)) if logs else None


def number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def rows_of(results: list[Measured], ways: list[str]) -> list[list[str]]:
    """Times over the primal's, by way, then ours over those by hand, transform and compile time, memory."""
    head = [
        "problem", "primal ms", *ways, "NumPy: ours / hand", "Numba: ours / hand", "transform ms", "compile s",
        "peak: ours / hand",
    ]  # fmt: skip
    rows = [head]
    for m in results:
        rows.append(
            [
                m.problem.name,
                number(1e3 * m.primal, 3),
                *(number(m.times[w] / m.primal if w in m.times else None) for w in ways),
                number(m.ratio(OURS, HAND)),
                number(m.ratio(OURS_LOOPS, HAND_LOOPS)),
                number(1e3 * m.transform, 0),
                number(m.compile, 1),
                number(m.peaks[OURS] / m.peaks[HAND]),
            ]
        )
    rows.append(
        [
            "geometric mean",
            "",
            *(number(mean(m.times[w] / m.primal for m in results if w in m.times)) for w in ways),
            number(mean(m.ratio(OURS, HAND) for m in results)),
            number(mean(m.ratio(OURS_LOOPS, HAND_LOOPS) for m in results)),
            number(sum(1e3 * m.transform for m in results) / len(results), 0),
            "",
            number(mean(m.peaks[OURS] / m.peaks[HAND] for m in results)),
        ]
    )
    return rows


def ways_of(results: list[Measured]) -> list[str]:
    return [way for way in WAYS if any(way in m.times for m in results)]


def text_of(results: list[Measured]) -> str:
    """The table, for a terminal."""
    rows = rows_of(results, ways_of(results))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths))) for row in rows]  # fmt: skip
    return "\n".join(lines)


def setting() -> str:
    """Where and when."""
    versions = []
    for package in ("numpy", "numba", "jax", "autograd", "torch"):
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    return f"{datetime.date.today()}, {machine}, {', '.join(versions)}; one thread, float64."


def markdown_of(results: list[Measured]) -> str:
    rows = rows_of(results, ways_of(results))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "| --- |" + " ---: |" * (len(rows[0]) - 1))
    slower = [
        m.problem.name
        for m in results
        if "JAX" in m.times and min(m.times[w] for w in (OURS, OURS_LOOPS) if w in m.times) > 1.1 * m.times["JAX"]
    ]
    behind = f"Behind JAX by more than a tenth: {', '.join(slower) or 'none'}." if "JAX" in ways_of(results) else ""
    chart = "![gradients by all ways](performance.svg)"
    return "\n".join([f"Measured {setting()}", "", *lines, "", behind, "", chart])


def write_page(results: list[Measured]) -> None:
    """Put the table where docs/performance.md has its marks, and the chart beside the page."""
    begin, end = MARKS
    text = re.sub(
        f"{begin}.*{end}", lambda _: f"{begin}\n{markdown_of(results)}\n{end}", PAGE.read_text(), flags=re.DOTALL
    )
    PAGE.write_text(text)
    draw(results, PAGE.with_suffix(".svg"))


def draw(results: list[Measured], path: Path) -> None:
    """A chart: each problem's gradient by every way, as a multiple of the function's own time."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "srcgrad"
    from matplotlib import pyplot

    ways = ways_of(results)
    marks = {HAND: "|", OURS: "o", HAND_LOOPS: "1", OURS_LOOPS: "D", **dict(zip(PEERS, "sx^"))}
    figure, axes = pyplot.subplots(figsize=(9, 0.32 * len(results) + 1.6), layout="constrained")
    for way in ways:
        points = [(m.times[way] / m.primal, i) for i, m in enumerate(results) if way in m.times]
        axes.scatter(*zip(*points), marker=marks[way], label=way, s=36, zorder=3)
    axes.set_yticks(range(len(results)), [m.problem.name for m in results])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("time of a gradient, as a multiple of the NumPy function's own time (left is faster)")
    axes.grid(True, which="major", alpha=0.4)
    axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
