"""srcgrad's own API called inside differentiated functions, in both modes, against differences."""

import numpy as np
import pytest

import srcgrad
from srcgrad import grad, jvp, value_and_grad, vjp

X = np.array([0.3, 0.7, 1.1])
V = np.array([1.0, -2.0, 0.5])


def energy(x):
    return np.sum(np.sin(x) * x**2)


def waves(x):
    return np.sin(x) * x * np.sum(x)


def both(x, k):
    return {"a": k * x, "b": (np.sum(x * k), x[0])}


def pulled_back_at_once(x, v):
    return vjp(waves, x)[1](v)[0]


def pullback_kept(x, v):
    y, pullback = vjp(waves, x)
    return pullback(v)[0] * y


def pullback_called_twice(x, v):
    y, pullback = vjp(waves, x)
    return pullback(v)[0] + pullback(y * v)[0]


def pullback_of_its_own_result(x, v):
    _, pullback = vjp(waves, x)
    return pullback(pullback(v)[0])[0]


def seeded_by_an_integer(x, k):
    return vjp(energy, x * k)[1](1)[0]


def pullback_maker(x):
    return vjp(waves, x)[1]


def pullback_returned(x, v):
    return pullback_maker(x * x)(v)[0]


def pullbacks_in_a_list(x, v):
    pullbacks = [vjp(waves, x)[1], vjp(waves, 2 * x)[1]]
    return pullbacks[0](v)[0] + pullbacks[1](v)[0]


def vjp_of_a_closure(x, k):
    y, pullback = vjp(lambda z: k * z * np.sum(x * z), x * k)
    return pullback(y)[0]


def vjp_of_containers(x, k):
    value, pullback = vjp(both, x, k)
    x_bar, k_bar = pullback({"a": x * k, "b": (value["b"][0], k)})
    return x_bar * k_bar


def vjp_of_a_library_function(x, v):
    return vjp(np.tanh, x)[1](v)[0]


def gradient_of_a_library_function_again(x, v):
    return jvp(grad(pulled_back_along_ones), (x,), (v,))[1]


def pulled_back_along_ones(x):
    return np.sum(vjp(np.tanh, x)[1](np.ones_like(x))[0] * x)


def tangent(x, v):
    return jvp(waves, (x,), (v,))[1]


def value_and_tangent(x, v):
    y, y_dot = jvp(waves, (x,), (v,))
    return y * y_dot


def tangent_of_a_closure(x, k):
    return jvp(lambda z: k * z * np.sum(x * z), (x * k,), (x,))[1]


def tangent_of_one_argument(x, k):
    return jvp(lambda z, a: a * z**3, (x, k), (x, None))[1] + jvp(lambda z, a: a * z**3, (x, k), (None, 1.0))[1]


def tangent_of_containers(x, k):
    _, dot = jvp(both, (x, k), (x * x, k))
    return dot["a"] * dot["b"][0] + dot["b"][1]


def gradient_of_a_closure(x, a):
    return grad(lambda y: a * np.sum(y**3) + np.sum(y * x))(x) * a


def gradient_by_name(x, a):
    return grad(lambda y, k: k * np.sum(y**3), argnums="k")(x, a) * x


def gradients_of_two(x, k):
    value, (by_x, by_k) = value_and_grad(lambda y, k: k * np.sum(y**3), (0, 1))(x, k)
    return by_x * value + by_k


def gradient_with_aux(x, k):
    gradient, aux = grad(lambda y: (k * np.sum(y**3), y * k), has_aux=True)(x)
    return gradient * aux


def products_with_aux(x, k):
    def pair(y):
        return np.sum(y**3) * k, (y * k, k)

    value, pullback, (aux, scale) = vjp(pair, x, has_aux=True)
    value, dot, (other, _) = jvp(pair, (x,), (x * x,), has_aux=True)
    return pullback(2.0)[0] * aux * scale + dot * other


def gradient_of_variable_arguments(x, k):
    return grad(lambda *xs: np.sum(xs[0] ** 2 * xs[1]), 1)(x, x * k)


def descended(x, rate):
    steps = 0
    while steps < 3:
        x = x - rate * grad(energy)(x)
        steps += 1
    return x


def descended_on_a_closure(x, a):
    def inner(y):
        return a * np.sum(y**3) + np.sum(y * x)

    for _ in range(3):
        x = x - 0.01 * grad(inner)(x)
    return x


def forward_over_reverse(x, v):
    return jvp(grad(energy), (x,), (v,))[1]


def reverse_over_forward(x, v):
    return grad(lambda y: jvp(energy, (y,), (v,))[1])(x)


def forward_over_forward(x, v):
    return jvp(lambda y: jvp(waves, (y,), (v,))[1], (x,), (v,))[1]


def three_deep(x, a):
    return grad(lambda x: a * np.sum(grad(lambda y: np.sum(grad(energy)(y) ** 2) * a)(x) * x))(x)


def hessian_times_vector(x, v):
    return srcgrad.hessian_vector_product(energy)(x, v) * v


def slopes_of_elements(x, k):
    return srcgrad.elementwise_grad(lambda y: np.tanh(k * y))(x)


def jacobian_of_a_closure(x, k):
    return srcgrad.jacobian(lambda y: k * y * np.sum(y * x))(x)


def hessian_inside(x, k):
    return srcgrad.hessian(energy)(x * k)


jacobian_of_waves = srcgrad.jacobian(waves)


def jacobian_made_outside(x, v):
    return jacobian_of_waves(x) @ v


