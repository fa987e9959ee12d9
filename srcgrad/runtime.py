"""What may generated code call besides NumPy?  A few functions, whose text is copied into generated files."""

from __future__ import annotations

import copy
import types
from typing import Any

import numpy as np


def with_real(z: Any, x: Any) -> Any:
    """A complex number or array with other real parts."""
    y = np.array(z)
    y.real = x
    return y[()]


def with_imag(z: Any, x: Any) -> Any:
    """A complex number or array with other imaginary parts."""
    y = np.array(z)
    y.imag = x
    return y[()]


def unbroadcast(x: Any, shape: tuple[int, ...]) -> Any:
    """Sum x over the axes along which something of this shape was broadcast."""
    if np.shape(x) == shape:
        # A broadcast array has no memory of its own for what is added to it.
        return x if not shape or x.flags.writeable else x.copy()
    extra = np.ndim(x) - len(shape)
    axes = tuple(i for i in range(np.ndim(x)) if i < extra or shape[i - extra] == 1)
    total = np.sum(x, axis=axes)
    return np.reshape(total, shape) if shape else total


def untake(y: Any, indices: Any, axis: int | None, shape: tuple[int, ...]) -> Any:
    """An array of zeros to which y is added where np.take(_, indices, axis) reads."""
    y = np.asarray(y)
    x = np.zeros(shape, y.dtype)
    if x.size == 0:
        return x
    if axis is None:
        np.add.at(np.ravel(x), indices, y)
        return x
    np.add.at(x, (slice(None),) * (axis % len(shape)) + (indices,), y)
    return x


def split_like(y: Any, arrays: Any, axis: int | None = 0) -> list[Any]:
    """The parts of y, in the shapes of the arrays that were joined along an axis."""
    rows = y if axis is None else np.moveaxis(y, axis, 0)
    parts = []
    start = 0
    for x in arrays:
        shape = np.shape(x)
        if axis is None:
            stop = start + np.size(x)
        else:
            # A vector joined as a row or a column has one axis less than the result.
            stop = start + (shape[axis] if len(shape) == np.ndim(y) else 1)
        part = rows[start:stop]
        if axis is not None:
            part = np.moveaxis(part, 0, axis)
        parts.append(np.reshape(part, shape) if shape else np.sum(part))
        start = stop
    return parts


def unpad(y: Any, pad_width: Any, shape: tuple[int, ...]) -> Any:
    """The part of y that np.pad was given."""
    first = np.broadcast_to(pad_width, (len(shape), 2))[:, 0]
    return y[tuple(slice(i, i + n) for i, n in zip(first, shape))]


def fitted(y: Any, shape: tuple[int, ...]) -> Any:
    """y in another shape: cut off, or filled up with zeros, at the end of each axis."""
    x = np.zeros(shape, y.dtype)
    common = tuple(slice(min(m, n)) for m, n in zip(y.shape, shape))
    x[common] = y[common]
    return x


