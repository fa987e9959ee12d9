"""Do the explicit loops of the Numba backend give what the NumPy backend gives?  They are Python, and need no Numba."""

import copy
import dataclasses
import os
from typing import NamedTuple

import numpy as np
import pytest

from srcgrad import SrcgradError, api
from srcgrad.backends import compiled_runtime, lowering
from srcgrad.runtime import arrays, matrices
from tests import programs
from tests.check import float_leaves

programs.load()


def lowered_text(function, argnums, args):
    """The generated function, its text in loops, and what its names stand for."""
    derivative = api.value_and_grad(function, argnums)
    args = api.bind(derivative._parameters, args, {}, "f")
    session, generated, entry = api.build(
        derivative._function, derivative._parameters, derivative._wanted, list(args), "value_and_grad", False
    )
    core = generated.specialized.function
    kinds = [core.kinds[id(p)] for p in core.params]
    given = entry.arguments(derivative._parameters, list(args))
    trees = lowering.lower(generated.trees, kinds, given, session.infer, generated.globals)
    text, own = lowering.module_text(trees, generated.globals)
    return generated, text, own, given


NOT_LOWERED = {  # Numba refuses what is printed for them
    "signal.small_cnn": "an array of unknown rank is filled element by element",
    "containers.dict_get_pop_and_setdefault": "a dict is used as a whole",
    "integers.joined_after_a_comprehension": "a list holds arrays of integers and of real numbers",
    "integers.history_from_integers": "a list holds arrays of integers and of real numbers",
}