def rows_changed(rows):
    rows[0][1] = rows[1][0] * rows[0][0]
    rows[1] *= 2.0
    return np.sum(rows[0] * rows[1])


def tangents_are_not_changed(x, v):
    dots = [v * 1.0, v * x]
    slope = jvp(rows_changed, ([x * 1.0, x + 1.0],), (dots,))[1]
    return slope * np.sum(dots[0] * dots[1] * x)


def rows_kept_and_changed(x):
    rows = [[x[0], x[1]], [x[2], x[0] * x[1]]]
    kept = [row for row in rows]
    kept[0][1] = rows[1][0] * rows[0][1]
    return rows[0][1] * rows[1][1]


def through_what_keeps_rows(x, v):
    t = [v[0] * x[0], v[1]]
    first = jvp(change_by_another_list, ([x[0], x[1]],), (t,))[1]
    return first * t[0] * t[1] + jvp(rows_kept_and_changed, (x,), (v,))[1]


def change_by_another_list(row):
    rows = []
    rows.append(row)
    rows[0][0] = row[1] * row[0]
    return row[0] * row[1]


def scaled_itself(x):
    x *= x[0]
    return x


def tangent_of_what_gives_its_argument_back(x, v):
    y, dot = jvp(scaled_itself, (x.copy(),), (v,))
    return y * dot


def pullback_of_what_gives_its_argument_back(x, v):
    y, pullback = vjp(scaled_itself, x.copy())
    return y * pullback(v)[0]


CASES = [
    (tangent_of_what_gives_its_argument_back, (X, V)),
    (pullback_of_what_gives_its_argument_back, (X, V)),
    (tangents_are_not_changed, (X, V)),
    (through_what_keeps_rows, (X, V)),
    (jacobian_made_outside, (X, V)),
    (hessian_times_vector, (X, V)),
    (slopes_of_elements, (X, 1.3)),
    (jacobian_of_a_closure, (X, 1.3)),
    (hessian_inside, (X, 1.3)),
    (pulled_back_at_once, (X, V)),
    (pullback_kept, (X, V)),
    (pullback_called_twice, (X, V)),
    (pullback_of_its_own_result, (X, V)),
    (seeded_by_an_integer, (X, 1.3)),
    (pullback_returned, (X, V)),
    (pullbacks_in_a_list, (X, V)),
    (vjp_of_a_closure, (X, 1.3)),
    (vjp_of_containers, (X, 1.3)),
    (vjp_of_a_library_function, (X, V)),
    (gradient_of_a_library_function_again, (X, V)),
    (tangent, (X, V)),
    (value_and_tangent, (X, V)),
    (tangent_of_a_closure, (X, 1.3)),
    (tangent_of_one_argument, (X, 1.3)),
    (tangent_of_containers, (X, 1.3)),
    (gradient_of_a_closure, (X, 1.3)),
    (gradient_by_name, (X, 1.3)),
    (gradients_of_two, (X, 1.3)),
    (gradient_with_aux, (X, 1.3)),
    (products_with_aux, (X, 1.3)),
    (gradient_of_variable_arguments, (X, 1.3)),
    (descended, (X, 0.1)),
    (descended_on_a_closure, (X, 1.3)),
    (forward_over_reverse, (X, V)),
    (reverse_over_forward, (X, V)),
    (forward_over_forward, (X, V)),
    (three_deep, (X, 1.3)),
]


def slopes(f, args):
    """(position, direction, slope of the sum of f along it), by differences."""
    rng = np.random.default_rng(3)
    for i, arg in enumerate(args):
        direction = rng.normal(size=np.shape(arg)) if np.ndim(arg) else 1.0
        ends = [f(*args[:i], arg + sign * 1e-5 * direction, *args[i + 1 :]) for sign in (1, -1)]
        yield i, direction, (ends[0] - ends[1]) / 2e-5


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda p: getattr(p, "__name__", ""))
def test_reverse(f, args):
    value, pullback = vjp(f, *args)
    np.testing.assert_allclose(value, f(*args), rtol=1e-12)
    weights = np.cos(np.arange(np.size(value)) + 0.5).reshape(np.shape(value))
    first, second = pullback(weights), pullback(weights)
    for i, direction, slope in slopes(f, args):
        np.testing.assert_array_equal(first[i], second[i])
        np.testing.assert_allclose(np.sum(first[i] * direction), np.sum(weights * slope), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda p: getattr(p, "__name__", ""))
def test_forward(f, args):
    for i, direction, slope in slopes(f, args):
        tangents = tuple(direction if j == i else np.zeros_like(a) for j, a in enumerate(args))
        value, found = jvp(f, args, tangents)
        np.testing.assert_allclose(value, f(*args), rtol=1e-12)
        np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-7)


def test_cotangent_of_another_structure_is_refused():
    with pytest.raises(srcgrad.SrcgradError, match="E509"):
        grad(lambda x: np.sum(vjp(waves, x)[1](1.0)[0]))(X)


def test_an_array_that_is_saved_in_two_places():
    """The last `new` is the `s` of the end: what its adjoint gets through both is one sum, not two."""

    def halved(x, n):
        s = x * 1.0
        for _ in range(n):
            new = s * 0.5
            if new[0] < 0.1:
                break
            s = new
        return np.sum(s**2)

    def called(x):
        return halved(x, 1)

    np.testing.assert_allclose(grad(lambda x: np.sum(grad(called)(x) * V))(X), 0.5 * V)