def half_weights(y: Any, axis: int) -> Any:
    """How often each coefficient of np.fft.rfft(y) stands in the whole spectrum."""
    n = np.shape(y)[axis]
    k = np.arange(n // 2 + 1)
    weights = np.where((k == 0) | (2 * k == n), 1.0, 2.0)
    return np.reshape(weights, [-1 if i == axis % np.ndim(y) else 1 for i in range(np.ndim(y))])


def cofactors(a: Any) -> Any:
    """The derivative of np.linalg.det(a): its cofactors, of singular matrices too."""
    det = np.linalg.det(a)
    limits = np.finfo(det.dtype)
    if np.size(a) and np.all((np.abs(det) > limits.tiny / limits.eps) & np.isfinite(det)):
        inverse = np.linalg.inv(a)
        if np.max(np.abs(a)) * np.max(np.abs(inverse)) < 1e4:
            return det[..., None, None] * np.swapaxes(inverse, -1, -2)
    # few digits of the inverse may be right
    u, s, vh = np.linalg.svd(a)
    scale = (np.linalg.det(u) * np.linalg.det(vh))[..., None] * other_products(s, -1)
    return np.conj(u) * scale[..., None, :] @ np.conj(vh)


def cofactor_change(a: Any, b: Any) -> Any:
    """The derivative of cofactors(a) along b, which is symmetric: the second one of the determinant."""
    u, s, vh = np.linalg.svd(a)
    equal = np.eye(s.shape[-1])
    inner = np.conj(np.swapaxes(u, -1, -2)) @ b @ np.conj(np.swapaxes(vh, -1, -2))
    # of all singular values but two
    products = other_products(np.where(equal, 1, s[..., None, :]), -1) * (1 - equal)
    diagonal = np.sum(products * np.diagonal(inner, axis1=-2, axis2=-1)[..., None, :], axis=-1)
    change = equal * diagonal[..., None] - products * np.swapaxes(inner, -1, -2)
    scale = np.linalg.det(u) * np.linalg.det(vh)
    return scale[..., None, None] * (np.conj(u) @ change @ np.conj(vh))


def cofactor_turn(a: Any, b: Any, c: Any) -> Any:
    """The derivative of cofactor_change(a, b) along c, which is symmetric too; a is not singular."""
    inverse = np.linalg.inv(a)
    b, c = inverse @ b, inverse @ c
    b_trace = np.trace(b, axis1=-2, axis2=-1)[..., None, None]
    c_trace = np.trace(c, axis1=-2, axis2=-1)[..., None, None]
    both = b_trace * c_trace - np.trace(b @ c, axis1=-2, axis2=-1)[..., None, None]
    turned = both * np.eye(a.shape[-1]) - b_trace * c - c_trace * b + b @ c + c @ b
    return cofactors(a) @ np.swapaxes(turned, -1, -2)


def from_lower(a: Any) -> Any:
    """The Hermitian matrix that has the lower triangle of a."""
    strict = np.tril(a, -1)
    return strict + np.conj(np.swapaxes(strict, -1, -2)) + np.eye(a.shape[-1], dtype=a.dtype) * np.real(a)


def to_lower(s: Any) -> Any:
    """The transpose of `from_lower`: the upper triangle is added to the lower one."""
    both = s + np.conj(np.swapaxes(s, -1, -2))
    return np.tril(both, -1) + np.eye(s.shape[-1], dtype=s.dtype) * np.real(s)


def gamma_density(a: Any, x: Any, n: int) -> Any:
    """The n-th derivative with respect to a of x ** (a - 1) * exp(-x) / gamma(a)."""
    from scipy.special import comb, digamma, gammaln, polygamma, xlogy  # noqa: PLC0415

    x = np.maximum(x, 0.0)
    with np.errstate(all="ignore"):
        slopes = [np.log(x) - digamma(a), *(-polygamma(k, a) for k in range(1, n))]
        found = [np.exp(xlogy(a - 1, x) - x - gammaln(a))]
        for k in range(1, n + 1):
            found.append(sum(comb(k - 1, j) * found[j] * slopes[k - j - 1] for j in range(k)))
    return np.where(np.isfinite(found[n]), found[n], 0.0)[()] if n else found[0]


def gamma_integral(a: Any, x: Any, n: int) -> Any:
    """The n-th derivative with respect to a of scipy.special.gammainc(a, x): over the side of x with less of it."""
    a, x = np.broadcast_arrays(np.asarray(a, float)[..., None], np.asarray(x, float)[..., None])
    # nodes that lie close at 0, and far out where the integrand has faded
    tau = np.arange(-72, 100) / 16
    s = np.exp(tau - np.exp(-tau))
    weights = s * (1 + np.exp(-tau)) / 16
    low = np.maximum(x, 0.0) * np.exp(-s / a)
    below = np.sum(weights / a * low * gamma_density(a, low, n), axis=-1)
    width = np.maximum(1.0, np.sqrt(a) / 4)
    above = np.sum(weights * width * gamma_density(a, x + s * width, n), axis=-1)
    return np.where(x[..., 0] < a[..., 0] + 1, below, -above)[()]


def beta_density(a: Any, b: Any, x: Any, n: int, m: int) -> Any:
    """A derivative of the density x ** (a - 1) * (1 - x) ** (b - 1) / beta(a, b): the n-th in a and m-th in b."""
    from scipy.special import betaln, comb, polygamma, xlog1py, xlogy  # noqa: PLC0415

    x = np.clip(x, 0.0, 1.0)
    with np.errstate(all="ignore"):
        found = {(0, 0): np.exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))}

        def slope(i: int, j: int) -> Any:
            both = polygamma(i + j - 1, a + b)
            alone = polygamma(i - 1, a) if j == 0 else polygamma(j - 1, b) if i == 0 else 0.0
            position = np.log(x) if (i, j) == (1, 0) else np.log1p(-x) if (i, j) == (0, 1) else 0.0
            return position - alone + both

        for i in range(n + 1):
            for j in range(m + 1):
                # one derivative is that of the logarithm, the others are of the product
                p, q = (i - 1, j) if i else (0, j - 1)
                if i or j:
                    found[i, j] = sum(
                        comb(p, k) * comb(q, r) * found[k, r] * slope(i - k, j - r)
                        for k in range(p + 1) for r in range(q + 1)
                    )  # fmt: skip
    return np.where(np.isfinite(found[n, m]), found[n, m], 0.0)[()] if n or m else found[0, 0]