# SRCGRAD_ALL=1 asks this of all programs; every fourth is enough for a daily run.
# Those in whose loops elements are met out of turn, names stand for other names, or sizes are told at run time.
ALWAYS = {
    "aliases.views_kept_in_a_dict", "algorithms.de_casteljau", "in_place.ufunc_at", "index_forms.mask_stored_into_later",
    "index_forms.one_place_where", "index_forms.masks_of_two_axes", "index_forms.arrays_beside_integers_and_slices",
    "arrays.reductions_at_a_precision", "statements.scope_of_loop_and_except_names", "unpacking.fixed_parameters_from_a_list",
    "index_forms.meshes_and_places", "index_forms.added_at_pairs", "scipy_programs.filters_and_back",
    "inner_derivatives.leapfrog", "likelihoods.cross_entropy_of_rebound",
    "stencils.shallow_water", "straight.modulo_and_floor", "without_axes.given_to_a_helper",
}  # fmt: skip
LIBRARY_OBJECTS = ("sparse.", "splines.")  # Numba takes none of the objects of SciPy that these are given
CASES = [
    c
    for i, c in enumerate(programs.PROGRAMS)
    if (os.environ.get("SRCGRAD_ALL") or i % 4 == 0 or c.name in ALWAYS) and not c.name.startswith(LIBRARY_OBJECTS)
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_loops_give_the_same(case):
    if case.name in NOT_LOWERED:
        pytest.xfail(NOT_LOWERED[case.name])
    args = case.make_args()
    try:
        generated, text, own, given = lowered_text(case.function, case.wrt, args)
    except (SrcgradError, NotImplementedError):
        pytest.skip("refused")
    expected = generated.main(*copy.deepcopy(given))
    space = dict(own)
    exec(compile(text, "<lowered>", "exec"), space)
    found = space[generated.names[0]](*copy.deepcopy(given))
    ours, theirs = list(float_leaves(found)), list(float_leaves(expected))
    assert [p for p, _ in ours] == [p for p, _ in theirs]
    for (path, a), (_, b) in zip(ours, theirs):
        assert np.shape(a) == np.shape(b), path
        coarse = np.asarray(b).dtype == np.float32
        scale = np.max(np.abs(b), initial=0.0)
        np.testing.assert_allclose(
            a, b, rtol=1e-4 if coarse else 1e-9, atol=(1e-5 if coarse else 1e-11) * (1 + scale), err_msg=str(path)
        )


def valley(x):
    return np.sum((x[1:] - x[:-1] ** 2) ** 2)


def test_neighbouring_loops_are_one_and_need_no_arrays():
    _, text, _, _ = lowered_text(valley, 0, (np.arange(4.0),))
    assert (
        text[text.index("    # Forward") :]
        == """\
    # Forward pass
    result = 0.0
    s = result_bar * 2
    x_bar = np.zeros_like(x)
    for i in range(x.shape[0] - 1):
        result_term = x[i + 1] - x[i] ** 2
        result += result_term ** 2
        # return np.sum((x[1:] - x[:-1] ** 2) ** 2)
        result_term_bar = s * result_term
        x_bar[i + 1] += result_term_bar
        x_bar[i] -= result_term_bar * 2 * x[i]

    return result, x_bar
"""
    )


def relaxed(u, n):
    u = u.copy()
    for _ in range(n):
        u[1:-1] = 0.5 * (u[2:] + u[:-2])
    return np.sum(u**2)


def test_loops_that_would_meet_elements_before_their_time_stay_apart():
    args = np.array([1.0, 3.0, -2.0, 0.5, 4.0]), 2
    generated, text, own, _ = lowered_text(relaxed, 0, args)
    space = dict(own)
    exec(compile(text, "<lowered>", "exec"), space)
    for found, expected in zip(space["relaxed_grad"](*args), generated.main(*args)):
        np.testing.assert_allclose(found, expected)
    # An element is set to zero in one loop, and added to in the next.
    zeroed, added = text.index("u_bar[i + 1] = 0"), text.index("u_bar[i + 2] +=")
    assert "for i in range" in text[zeroed:added]


def left_by_break(x, n):
    y = x
    for i in range(n):
        y = x * i
        y = y + 1.0
        if i == 1:
            break
        y = x * 3.0
    return np.sum(y**2)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_what_is_read_after_a_break_is_kept(n):
    args = np.array([1.0, -2.0]), n
    generated, text, own, _ = lowered_text(left_by_break, 0, args)
    space = dict(own)
    exec(compile(text, "<lowered>", "exec"), space)
    for found, expected in zip(space["left_by_break_grad"](*args), generated.main(*args)):
        np.testing.assert_allclose(found, expected)


def by_parts(x, bounds):
    total = np.zeros(3)
    for i in range(len(bounds)):
        total = total + x[bounds[i, 0] : bounds[i, 1]] * x[:3]
    return np.sum(total**2)


def test_sizes_that_only_the_running_program_knows():
    x = np.linspace(1.0, 2.0, 8)
    generated, text, own, given = lowered_text(by_parts, 0, (x, np.array([[1, 4], [2, 5]])))
    space = dict(own)
    exec(compile(text, "<lowered>", "exec"), space)
    assert "common_size(" in text
    for bounds in ([[1, 4], [5, 8]], [[2, 3], [4, 7]]):  # a part of one element is broadcast
        args = x, np.array(bounds)
        for found, expected in zip(space["by_parts_grad"](*args), generated.main(*args)):
            np.testing.assert_allclose(found, expected)
    with pytest.raises(ValueError):
        space["by_parts_grad"](x, np.array([[1, 3]]))


def assert_lowered_gives_the_same(function, argnums, args, others=()):
    """The text in loops, checked for its own arguments and for others that it serves."""
    generated, text, own, given = lowered_text(function, argnums, args)
    space = dict(own)
    exec(compile(text, "<lowered>", "exec"), space)
    for values in (args, *others):
        expected = generated.main(*copy.deepcopy(values))
        for found, wanted in zip(float_leaves(space[generated.names[0]](*copy.deepcopy(values))), float_leaves(expected)):
            np.testing.assert_allclose(found[1], wanted[1], rtol=1e-12)
    return text


def triangle(x, n):
    y = x.copy()
    total = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            t = np.sin(y[i]) * y[j]
            y[j] = t * t
            total += t
    for i in range(n - 1, -1, -1):
        y[i] = np.exp(y[i]) * total
        total = total * y[i]
    for i in range(2, n - 1):
        total = total * total * y[i]
    return total


def rows(x, n):
    total = 0.0
    for i in range(n):
        e = np.exp(x * i)
        if i > 1:
            e = e * e
        total += np.sum(e) * np.sum(e**2)
    return total


def of_the_step_before(x, n):
    """What is saved is what the pass before has made."""
    a = x * x
    total = 0.0
    for i in range(n):
        b = np.sin(a) * total
        total += np.sum(a * b) + i
        a = np.cos(b) + a
    return total + np.sum(a)


@pytest.mark.parametrize("function", [triangle, rows, of_the_step_before])
def test_what_counted_loops_save_lies_in_arrays(function):
    x = np.linspace(0.3, 0.9, 5)
    text = assert_lowered_gives_the_same(function, 0, (x, 5), [(x, 3), (x, 1), (x, 0)])
    assert "_saved = np.empty(" in text and (function is not triangle or "append" not in text)


def weighted(x, scales, shift):
    total = 0.0
    for i in range(len(x)):
        for j in range(len(scales)):
            d = x[i] - shift
            q = d * d / scales[j]
            if q < 1.0:
                total += np.exp(-scales[j]) * np.log(1.5 - q) * q
    return total


def test_what_is_cheap_is_computed_again_and_what_no_pass_changes_once():
    x, scales = np.linspace(-1.0, 1.0, 4), np.array([0.5, 2.0, 0.9])
    text = assert_lowered_gives_the_same(
        weighted, (0, 1, 2), (x, scales, 0.2), [(x[:0], scales, 0.1), (x, scales[:1], 0.1), (x, scales[:0], 0.1)]
    )
    assert "q_saved" not in text and "test_saved" not in text


def turned(rotations, p, stack):
    total = 0.0
    for i in range(len(rotations)):
        q = rotations[i] @ p
        total += np.sum((rotations[i] @ rotations[i].T + np.outer(q, p)) ** 2) + q @ p
    return total + np.sum(np.einsum("ijk,kl->il", stack, rotations[0]) ** 3) + np.sum((stack @ rotations[0]) ** 2)


def test_small_products_are_loops():
    rng = np.random.default_rng(0)
    args = rng.normal(size=(2, 3, 3)), rng.normal(size=3), rng.normal(size=(2, 4, 3))
    text = assert_lowered_gives_the_same(turned, (0, 1, 2), args)
    assert "@" not in text[text.index("Forward pass") :].replace("# ", "#").split("#")[0] and "einsum(" not in text.split("#")[0]  # fmt: skip
    large = rng.normal(size=(2, 20, 20)), rng.normal(size=20), rng.normal(size=(2, 4, 20))
    assert " @ p" in assert_lowered_gives_the_same(turned, (0, 1, 2), large)


def attracted(x, n):
    """The reversed loop computes the differences again, under the same name."""
    for _ in range(n):
        d = x[None, :, :] - x[:, None, :]
        r = np.sum(d**2, axis=2) + 0.5
        x = x + 0.1 * np.sum((1 / r)[:, :, None] * d, axis=1)
    return np.sum(x**2)


def test_scratch_is_made_once_where_two_loops_use_its_name():
    text = assert_lowered_gives_the_same(attracted, 0, (np.arange(15.0).reshape(3, 5) ** 0.5, 2))
    made = [line for line in text.splitlines() if line.strip().startswith(("d = np.empty", "d_2 = np.empty"))]
    assert len(made) == 2
    assert max(len(line) - len(line.lstrip()) for line in made) == 8  # in the loop over n, outside those over elements


def by_an_index_made_on_the_way(x):
    index = np.arange(400) % 4
    y = np.asfortranarray(x.T)
    return np.mean(np.sin(y[index]) * np.cos(index)[:, None])


def test_the_size_of_what_is_selected_comes_after_what_selects():
    assert_lowered_gives_the_same(by_an_index_made_on_the_way, 0, (np.arange(12.0).reshape(3, 4),))


class Spring:
    stiffness = 2.0

    def __init__(self, rest, damping):
        self.rest = rest
        self.damping = damping

    def force(self, x, v):
        return -self.stiffness * (x - self.rest) - self.damping * v


def of_parameters_in_dicts(params, x):
    for layer in params["layers"]:
        x = np.tanh(layer["w"] @ x + layer["b"])
    return params["scale"] * np.sum(x**2)


def of_an_object(spring, x):
    v = 0.0
    for _ in range(4):
        v = v + 0.1 * spring.force(x, v)
        x = x + 0.1 * v
    return x * v + spring.damping


@dataclasses.dataclass(frozen=True)
class Layer:
    w: np.ndarray
    b: np.ndarray


class Pair(NamedTuple):
    w: np.ndarray
    b: np.ndarray


def of_a_layer(layer, x):
    return np.sum(np.tanh(x @ layer.w + layer.b) ** 2)


def of_unlike_members(parts, x):
    return np.sum(np.tanh(x @ parts[0] + parts[1]) ** 2)


def of_layers_in_pairs(layers, x):
    for w, b in layers:
        x = np.tanh(x @ w + b)
    return np.sum(x**2)


def of_all_layers_but_the_last(layers, x):
    for w, b in layers[:-1]:
        x = np.tanh(x @ w + b)
    w, b = layers[-1]
    return np.sum((x @ w + b) ** 2)


def of_layers_with_names(layers, x):
    for layer in layers:
        x = np.tanh(x @ layer.w + layer.b)
    return np.sum(x**2)


def hidden(layer, x):
    w, b = layer
    return np.tanh(x @ w + b)


def of_layers_that_are_called(layers, x):
    for layer in layers:
        x = hidden(layer, x)
    return np.sum(x**2)


def pairs():
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(3, 4)), rng.normal(size=4)), (rng.normal(size=(4, 2)), rng.normal(size=2))]


