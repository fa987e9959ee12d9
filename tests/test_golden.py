"""Is the generated source, line for line, what a colleague would have written?"""

import ast
import pathlib

import numpy as np
import pytest

from srcgrad import grad, runtime
from tests.golden import originals

TARGETS = (pathlib.Path(__file__).parent / "golden" / "targets.py").read_text()
RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(20, 3)), RNG.normal(size=3)
Y = (RNG.random(20) > 0.5) * 1.0
PARAMS = {"w": RNG.normal(size=(3, 4)), "b": RNG.normal(size=4), "v": RNG.normal(size=4), "decay": 0.1}
LAYERS = [originals.Dense(RNG.normal(size=(3, 3)), RNG.normal(size=3)) for _ in range(2)]
CASES = [
    (originals.logistic_loss, (W, X, Y), 0),
    (originals.heat, (RNG.normal(size=12), 0.2, 7), (0, 1)),
    (originals.cool, (3.0, 2.0), (0, 1)),
    (originals.chain_energy, (RNG.normal(size=6), 0.7, 1.3), (0, 1, 2)),
    (originals.newton, (2.0, 1.5), 0),
    (originals.network_loss, (PARAMS, RNG.normal(size=(5, 3)), RNG.normal(size=5)), 0),
    (originals.layers_loss, (LAYERS, RNG.normal(size=(5, 3))), 0),
    (originals.fitted_curve, (0.7, 0.3, [0.1, 0.5, 1.0], [0.6, 0.5, 0.4]), (0, 1)),
    (originals.smoothed, (RNG.normal(size=6), 0.3, 2), (0, 1)),
    (originals.likelihood, (W, 0.2, X, Y), (0, 1)),
    (originals.weighted, ([0.1, -0.5, 0.7], 0.3), (0, 1)),
]


def functions_of(text):
    """The text of every function, by name."""
    lines = text.splitlines()
    tree = ast.parse(text)
    return {f.name: "\n".join(lines[f.lineno - 1 : f.end_lineno]) for f in tree.body if isinstance(f, ast.FunctionDef)}


@pytest.mark.parametrize(("f", "args", "argnums"), CASES, ids=[f.__name__ for f, _, _ in CASES])
def test_source_is_the_target(f, args, argnums):
    df = grad(f, argnums)
    df(*args)
    expected = functions_of(TARGETS)
    found = functions_of(df.source)
    assert f"{f.__name__}_grad" in found
    for name, text in found.items():
        if name not in runtime.FUNCTIONS:  # helpers are copied as they are
            assert text == expected[name]