def beta_integral(a: Any, b: Any, x: Any, n: int, m: int) -> Any:
    """A derivative of scipy.special.betainc(a, b, x), the n-th in a and m-th in b: over the side of x with less of it."""
    a, b, x = np.broadcast_arrays(*(np.asarray(v, float)[..., None] for v in (a, b, x)))
    x = np.clip(x, 0.0, 1.0)
    tau = np.arange(-72, 100) / 16
    s = np.exp(tau - np.exp(-tau))
    weights = s * (1 + np.exp(-tau)) / 16
    low, high = x * np.exp(-s / a), (1 - x) * np.exp(-s / b)
    below = np.sum(weights / a * low * beta_density(a, b, low, n, m), axis=-1)
    above = np.sum(weights / b * high * beta_density(b, a, high, m, n), axis=-1)
    return np.where(x[..., 0] * (a + b)[..., 0] < a[..., 0], below, -above)[()]


def sparse_product(entries: Any, rows: Any, columns: Any, shape: tuple[int, int], x: Any) -> Any:
    """The product with x of the matrix that has these entries; those at one place are added up."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415

    return coo_matrix((entries, (rows, columns)), shape) @ x


def sparse_solution(entries: Any, rows: Any, columns: Any, shape: tuple[int, int], b: Any) -> Any:
    """The x of which `sparse_product` is b."""
    from scipy.sparse import csc_matrix  # noqa: PLC0415
    from scipy.sparse.linalg import spsolve  # noqa: PLC0415

    return spsolve(csc_matrix((entries, (rows, columns)), shape), b)


def matrix_function(name: str, a: Any, *parameters: Any) -> Any:
    """scipy.linalg's function of this name of a real matrix.

    It is complex or real as the values decide.  Derivatives are those of a real one.
    """
    from scipy import linalg  # noqa: PLC0415

    y = getattr(linalg, name)(a, *parameters)
    if np.iscomplexobj(y):
        raise ValueError(f"{name} of this real matrix is complex; to differentiate it, give it a complex matrix")
    return y


def real_eig(a: Any) -> Any:
    """The eigenvalues and eigenvectors of a real matrix that are real."""
    w, v = np.linalg.eig(a)
    if np.iscomplexobj(w):
        raise ValueError("eigenvalues of this real matrix are complex; to differentiate them, give the matrix as `a + 0j`")
    return w, v


def completing(x: Any) -> Any:
    """x itself: columns that complete a basis, of which, if there are several, only the span is determined."""
    return x


def completing_change(x_dot: Any) -> Any:
    """The change of columns that complete a basis, if there are not several."""
    if x_dot.shape[-1] > 1:
        raise ValueError("of several columns that complete a basis only the span is determined; leave them out: full_matrices=False")
    return x_dot


def completing_adjoint(x: Any, x_bar: Any) -> Any:
    """The adjoint of columns x that complete a basis; it must not tell one basis of their span from another."""
    inner = np.swapaxes(x_bar, -1, -2) @ x
    turn = np.abs(inner - np.conj(np.swapaxes(inner, -1, -2)))
    if x.shape[-1] > 1 and np.any(turn > 1e4 * np.finfo(x.dtype).eps * np.max(np.abs(x_bar), initial=0.0)):
        raise ValueError("of several columns that complete a basis only the span is determined; leave them out: full_matrices=False")
    return x_bar


def other_products(x: Any, axis: Any = None) -> Any:
    """For each element, the product of the others along the axis; x may have zeros."""
    if np.ndim(x) == 0:
        return np.ones_like(x)
    if axis is None:
        return np.reshape(other_products(np.reshape(x, (-1,)), 0), np.shape(x))
    rows = np.moveaxis(x, axis, 0)
    before = np.cumprod(np.concatenate([np.ones_like(rows[:1]), rows[:-1]]), axis=0)
    after = np.cumprod(np.concatenate([np.ones_like(rows[:1]), rows[:0:-1]]), axis=0)[::-1]
    return np.moveaxis(before * after, 0, axis)


def cumprod_adjoint(x: Any, y_bar: Any, axis: int | None = None) -> Any:
    """The adjoint of x in y = np.cumprod(x, axis); x may have zeros."""
    if axis is None:
        return np.reshape(cumprod_adjoint(np.reshape(x, (-1,)), y_bar, 0), np.shape(x))
    x = np.moveaxis(x, axis, 0)
    y_bar = np.moveaxis(y_bar, axis, 0)
    before = np.concatenate([np.ones_like(x[:1]), np.cumprod(x[:-1], axis=0)])
    x_bar = np.zeros_like(before * y_bar)
    rest = 0.0 * x_bar[0] if len(x) else 0.0
    for i in reversed(range(len(x))):
        rest = rest + y_bar[i]
        x_bar[i] = before[i] * rest
        rest = rest * x[i]
    return np.moveaxis(x_bar, 0, axis)


def cumprod_tangent(x: Any, x_dot: Any, axis: int) -> Any:
    """The tangent of np.cumprod(x, axis); x may have zeros."""
    x = np.moveaxis(x, axis, 0)
    x_dot = np.moveaxis(x_dot, axis, 0)
    y_dot = np.zeros_like(x * x_dot)
    before = 1.0
    rest = 0.0
    for i in range(len(x)):
        rest = rest * x[i] + before * x_dot[i]
        y_dot[i] = rest
        before = before * x[i]
    return np.moveaxis(y_dot, 0, axis)


def matrix_power_tangent(a: Any, a_dot: Any, n: int) -> Any:
    """The tangent of np.linalg.matrix_power(a, n).

    Given the transposed matrix and an adjoint, it is the adjoint of a.
    """
    if n < 0:
        a = np.linalg.inv(a)
        a_dot = -a @ a_dot @ a
    total = np.zeros_like(a_dot)
    power = np.broadcast_to(np.eye(a.shape[-1]), a.shape)
    for _ in range(abs(n)):
        total = a @ total + a_dot @ power
        power = a @ power
    return total


def digamma(x: float) -> float:
    """The derivative of math.lgamma."""
    if x <= 0.0:
        return digamma(1.0 - x) - np.pi / np.tan(np.pi * x)
    total = 0.0
    while x < 10.0:
        total -= 1.0 / x
        x = x + 1.0
    u = 1.0 / x**2
    series = u * (1 / 12 - u * (1 / 120 - u * (1 / 252 - u * (1 / 240 - u * (5 / 660 - u * 691 / 32760)))))
    return float(total + np.log(x) - 0.5 / x - series)


def bessel_i(n: int, x: Any) -> Any:
    """The modified Bessel function of the first kind, of order n.

    It is the mean of exp(x * cos(t)) * cos(n * t) over t.
    """
    count = 64 + 2 * int(np.max(np.abs(x), initial=0.0))
    total = np.zeros_like(x, dtype=float)
    for k in range(count):
        t = 2 * np.pi * k / count
        total = total + np.exp(x * np.cos(t)) * np.cos(n * t)
    return total / count


def sinc_slope(x: Any) -> Any:
    """The derivative of np.sinc, with all its own derivatives at 0 to a few orders."""
    u = np.pi * x
    near = np.abs(u) < 0.1
    v = np.where(near, 1.0, u)
    series = -u / 3 + u**3 / 30 - u**5 / 840 + u**7 / 45360
    return np.pi * np.where(near, series, (np.cos(v) - np.sin(v) / v) / v)


def zeros_like(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """Zeros in the structure of a value: lists for tuples, namespaces for objects.

    What has no derivative gets None, but integers get zeros: beside floats, in a list,
    they are treated as these are.  What is found twice gets zeros twice, one for each
    way to it; only what holds itself is followed once.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "biu":
            return np.zeros(value.shape)
        return np.zeros_like(value) if value.dtype.kind in "fc" else None
    if isinstance(value, (float, complex, np.inexact)):
        return type(value)(0) if isinstance(value, np.inexact) else 0.0 * value if isinstance(value, complex) else 0.0
    if isinstance(value, (int, np.number, np.bool_)):
        return 0.0
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    zeros: Any
    if isinstance(value, (list, tuple)):
        zeros = memo[id(value)] = []
        zeros.extend([zeros_like(v, memo) for v in value])
    elif isinstance(value, dict):
        zeros = memo[id(value)] = {}
        zeros.update({k: zeros_like(v, memo) for k, v in value.items()})
    elif type(value).__module__ == "builtins" or isinstance(value, (type, np.generic, np.ufunc)):
        return None
    else:
        zeros = memo[id(value)] = types.SimpleNamespace()
        for name, v in attributes(value).items():
            setattr(zeros, name, zeros_like(v, memo))
    del memo[id(value)]
    return zeros


