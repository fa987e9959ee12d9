"""How do the examples show what they did?  Source, gradient, and a saved plot."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).resolve().parent / "output"


def arguments(description: str) -> argparse.Namespace:
    """The command line of an example: `--quick` for a short run."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a short run, to see that it works")
    return parser.parse_args()


def show_functions(*functions: Callable[..., Any]) -> None:
    """Print what the user wrote."""
    heading("The function")
    print("\n\n\n".join(inspect.getsource(function).rstrip() for function in functions))


def show_gradient(gradient: Callable[..., Any]) -> None:
    """Print what srcgrad generated from it, for the arguments it was called with."""
    heading("Its gradient, as generated")
    print(gradient)


def heading(text: str) -> None:
    print(f"\n--- {text} {'-' * (80 - len(text))}\n")


def new_figure(columns: int, width: float = 4.5, height: float = 3.6) -> tuple[Any, Any]:
    """A figure and its axes side by side, drawn without a display."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, columns, figsize=(width * columns, height))
    return figure, axes


def save_plot(figure: Any, name: str) -> None:
    """Save a figure as examples/output/<name>.png."""
    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / f"{name}.png"
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    print(f"plot saved: {path}")