def of_a_pair(pair, x):
    (a, b), c = pair
    return (a * b + c) * x


def layers():
    rng = np.random.default_rng(0)
    return [{"w": rng.normal(size=(3, 3)), "b": rng.normal(size=3)} for _ in range(2)]


@pytest.mark.parametrize(
    "function, args, given",
    [
        (of_parameters_in_dicts, ({"layers": layers(), "scale": 0.3}, np.ones(3)), "params_layers_1_w"),
        (of_an_object, (Spring(0.4, 0.1), 1.5), "spring_stiffness"),
        (of_a_layer, (Layer(np.ones((3, 2)), np.ones(2)), np.ones((4, 3))), "layer_bar_w"),
        (of_a_layer, (Pair(np.ones((3, 2)), np.ones(2)), np.ones((4, 3))), "layer_bar_0"),
        (of_unlike_members, ([np.ones((3, 2)), np.ones(2)], np.ones((4, 3))), "parts_bar_0"),
        (of_layers_in_pairs, (pairs(), np.ones((5, 3))), "layers_bar_1_0"),
        (of_all_layers_but_the_last, (pairs(), np.ones((5, 3))), "layers_0"),
        (of_layers_with_names, ([Layer(*p) for p in pairs()], np.ones((5, 3))), "layers_1_w"),
        (of_layers_with_names, ([Pair(*p) for p in pairs()], np.ones((5, 3))), "layers_1_0"),
        (of_layers_that_are_called, (pairs(), np.ones((5, 3))), "layers_bar_1_0"),
        (of_a_pair, (((1.0, 2.0), 3.0), 0.5), "pair"),
    ],
)
def test_members_of_arguments_are_what_compiled_code_is_given(function, args, given):
    text = assert_lowered_gives_the_same(function, (0, 1), args)
    inside = text[text.index(f"{function.__name__}_grad_of_members(") :].split("\n\n\n")[0]
    assert given in inside and "{" not in inside and "add_to" not in inside and "zeros_like(sp" not in inside