def zeros_of(x: Any) -> Any:
    """A tangent of x that is zero."""
    return like(x, zeros_like(x))


def attributes(value: Any) -> dict[str, Any]:
    """The attributes that an object holds itself, slots included."""
    found = dict(getattr(value, "__dict__", {}))
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{cls.__name__.lstrip('_')}{name}"
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found


def with_attributes(x: Any, /, **values: Any) -> Any:
    """A copy of an object that has these attributes instead of its own."""
    result = copy.copy(x)
    for name, value in values.items():
        object.__setattr__(result, name, value)
    return result


def add(a: Any, b: Any, memo: dict[tuple[int, int], Any] | None = None) -> Any:
    """The sum of two adjoints of one structure; None adds nothing."""
    if a is None or b is None:
        return b if a is None else a
    if not isinstance(a, (list, tuple, dict, types.SimpleNamespace)):
        return a + b
    memo = {} if memo is None else memo
    both = id(a), id(b)
    if both in memo:
        return memo[both]
    if isinstance(a, (list, tuple)):
        total: Any = []
        memo[both] = total
        total.extend([add(v, w, memo) for v, w in zip(a, b)])
    elif isinstance(a, dict):
        total = memo[both] = {}
        total.update({k: add(a.get(k), b.get(k), memo) for k in {**a, **b}})
    else:
        total = memo[both] = types.SimpleNamespace()
        for name in {**vars(a), **vars(b)}:
            setattr(total, name, add(getattr(a, name, None), getattr(b, name, None), memo))
    del memo[both]
    return total


