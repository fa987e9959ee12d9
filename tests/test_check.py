"""Does the judge notice what is wrong? Differences and their assertions, without f'."""

import dataclasses
import typing

import numpy as np
import pytest

from tests import check
from tests.shrink import shrunk


class Pair(typing.NamedTuple):
    x: float
    y: np.ndarray


@dataclasses.dataclass(frozen=True)
class Layer:
    W: np.ndarray
    name: str = "layer"


class Model:
    def __init__(self):
        self.layers = [Layer(np.ones((2, 2))), Layer(np.array([0.5]))]
        self.scale = 3.0
        self.steps = 4


def of_containers(pair, table, model):
    first, second = model.layers
    total = pair.x * np.sum(pair.y**2) + table["a"][0] * 2 + table["n"]
    return total + model.scale * np.sum(first.W) * second.W[0] + model.steps


def arguments():
    return Pair(2.0, np.array([1.0, 3.0])), {"a": (4.0, "s"), "n": 7}, Model()


def test_slopes_of_containers():
    args = arguments()
    slopes = check.central_differences(of_containers, args, (0, 1, 2))
    found = {}
    for s in slopes:
        found.setdefault((s.argnum, *s.path), []).append(round(s.slope, 6))
    assert found == {
        (0, 0): [10.0],
        (0, 1): [4.0, 12.0],
        (1, "a", 0): [2.0],
        (2, "layers", 0, "W"): [1.5] * 4,
        (2, "layers", 1, "W"): [12.0],
        (2, "scale"): [2.0],
    }
    assert check.same(args, arguments()), "differences change their arguments"


def test_large_arrays_are_probed_along_directions():
    x = np.linspace(0, 1, 30)
    slopes = check.central_differences(lambda x: np.sum(x**2), (x,), (0,))
    assert len(slopes) == 6
    check.assert_slopes({0: 2 * x}, (x,), slopes, np.sum(x**2))


@pytest.mark.parametrize("gradient", [np.zeros(3), np.array([2.0, 4.0, 6.001]), np.array([2.0, 4.0, np.nan])])
def test_wrong_gradients_are_noticed(gradient):
    x = np.array([1.0, 2.0, 3.0])
    slopes = check.central_differences(lambda x: np.sum(x**2), (x,), (0,))
    check.assert_slopes({0: 2 * x}, (x,), slopes, 14.0)
    with pytest.raises(AssertionError, match="wrong gradient"):
        check.assert_slopes({0: gradient}, (x,), slopes, 14.0)


@pytest.mark.parametrize(
    ("gradient", "argument"),
    [
        (np.zeros((3, 1)), np.zeros(3)),
        (np.zeros(3), np.zeros(3, np.float32)),
        (0.0, np.zeros(3)),
        (np.zeros(1), 1.0),
        ([0.0], (1.0,)),
        ({"a": 0.0}, {"a": 1.0, "b": 2.0}),
        ((0.0, 1.0), (1.0, "text", 1.0)),
        ((0.0, np.zeros(2)), Pair(1.0, np.zeros(2))),
    ],
)
def test_wrong_structures_are_noticed(gradient, argument):
    with pytest.raises((AssertionError, IndexError)):
        check.assert_structure(gradient, argument, "gradient")


def test_changed_arguments_are_noticed():
    before, after = (np.zeros(2), 1.0), (np.ones(2), 1.0)
    check.assert_arguments((np.zeros(2), 1.0), before, after)
    check.assert_arguments((np.ones(2), 1.0), before, after)
    with pytest.raises(AssertionError, match="argument 0"):
        check.assert_arguments((np.array([1.0, 0.0]), 1.0), before, after)


def test_programs_are_made_smaller():
    text = "a = 1\nif a:\n    b = 2 * a + 3\n    c = 4\nelse:\n    d = 5\ne = 6\n"
    assert shrunk(text, lambda t: "2" in t) == "b = 2\n"