def made_inside(x, y):
    p = {"w": x, "twice": [2 * x, y]}
    q = p["twice"]
    q[1] = q[1] * p["w"]
    for i in range(3):
        p = {"w": p["twice"][0] + i, "twice": [p["w"] * y, q[1]]}
    return p["w"] * p["twice"][0] + p["twice"][1]


def left_while_it_has_two_names(x, n):
    v = [x, 1.0]
    w = [0.0, 0.0]
    for i in range(n):
        w = v
        if i == 2:
            break
        v = [w[0] * x, w[1] + x]
    w[0] = w[0] * x
    return v[0] + w[1] * w[0]


class Counted:
    rate = 2.0


def rate_of_the_class(x, y):
    c = Counted()
    if x > y:
        c.rate = x
    c.total = y
    return c.rate * c.total * x


@pytest.mark.parametrize(
    "function, args",
    [
        (made_inside, (0.7, 1.3)),
        (left_while_it_has_two_names, (0.7, 2)),
        (left_while_it_has_two_names, (0.7, 5)),
        (rate_of_the_class, (2.0, 1.0)),
    ],
)
def test_containers_of_which_members_alone_are_met(function, args):
    assert_lowered_gives_the_same(function, 0 if type(args[1]) is int else (0, 1), args)


def statements(text):
    """The text without its comments."""
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("#"))


def factors(U, V, users, items, ratings):
    e = ratings - np.sum(U[users] * V[items, :], axis=1)
    return np.sum(e**2) + np.sum(U[np.arange(2), users[:2]])


def test_gathers_are_read_where_they_lie_and_indices_once():
    rng = np.random.default_rng(0)
    args = rng.normal(size=(3, 3)), rng.normal(size=(4, 3)), np.array([0, 2, -1]), np.array([3, 0, 3]), np.ones(3)
    text = assert_lowered_gives_the_same(factors, (0, 1), args)
    assert "U[users_i, j] * V[items_i, j]" in text and "users_i = users[i]" in text
    assert "V[items, :]" not in statements(text)


def into_itself(x, idx):
    y = x * 2
    np.add.at(y, idx, y[idx + 1])
    return np.sum(y**2)


def test_what_a_scatter_adds_is_read_before_it():
    assert_lowered_gives_the_same(into_itself, 0, (np.arange(1.0, 5.0), np.array([0, 1, 0, 2])))


def heat(u, k, n):
    for _ in range(n):
        v = u.copy()
        for i in range(1, u.shape[0] - 1):
            v[i] = u[i] + k[i] * (u[i + 1] - 2 * u[i] + u[i - 1])
        u = v
    return np.sum(u**2)


def in_turn(x, n):
    """Each pass reads what the one before has stored."""
    y = x.copy()
    for i in range(1, n):
        y[i] = y[i] * y[i - 1]
    return np.sum(y)


def test_reversed_loops_go_forwards_where_passes_may_come_in_any_order():
    text = assert_lowered_gives_the_same(heat, (0, 1), (np.arange(5.0) ** 2, np.linspace(0.1, 0.2, 5), 2))
    assert text.count("for i in range(1, u.shape[0] - 1):") >= 2 and "for i in range(u.shape[0]" not in text
    text = assert_lowered_gives_the_same(in_turn, 0, (np.array([1.5, -2.0, 0.5, 3.0]), 4), [(np.array([2.0, 1.0, 3.0, 4.0]), 3)])
    assert "for i in range(n - 1, 0, -1):" in text


def predicted(a, q, ys):
    """The variance has two values in each pass, and both are saved."""
    p, x, total = 1.0, 0.0, 0.0
    for t in range(len(ys)):
        p = a * p * a + q
        k = p / (p + 1.0)
        e = ys[t] - x
        total += e * e / p
        x = x + k * e
        p = (1 - k) * p
    return total


def test_lists_of_two_values_a_pass_are_two_arrays():
    text = assert_lowered_gives_the_same(predicted, (0, 1), (0.9, 0.2, np.array([1.0, -0.5, 2.0])))
    assert ".append(" not in text and "p_saved_2[t] = " in text


def stacked(A, v):
    return np.sum(np.einsum("bij,bj->bi", A, v) ** 2)


def test_products_that_sum_nothing_are_loops():
    text = assert_lowered_gives_the_same(stacked, (0, 1), (np.arange(12.0).reshape(3, 2, 2), np.ones((3, 2))))
    assert "np.einsum" not in statements(text)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_adjoints_of_products_of_all_before(axis):
    x, y_bar = np.array([[1.0, 0.0, 2.0], [3.0, -1.0, 0.0]]), np.arange(6.0).reshape(2, 3)
    y_bar = y_bar.ravel() if axis is None else y_bar
    expected = arrays.cumprod_adjoint(x, y_bar, axis)
    np.testing.assert_allclose(compiled_runtime.cumprod_adjoint(x, y_bar, axis), expected)