def add_at(x: Any, index: Any, y: Any) -> None:
    """np.add.at(x, index, y), which is slow where the index does not select single elements of a vector."""
    if np.size(y) < 300:
        np.add.at(x, index, y)
    elif isinstance(index, np.ndarray) and x.ndim == 2 and x.shape[1] <= index.size:
        y = np.broadcast_to(y, index.shape + x.shape[1:])
        for column in range(x.shape[1]):
            np.add.at(x[:, column], index.ravel(), y[..., column].ravel())
    elif x.size < 8 * np.size(y) and x.flags.c_contiguous:
        places = np.arange(x.size).reshape(x.shape)[index]
        np.add.at(x.reshape(-1), places.ravel(), np.broadcast_to(y, places.shape).ravel())
    else:
        np.add.at(x, index, y)


def like(x: Any, x_bar: Any, memo: dict[tuple[int, int], Any] | None = None) -> Any:
    """An adjoint in the structure and the types of x; None if x has no derivative."""
    if isinstance(x, (np.ndarray, np.inexact)):
        if x.dtype.kind not in "fc":
            return None
        given = np.asarray(0.0 if x_bar is None else x_bar)
        found = given.real if given.dtype.kind == "c" and x.dtype.kind != "c" else given
        if isinstance(x, np.inexact):
            return found.astype(x.dtype)[()]
        if found.shape == x.shape:
            return found if found.dtype == x.dtype else found.astype(x.dtype)
        return np.array(np.broadcast_to(found, x.shape), x.dtype)
    if isinstance(x, float):
        return 0.0 if x_bar is None else float(np.real(x_bar))
    if isinstance(x, complex):
        return 0j if x_bar is None else complex(x_bar)
    memo = {} if memo is None else memo
    both = (id(x), id(x_bar))
    if both in memo:
        return memo[both]
    if isinstance(x, list):
        result: Any = []
        memo[both] = result
        result.extend([like(v, None if x_bar is None else x_bar[i], memo) for i, v in enumerate(x)])
        return result
    if isinstance(x, tuple):
        members = [like(v, None if x_bar is None else x_bar[i], memo) for i, v in enumerate(x)]
        return type(x)(*members) if hasattr(x, "_fields") else tuple(members)
    if isinstance(x, dict):
        result = x.copy()
        memo[both] = result
        result.update({k: like(v, None if x_bar is None else x_bar.get(k), memo) for k, v in x.items()})
        return result
    if type(x).__module__ == "builtins" or isinstance(x, (type, np.generic, np.ufunc)):
        return None
    result = copy.copy(x)
    memo[both] = result
    for name, v in attributes(x).items():
        object.__setattr__(result, name, like(v, getattr(x_bar, name, None), memo))
    return result


