"""Is the text of a gradient what one would write?  One small program for each thing that the text depends on."""

import textwrap

import numpy as np

import srcgrad
from tests.check import check_gradient


def gradient_text(f, *args, argnums=0):
    df = srcgrad.grad(f, argnums)
    df(*args)
    source = df.source
    body = source[source.index(f"def {f.__name__}_grad") :]
    return [line.rstrip() for line in body.splitlines()[3:] if line.strip() and not line.strip().startswith("#")]


def lines(text):
    return [line for line in textwrap.indent(textwrap.dedent(text).strip(), "    ").splitlines() if line.strip()]


def test_first_contributions_join_and_later_ones_add():
    def f(x, y):
        z = x * y
        return np.sum(z * x + x)

    expected = """
        z = x * y
        z_bar = result_bar * x
        x_bar = result_bar * z + result_bar
        x_bar += z_bar * y
        return x_bar
    """
    assert gradient_text(f, np.ones(3), np.arange(3.0)) == lines(expected)


def test_equal_terms_are_added_up():
    def f(x, y):
        return np.sum(x * x * y)

    assert gradient_text(f, np.ones(3), np.arange(3.0))[0] == "    x_bar = result_bar * 2 * x * y"


def test_old_and_new_value_in_one_expression():
    def f(y, n):
        for _ in range(n):
            y = np.sqrt(y**2 + 1.0)
        return y

    assert "        y = y_saved.pop()" in gradient_text(f, 0.7, 3)


def test_a_kill_in_a_branch_leaves_a_zero():
    def f(x, c):
        y = x * x
        if c > 0:
            y = c * c
        return y * x

    text = gradient_text(f, 0.7, 1.0)
    assert "    if c > 0:" in text
    assert "        y_bar = 0.0" in text


def test_a_view_and_a_store_share_their_adjoints():
    def f(x):
        y = x * x
        v = y[1:]
        z = v * v
        y[2] = 5.0
        return np.sum(z) + np.sum(v**3)

    x = np.array([0.3, -0.8, 1.1, 0.6])
    assert "    v_bar = y_bar[1:]" in gradient_text(f, x)
    expected = np.array([0.0, 4 * x[1] ** 3 + 6 * x[1] ** 5, 4 * x[2] ** 3, 4 * x[3] ** 3 + 6 * x[3] ** 5])
    assert np.allclose(srcgrad.grad(f)(x), expected)


def test_a_swap_is_undone_by_a_swap():
    def f(u, n):
        u = u.copy()
        w = u.copy()
        for _ in range(n):
            w[1:] = u[1:] * u[:-1]
            u, w = w, u
        return np.sum(u * w)

    text = gradient_text(f, np.arange(1.0, 5.0), 3)
    assert "        u_bar, w_bar = w_bar, u_bar" in text


def test_nothing_is_saved_in_a_linear_loop():
    def f(u, nu, n):
        u = u.copy()
        for _ in range(n):
            u[1:-1] += nu * (u[2:] - 2 * u[1:-1] + u[:-2])
        return np.sum(u)

    assert not any("saved" in line for line in gradient_text(f, np.arange(5.0), 0.1, 3))


def test_what_a_turn_binds_is_bound_when_the_loop_is_left():
    def f(x, n):
        s = x * 1.0
        for _ in range(n):
            new = s * 0.5
            if new[0] < 0.1:
                break
            s = new
        return np.sum(s**2)

    text = gradient_text(f, np.array([1.0, 2.0]), 5)
    assert "        new_bar = np.zeros_like(new)" in text
    assert "    new = None" not in text


def test_zeros_of_a_tuple_carried_round_a_loop():
    def f(x):
        state = (x * 1.0, x * 2.0, 1.0)
        for _ in range(3):
            a, b, c = state
            state = (a * b, b * c, c * a)
        return state[0] + state[1] * state[2]

    assert "        state_bar = [0.0, 0.0, 0.0]" in gradient_text(f, 1.3)


def test_a_store_into_all_of_an_array_is_like_an_assignment():
    def f(v, x, n):
        v = v.copy()
        for _ in range(n):
            v[:] = 0.9 * v + x
        return np.sum(v**2)

    text = gradient_text(f, np.ones(3), np.arange(3.0), 2, argnums=(0, 1))
    assert text[-3:] == ["        x_bar += v_bar", "        v_bar *= 0.9", "    return v_bar, x_bar"]


def test_all_of_an_array_is_copied_as_itself():
    def f(x, n):
        m = x.copy()
        for _ in range(n):
            m[:] = m * m + x
        return np.sum(m**2)

    assert "        m_saved.append(m.copy())" in gradient_text(f, np.ones(3), 2)


def test_products_of_two_operands_are_new_memory():
    def f(a, b):
        return np.sum(np.einsum("ij,jk->ik", a, b) ** 2)

    assert not any("copy()" in line for line in gradient_text(f, np.ones((2, 3)), np.ones((3, 2)), argnums=(0, 1)))


def test_an_adjoint_of_full_shape_stays_so_in_products():
    def f(u, k, n):
        v = np.arange(n + 1.0)
        for i in range(n - 1, -1, -1):
            v = np.maximum(v[1:], k - u ** np.arange(i + 1))
        return v[0]

    assert not any("broadcast_to" in line for line in gradient_text(f, 1.1, 95.0, 3, argnums=(0, 1)))


def test_the_adjoint_of_one_number_is_a_sum():
    def f(s, n):
        return np.sum(np.full(n, s) ** 2)

    assert "    s_bar = 2 * np.sum(result_bar * np.full(n, s))" in gradient_text(f, 2.0, 4)


def test_arithmetic_in_a_term_needs_no_name():
    def f(t, k, m):
        r = np.exp(-k * t) * np.exp(-m * t)
        return np.sum(r)

    expected = """
        r_term = np.exp(-m * t)
        r_term_2 = np.exp(-k * t)
        r_bar = result_bar
    """
    assert gradient_text(f, np.ones(3), 1.0, 2.0, argnums=(1, 2))[:3] == lines(expected)


def test_memory_that_nobody_else_reads_any_more_is_updated_in_place():
    def f(x):
        mean, spread = np.mean(x, axis=0), np.std(x, axis=0)
        return np.sum(np.tanh((x - mean) / spread))

    def g(x, y):
        product = x * np.sum(x * y)
        part = (x - y) * 2.0
        return np.sum(np.sin(part)) + np.sum(np.cos(product))

    x, y = np.array([[0.3, -0.2], [0.9, 0.4], [0.1, 0.8]]), np.array([[0.1, 0.5], [0.7, 0.2], [0.6, 0.3]])
    check_gradient(f, (x,), (0,))
    check_gradient(g, (x, y), (0, 1))
    text = gradient_text(f, x)
    assert "    x_bar = result_term_bar" in text
    assert not any(line.startswith("    x_bar = x_bar") for line in text)


def test_memory_that_is_given_on_is_not():
    def f(x, y):
        z = x + y
        return np.sum(np.sin(z)) + np.sum(x) * np.sum(y)

    x, y = np.array([0.3, -0.2, 0.9]), np.array([0.1, 0.5, 0.2])
    check_gradient(f, (x, y), (0, 1))
    first, second = srcgrad.grad(f, (0, 1))(x, y)
    assert not np.shares_memory(first, second)