def in_running_sums(r, g):
    w = np.cumprod(g)
    return np.sum(np.cumsum((r * w)[::-1]) ** 2) + np.sum(np.cumsum(r[::-1]) * w)


def test_running_sums_are_loops():
    args = np.array([1.0, -2.0, 0.5, 3.0]), np.array([0.5, 2.0, -1.0, 1.5])
    text = assert_lowered_gives_the_same(in_running_sums, (0, 1), args)
    assert "np.cum" not in statements(text[text.index("Forward") :].split("\ndef ")[0])
    assert "r[r.shape[0] - 1 - i]" in text


def scaled(w, x):
    return np.sum(x[:, None] * np.exp(w) / np.sqrt(w))


def test_what_is_costly_is_computed_once_for_all_it_is_broadcast_to():
    text = assert_lowered_gives_the_same(scaled, (0, 1), (np.array([0.5, 2.0]), np.array([1.0, 2.0, 3.0])))
    exps = [line for line in statements(text).splitlines() if "np.exp(w[" in line]
    assert exps and all(line.startswith(" " * 8) and not line.startswith(" " * 12) for line in exps)


def of_both_values(x, n):
    """The second value of a pass is no other name for the first, which is saved as well."""
    total = 0.0
    for i in range(n):
        total += np.sum(x**2)
        x = x * x + i
        x = x - np.max(x)
        total += np.sum(np.exp(x))
    return total


def test_an_array_that_is_taken_is_not_the_one_saved_before_it():
    assert_lowered_gives_the_same(of_both_values, 0, (np.array([0.5, -0.3, 0.2]), 3))


def rolled_both_ways(A):
    return np.sum(np.roll(A, 1, axis=0) * A) + np.sum(np.roll(A, -2, axis=1) ** 3 * A)


def in_differences(A):
    return np.sum(np.diff(A[0]) ** 2 * np.arange(3)) + np.sum(np.diff(A, axis=0) ** 2) + np.sum(np.diff(A) ** 3)


def spread(A):
    return np.sum(np.std(A, axis=0) ** 3) + np.sum(np.var(A, axis=1, ddof=1) ** 2) + np.sum(A / np.std(A, axis=1, keepdims=True))


def in_norms(A):
    return np.sum(np.linalg.norm(A, axis=1) ** 3) + np.inner(A[0], A[1]) + np.prod(A) + np.sum(np.prod(A, axis=1) ** 2)


def from_an_initial_value(A):
    size = np.linalg.norm(A, axis=None, keepdims=False)
    return np.sum(np.linalg.norm(A, np.inf, axis=0) ** 2) + np.max(A, initial=0.2) * A[0, 0] + np.min(A, axis=1, initial=0.0) @ A[:, 1] + size


def with_a_border(A):
    return np.sum(np.pad(A, ((1, 0), (2, 1)))[1:, 1:] ** 2) + np.sum(np.pad(A[0], 1)[:-1] * np.arange(5))


def sorted_and_taken(A):
    v = A[:, 1]
    return np.sum(np.sort(v) ** 2 * np.arange(3)) + np.median(v) ** 2 + np.sum(np.take(A, np.array([2, -1, 0]), axis=1) ** 3)


def by_lists_of_places(A):
    y = A[0] * 2
    y[[0, 2]] = A[1, [3, 1]] * 3
    y[np.array([1, 1])] = A[2, :2] ** 2
    return np.sum(y**3) + np.sum(A[0, [0, 2, 2]] ** 2)


def of_lists_of_arrays(A):
    rows, parts, h = [], [], A[0]
    for i in range(3):
        h = np.sin(h + A[i])
        rows.append(h)
        parts.append(A[i, i:] ** 2)
    v = np.concatenate(parts)
    return np.sum(np.stack(rows) ** 2) + np.sum(np.array(rows) ** 3) + np.sum(v[1:] * v[:-1])


def one_above_the_other(A):
    return np.sum(np.vstack([A[0], 2 * A[2]]) ** 2) + np.sum(np.squeeze(A[:1], axis=0) ** 3) + np.interp(1.3, A[0], A[1])


def in_silence(A):
    total = 0.0
    for row in A:
        with np.errstate(divide="ignore"):
            size = np.log(row[0] ** 2)
        total += size * np.sum(row)
    return total


@pytest.mark.parametrize(
    "function",
    [
        rolled_both_ways, in_differences, spread, in_norms, with_a_border, sorted_and_taken, by_lists_of_places,
        of_lists_of_arrays, one_above_the_other, in_silence, from_an_initial_value,
    ],
)  # fmt: skip
def test_functions_that_numba_lacks_are_said_otherwise(function):
    A = np.array([[0.1, 0.7, 1.9, 2.2], [0.4, -1.1, 0.8, 1.3], [-0.6, 0.9, 1.2, -0.3]])
    text = statements(assert_lowered_gives_the_same(function, 0, (A,), [(A[:, ::-1],)] if function is not one_above_the_other else []))
    for lacking in ("np.pad", "prepend", "np.var", "np.std", "split_like", "last_stored", "add_to", "errstate", "unpad(", "initial="):
        assert lacking not in text