def stop_gradient(x: Any) -> Any:
    """x itself; inside a differentiated function its derivative is not followed.

    >>> stop_gradient(2.0)
    2.0
    """
    return x


def held(x: Any) -> Any:
    """x itself, for the definitions of library functions: the derivative at hand does not go through it, the next does."""
    return x


def add_to(total: Any, part: Any) -> Any:
    """`total` with an adjoint of its structure added, in place if it is no number."""
    if part is None:
        return total
    if total is None:
        total = zeros_like(part)
        if total is None:
            return None
    if isinstance(total, np.ndarray) and total.ndim:
        total += part if total.dtype.kind == "c" else np.real(part)
        return total
    if isinstance(total, list):
        for i, v in enumerate(part):
            total[i] = add_to(total[i], v)
        return total
    if isinstance(total, dict):
        for k, v in part.items():
            total[k] = add_to(total.get(k), v)
        return total
    if isinstance(total, types.SimpleNamespace):
        for name, v in vars(part).items():
            setattr(total, name, add_to(getattr(total, name, None), v))
        return total
    return total + part


def last_stored(x_bar: Any, index: Any) -> Any:
    """The adjoint of v in `x[index] = v`.

    Where the index selects an element twice, only the last value was kept.
    """
    part = x_bar[index]
    order = np.arange(np.size(part)).reshape(np.shape(part))
    winner = np.full(np.shape(x_bar), -1)
    winner[index] = order
    return np.where(winner[index] == order, part, 0)


def contents(value: Any, found: dict[int, Any] | None = None) -> list[Any]:
    """What a value, and all that it holds, contains now: pairs of object and copy."""
    found = {} if found is None else found
    if id(value) in found:
        return list(found.values())
    if isinstance(value, np.ndarray):
        if value.flags.writeable:
            found[id(value)] = (value, value.copy())
    elif isinstance(value, (list, dict, set)):
        found[id(value)] = (value, value.copy())
        for v in list(value.values()) if isinstance(value, dict) else value:
            contents(v, found)
    elif isinstance(value, tuple):
        for v in value:
            contents(v, found)
    elif type(value).__module__ != "builtins" and not isinstance(value, (type, np.generic, np.ufunc)):
        held = attributes(value)
        found[id(value)] = (value, held)
        for v in held.values():
            contents(v, found)
    return list(found.values())


def put_back(saved: list[Any]) -> None:
    """The inverse of `contents`: the same objects contain again what they did."""
    for owner, held in saved:
        refill(owner, held)


def refill(owner: Any, held: Any) -> None:
    """An object contains again what it held: a copy of an array, list, dict or set, or attributes."""
    if isinstance(owner, np.ndarray):
        owner[...] = held
    elif isinstance(owner, list):
        owner[:] = held
    elif isinstance(owner, (dict, set)):
        owner.clear()
        owner.update(held)
    else:
        for name in attributes(owner):
            if name not in held:
                object.__delattr__(owner, name)
        for name, v in held.items():
            object.__setattr__(owner, name, v)


def give_back(container: dict[Any, Any], key: Any, saved: Any) -> None:
    """`container[key] = saved`; where nothing was saved there was no such key."""
    if saved is None:
        container.pop(key, None)
    else:
        container[key] = saved


def put(undo: list[Any], container: Any, index: Any, value: Any) -> None:
    """`container[index] = value`, to be undone."""
    remember(undo, container)
    container[index] = value


def put_attribute(undo: list[Any], owner: Any, name: str, value: Any) -> None:
    """`owner.name = value`, to be undone."""
    undo.append([(owner, attributes(owner))])
    object.__setattr__(owner, name, value)


def remember(undo: list[Any], container: Any) -> None:
    """An array, list or dict is about to be changed, which is to be undone."""
    undo.append([(container, container.copy())])


def take_back(undo: list[Any]) -> None:
    """Undo, from the last to the first, what was put."""
    for saved in reversed(undo):
        put_back(saved)


def shadow(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """Zeros in the structure of a value, which share what the value shares; those of a view are a view."""
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, (list, tuple)):
        zeros: Any = []
        memo[id(value)] = zeros
        zeros.extend([shadow(v, memo) for v in value])
    elif isinstance(value, dict):
        zeros = memo[id(value)] = {}
        zeros.update({k: shadow(v, memo) for k, v in value.items()})
    elif isinstance(value, np.ndarray):
        zeros = memo[id(value)] = shadow_of_array(value, memo)
    elif type(value).__module__ == "builtins" or isinstance(value, (type, np.generic, np.ufunc)):
        zeros = zeros_like(value)
    else:
        zeros = memo[id(value)] = types.SimpleNamespace()
        for name, v in attributes(value).items():
            setattr(zeros, name, shadow(v, memo))
    return zeros


def shadow_of_array(x: Any, memo: dict[int, Any]) -> Any:
    """Zeros like x, at x's place in zeros like all that x is a view of."""
    owner = x
    while getattr(owner, "base", None) is not None:
        owner = owner.base
    if x.dtype.kind not in "fc" or not isinstance(owner, np.ndarray) or not x.flags.writeable:
        return zeros_like(x)
    if id(owner) not in memo:
        memo[id(owner)] = zeros_like(owner)
    start = [a.__array_interface__["data"][0] for a in (owner, x)]
    return np.ndarray(x.shape, x.dtype, np.ravel(memo[id(owner)], "K"), start[1] - start[0], x.strides)