def window_by_window(kernel, image):
    rows, columns = image.shape[0] - len(kernel) + 1, image.shape[1] - len(kernel) + 1
    out = np.zeros((rows, columns))
    for i in range(len(kernel)):
        for j in range(len(kernel) - 1, -1, -1):
            out = out + kernel[i, j] * image[i : i + rows, j : j + columns]
    return np.sum(out**2)


def beyond_both_ends(x):
    """Of these slices some are cut short."""
    total = 0.0
    for i in range(-2, len(x)):
        total += np.sum(x[i : i + 3] ** 2)
    return total


def test_slices_that_are_inside_for_all_numbers_of_a_range_are_not_asked_for_their_sizes():
    args = np.array([[1.0, 2.0], [0.5, -1.0]]), np.linspace(0.0, 1.0, 20).reshape(4, 5) ** 2
    text = assert_lowered_gives_the_same(window_by_window, (0, 1), args)
    assert "common_size" not in text and "> 1 else 0" not in text
    assert_lowered_gives_the_same(beyond_both_ends, 0, (np.array([0.5, 2.0, -1.0, 1.5, 3.0]),))


def recurrent(w, x):
    h = np.zeros(w.shape[1])
    for t in range(len(x)):
        h = np.tanh(np.concatenate((x[t], h)) @ w) * h + 0.1
    return np.sum(h**2)


def test_sizes_that_a_loop_keeps_are_asked_of_the_arguments():
    w, x = np.linspace(-0.5, 0.5, 55).reshape(11, 5), np.linspace(0.0, 1.0, 24).reshape(4, 6)
    text = assert_lowered_gives_the_same(recurrent, (0, 1), (w, x), [(w[:7, :1], x)])
    assert "common_size" not in text and "> 1 else 0" not in text


def of_a_whole_row(x):
    y = x * 2
    row = y[0][...]
    row *= x[1]
    return np.sum(y**2)


def test_a_whole_vector_is_not_asked_for_by_dots():
    _, text, _, _ = lowered_text(of_a_whole_row, 0, (np.ones((2, 3)),))
    assert "row = y[0][:]" in text  # Numba has no `v[...]` of a vector


@pytest.mark.parametrize("matrix", [np.array([[2.0, 1.0], [0.5, 3.0]]), np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 0.5])[:2, :2]])
def test_cofactors_are_those_of_the_numpy_backend(matrix):
    np.testing.assert_allclose(compiled_runtime.cofactors(matrix), matrices.cofactors(matrix), atol=1e-12)


def cross(a, b):
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def log_density(x, mu, sigma):
    z = (x - mu) / sigma
    return -0.5 * z * z - np.log(sigma)


def of_tuples(q, points, sigma):
    total = 0.0
    for i in range(len(points)):
        t = cross((q[0], q[1], q[2]), (points[i, 0], points[i, 1], points[i, 2]))
        t = cross((q[2], q[1], q[0]), (2 * t[0], 2 * t[1], 2 * t[2]))
        total += t[0] * t[1] + t[2] ** 2
    for i in range(len(q)):
        total += log_density(q[i], 0.0, sigma)
    for i in range(len(q) - 1):
        total += log_density(q[i], q[i + 1], 10.0)
    return total


def test_tuples_handed_to_functions_are_numbers():
    args = np.array([0.3, -0.5, 0.7]), np.random.default_rng(2).normal(size=(4, 3)), 2.0
    generated, text, own, _ = lowered_text(of_tuples, (0, 1, 2), args)
    space = dict(own)
    exec(compile(text, "<lowered>", "exec"), space)
    found, expected = space["of_tuples_grad"](*args), generated.main(*args)
    for (path, a), (_, b) in zip(float_leaves(found), float_leaves(expected)):
        np.testing.assert_allclose(a, b, rtol=1e-12, err_msg=str(path))
    assert ".append(" not in text and "backward(" not in text


def each(f, x):
    total = 0.0
    for i in range(len(x)):
        total += f(x[i])
    return total


def of_a_function(x):
    return each(lambda v: v * v, x)


def test_what_functions_inside_functions_save_are_numbers():
    text = assert_lowered_gives_the_same(of_a_function, 0, (np.array([0.3, -0.5, 0.7]),))
    assert "saved = (v,)" not in text and "v_saved.append(v)" in text


def rolled_about(x, w, k):
    y = np.roll(x, 1, 0) * w + np.roll(x, (k, -1), axis=(0, 1)) ** 2
    y += np.roll(y, 1, 1)
    y[:] = np.roll(y, -1, axis=0) * y
    for i in range(len(y)):
        y[i] = y[i] * np.roll(y[i], k) + np.roll(np.roll(x[i, 1:], 1), 1)[0]
    y[1:] += np.roll(np.roll(y[:-1] * w[1:], 1, 0), -7, 1)
    return np.sum(y**2) + np.sum(np.roll(np.roll(x, k, 0), 1, 0) * np.roll(x.T, 1, 0).T * w) + np.roll(w[0], 5) @ x[0]


@pytest.mark.parametrize("rows, columns", [(4, 5), (1, 3), (3, 2), (2, 2)])
def test_rolled_arrays_are_read_by_indices_that_may_count_from_the_end(rows, columns):
    rng = np.random.default_rng(rows)
    args = rng.normal(size=(rows, columns)), rng.normal(size=(rows, columns)), 3
    text = assert_lowered_gives_the_same(rolled_about, (0, 1), args, [(args[0], args[1], k) for k in (0, -2, 9)])
    assert "x[i_2 - 1, j]" in text or rows == 1