def note(shadows: dict[int, Any], value: Any) -> None:
    """Remember an adjoint, and all that it holds now, so that `reset` finds it."""
    if id(value) in shadows:
        return
    if isinstance(value, (np.ndarray, list, dict, types.SimpleNamespace)):
        shadows[id(value)] = value
    held = vars(value) if isinstance(value, types.SimpleNamespace) else value
    if isinstance(held, (list, dict)):
        for v in list(held.values()) if isinstance(held, dict) else held:
            note(shadows, v)


def reset(value: Any, seen: set[int] | None = None) -> None:
    """All numbers in an adjoint become zero, in place."""
    if isinstance(value, np.ndarray):
        value[...] = 0
        return
    held = vars(value) if isinstance(value, types.SimpleNamespace) else value
    seen = set() if seen is None else seen
    if not isinstance(held, (list, dict)) or id(held) in seen:
        return
    seen.add(id(held))
    for k, v in list(held.items() if isinstance(held, dict) else enumerate(held)):
        if isinstance(v, (float, complex, np.inexact)):
            held[k] = 0.0
        else:
            reset(v, seen)


def assign_to(target: Any, source: Any) -> None:
    """One adjoint gets the content of another of its structure, in the same memory.

    What is found twice in the target gets the sum, what is found twice in the source is taken once, and so are views of it.
    """
    emptied: list[Any] = []
    content = taken(source, emptied, set())
    for array, value in reversed(emptied):
        array[...] = value
    fill(target, content, False)
    fill(target, content, True)


def taken(source: Any, emptied: list[Any], seen: set[int]) -> Any:
    """A copy of an adjoint; what has been taken is zero where it is found again."""
    if isinstance(source, np.ndarray):
        emptied.append((source, source.copy()))
        source[...] = 0
        return emptied[-1][1]
    if isinstance(source, types.SimpleNamespace):
        return types.SimpleNamespace(**taken(vars(source), emptied, seen))
    if not isinstance(source, (list, dict)):
        return source
    again = id(source) in seen
    seen.add(id(source))
    members = source.items() if isinstance(source, dict) else enumerate(source)
    copies = {
        k: 0 * v if again and isinstance(v, (float, complex, np.inexact)) else taken(v, emptied, seen)
        for k, v in members
    }
    return copies if isinstance(source, dict) else list(copies.values())


def fill(target: Any, content: Any, adding: bool) -> None:
    """What `target` holds is made zero, in the structure of `content`, or this is added to it."""
    if isinstance(target, np.ndarray):
        mask = np.asarray(content).dtype.kind == "b"  # which has no derivative, so it has no sum, either
        target[...] = target + content if adding and not mask else 0
        return
    held: Any = vars(target) if isinstance(target, types.SimpleNamespace) else target
    given: Any = vars(content) if isinstance(content, types.SimpleNamespace) else content
    while isinstance(held, list) and len(held) > len(given):
        held.pop()
    for k, v in given.items() if isinstance(given, dict) else enumerate(given):
        if isinstance(held, list) and k == len(held):
            held.append(zeros_like(v))
        old = held.get(k) if isinstance(held, dict) else held[k]
        if isinstance(old, (np.ndarray, list, dict, types.SimpleNamespace)) and v is not None:
            fill(old, v, adding)
        elif not adding:
            held[k] = zeros_like(v)
        elif zeros_like(v) is not None:  # what has no derivative has no sum, either
            held[k] = v if old is None else old + v


def same_memory(view: Any, base: Any) -> Any:
    """An adjoint's view, where the variable's is one; never a silent copy."""
    if not np.may_share_memory(view, base):
        raise ValueError("the adjoint of a reshaped array is laid out differently from the array; reshape a copy")
    return view