def closest(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(i):
            d = x[i] - x[j]
            r2 = np.sum(d * d)
            if r2 < 1.0:
                total += np.exp(-r2) * np.sum(d**3)
    return total


def test_a_number_of_python_that_meets_one_of_numpy_is_of_one_type():
    text = assert_lowered_gives_the_same(closest, 0, (np.linspace(0.0, 1.5, 12).reshape(6, 2) ** 2,))
    assert "x_bar[i] += d_bar" not in text


def turned_on(points, angles):
    total, R = 0.0, np.eye(2)
    for a in angles:
        R = R @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
        for p in points:
            q = R @ p
            total += q[0] * q[1] ** 2
    return total


def test_matrices_that_are_written_out_have_known_sizes():
    args = np.linspace(-1.0, 1.0, 6).reshape(3, 2), np.array([0.3, -0.7])
    text = assert_lowered_gives_the_same(turned_on, (0, 1), args, [(args[0][:0], args[1]), (args[0], args[1][:1])])
    code = "\n".join(line for line in text.splitlines() if "#" not in line)
    assert " @ " not in code and "np.array(" not in code


def test_the_number_of_coordinates_is_told():
    x = np.linspace(-0.4, 0.9, 6).reshape(3, 2)
    text = assert_lowered_gives_the_same(closest, 0, (x,), [(x[:1],)])
    assert "range(2)" in text and "range(len(x)" in text


def test_sizes_are_not_asked_of_scratch_that_lost_an_axis():
    assert_lowered_gives_the_same(attracted, 0, (np.arange(6.0).reshape(3, 2) ** 1.5, 2))


def around_an_axis(x, w):
    total = 0.0
    for i in range(len(x)):
        turned = np.cross(w, x[i]) + np.cross(x[i] * 2, x[0])
        total += np.linalg.norm(turned - x[i]) * w[0] + np.linalg.norm(x)
    return total


def test_products_and_norms_of_vectors_of_three_are_written_out():
    args = np.linspace(-1.0, 2.0, 12).reshape(4, 3) ** 2, np.array([0.3, -0.7, 1.1])
    text = assert_lowered_gives_the_same(around_an_axis, (0, 1), args, [(args[0][:1], args[1]), (args[0][:0], args[1])])
    code = "\n".join(line for line in text.splitlines() if "#" not in line)
    assert "norm(" not in code


def swung(y, p, n):
    def slope(y):
        return np.array([y[1] * p[0], -p[1] * np.sin(y[0])])

    for _ in range(n):
        y = y + 0.1 * slope(y + 0.05 * slope(y))
    return y @ y


def test_a_parameter_that_every_pass_saves_is_read_where_it_is():
    args = np.array([0.5, -0.2]), np.array([1.0, 2.0]), 3
    text = assert_lowered_gives_the_same(swung, (0, 1), args, [(*args[:2], 0)])
    assert "p_saved" not in text


def swing(y, k, n):
    for _ in range(n):
        angle, speed = y
        y = y + 0.1 * np.array([speed, -k * np.sin(angle)])
    return y[0] * y[1]


def test_arrays_of_two_elements_are_numbers():
    args = np.array([0.3, -0.4]), 1.7, 3
    generated, text, own, given = lowered_text(swing, (0, 1), args)
    assert (
        text[text.index("    # for _ in range(n):") :]
        == """\
    # for _ in range(n):
    for turn_5 in range(n - 1, -1, -1):
        angle_2 = angle_saved[turn_5]
        y_term_2 = y_term_saved[turn_5]

        # y = y + 0.1 * np.array([speed, -k * np.sin(angle)])
        y_term_bar_0 = 0.1 * y_bar_0
        y_term_bar_1 = 0.1 * y_bar_1
        speed_bar = y_term_bar_0
        k_bar -= y_term_bar_1 * y_term_2
        angle_bar = -y_term_bar_1 * k * np.cos(angle_2)

        # angle, speed = y
        y_bar_1 += speed_bar
        y_bar_0 += angle_bar

    y_bar = np.array([y_bar_0, y_bar_1])
    return result, (y_bar, k_bar)
"""
    )
    space = dict(own)
    exec(compile(text, "<lowered>", "exec"), space)
    for found, expected in zip(space[generated.names[0]](*given)[1], generated.main(*given)[1]):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def whole_numbers_in(x, n):
    counts = np.zeros(2)
    counts[0] = n
    counts[1] = n // 3
    return x * counts[0] ** -1 + x ** counts[1] / counts[1]


def test_what_an_array_of_real_numbers_holds_is_real():
    _, text, _, _ = lowered_text(whole_numbers_in, 0, (1.3, 7))
    assert "float(n)" in text


def gated(w, x):
    n = len(w) // 2
    h = np.zeros(n)
    for t in range(len(x)):
        z = w * x[t]
        h = np.tanh(z[:n]) * h + np.tanh(z[n : 2 * n])
    return np.sum(h**2)


def test_sizes_of_what_is_saved_may_be_numbers_of_the_program():
    args = np.linspace(-1.0, 1.0, 6), np.array([0.3, -0.7, 1.1])
    text = assert_lowered_gives_the_same(gated, (0, 1), args)
    assert ".append(" not in text


def diffused(u, n):
    for _ in range(n):
        v = u.copy()
        v[1:-1] = u[1:-1] + 0.1 * u[1:-1] * (u[2:] - u[:-2])
        u = v
    return np.sum(u**2)


def test_an_argument_that_each_pass_replaces_is_the_first_row_of_what_is_saved():
    text = assert_lowered_gives_the_same(diffused, 0, (np.linspace(-1.0, 1.0, 6), 3))
    assert "u_saved = np.empty((max(n, 0) + 1, u.shape[0]))" in text


def least(x, k):
    best = x[0] * k
    for i in range(1, len(x)):
        cand = x[i] * np.cos(x[i])
        if cand < best:
            best = cand
    return best


def test_what_adds_zeros_unless_a_branch_is_taken_is_done_in_the_branch():
    text = assert_lowered_gives_the_same(least, (0, 1), (np.array([0.3, 1.9, -0.5, 2.5]), 0.8))
    assert (
        text[text.index("    # Backward") :]
        == """\
    # Backward pass
    x_bar = np.zeros_like(x)

    # for i in range(1, len(x)):
    for i in range(len(x) - 1, 0, -1):
        cand_term_2 = cand_term_saved[i]

        # if cand < best:
        if test_saved[i]:

            # best = cand
            cand_bar = best_bar
            best_bar = 0.0
            # cand = x[i] * np.cos(x[i])
            x_bar[i] += cand_bar * cand_term_2 - cand_bar * x[i] * np.sin(x[i])
            break

    # best = x[0] * k
    x_bar[0] += best_bar * k
    k_bar = best_bar * x[0]

    return best, (x_bar, k_bar)
"""
    )


def until_small(x, n):
    total = 0.0
    for k in range(1, n):
        x = 0.9 * x * x
        if x < 1e-3:
            break
        total += x * x
    return total + x


def every_other(x, n):
    total = 0.0
    for i in range(0, n - 1, 2):
        for j in range(n):
            d = x[i] - x[j]
            if d > 0.1:
                root = np.sqrt(d)
                if root < 0.9:
                    total += root * root * np.sin(root)
    return total


def rows_of_some(x, n):
    total = 0.0
    for i in range(n):
        if x[i] > 0:
            row = np.sin(x[i] * x)
            total += np.sum(row * row)
    return total


@pytest.mark.parametrize(
    "function, args",
    [
        (until_small, (0.95, 9)),
        (until_small, (0.95, 3)),
        (until_small, (0.95, 0)),
        (every_other, (np.array([0.3, 1.9, -0.5, 2.5, 0.4]), 5)),
        (rows_of_some, (np.array([0.3, -1.9, -0.5, 2.5, 0.4]), 5)),
    ],
)
def test_what_some_passes_save_lies_in_arrays(function, args):
    text = assert_lowered_gives_the_same(function, 0, args)
    assert ".append(" not in text


def named_as_helpers(held, like):
    for t in range(len(like)):
        held = held * like[t]
    return np.sum(held)


def test_variables_may_have_the_names_of_helpers():
    text = assert_lowered_gives_the_same(named_as_helpers, (0, 1), (np.ones(5), np.full((3, 5), 1.1)))
    assert "def like" not in text and "def held" not in text and "for i in range(held.shape[0])" in text


def filtered(q, r, zs):
    F = np.array([[1.0, 1.0], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    x, P = np.zeros(2), np.eye(2)
    total = 0.0
    for z in zs:
        x, P = F @ x, F @ P @ F.T + q * np.eye(2)
        y = z - (H @ x)[0]
        S = (H @ P @ H.T)[0, 0] + r
        K = (P @ H.T)[:, 0] / S
        x = x + K * y
        P = P - np.outer(K, H @ P)
        total += y * y / S
    return total


def test_small_matrices_are_numbers():
    text = assert_lowered_gives_the_same(filtered, (0, 1, 2), (0.3, 0.5, np.array([0.4, 1.9, 2.5])))
    code = "\n".join(line for line in text.split("\n") if not line.strip().startswith("#"))
    assert " @ " not in code and "np.outer" not in code and "np.zeros((2, 2))" not in code


def exchanged(x, n):
    a, b = np.zeros(2), np.ones(2)
    for t in range(n):
        c = np.zeros(2)
        c[0] = a[1] * x[t]
        c[1] = b[0] + x[t]
        a = b
        b = c
    b[0] *= 2.0
    return a[0] * b[0] + a[1] * b[1]


def test_names_for_arrays_of_two_elements_are_names_for_their_elements():
    assert_lowered_gives_the_same(exchanged, 0, (np.array([0.4, 1.9, 2.5, -0.3]), 4))


def for_ever(x):
    for _ in range(10**9):
        x = 0.9 * x * x
        if x < 1e-3:
            break
    return x


def test_a_bound_that_is_never_reached_is_no_size():
    assert "np.empty(1000000000)" not in assert_lowered_gives_the_same(for_ever, 0, (0.9,))
