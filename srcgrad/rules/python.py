"""The derivatives of Python's builtins, and the ndarray methods as functions."""

from __future__ import annotations

from srcgrad.rules.registry import constant, elementwise, method, rule

# Python's max and min give the first of equal operands; the slope is that of the operand given.
elementwise("z = max(x, y)", when="np.ndim(x) == 0 and np.ndim(y) == 0", dx="x >= y", dy="x < y", at="0.3, 0.7")
elementwise("z = min(x, y)", when="np.ndim(x) == 0 and np.ndim(y) == 0", dx="x <= y", dy="x > y", at="0.3, 0.7")
for name in ("max", "min"):
    rule(
        f"y = {name}(iterable, /)",
        tangent=f"y_dot = iterable_dot[int(np.arg{name}(iterable))]",
        adjoint=f"iterable_bar += y_bar * (np.arange(len(iterable)) == np.arg{name}(iterable))",
        sequences=("iterable",),
        at=("[0.3, 0.7, 0.2]", "A(4)"),
    )
    rule(
        f"y = {name}(*args)",
        tangent=f"y_dot = args_dot[int(np.arg{name}(args))]",
        adjoint=f"args_bar += y_bar * (np.arange(len(args)) == np.arg{name}(args))",
        sequences=("args",),
        at="0.3, 0.7, 0.2",
    )
rule(
    "y = sum(iterable, /, start=0)",
    when="isinstance(iterable, np.ndarray)",
    tangent="y_dot = np.sum(iterable_dot, axis=0) + start_dot",
    adjoint=["iterable_bar += y_bar", "start_bar += unbroadcast(y_bar, np.shape(start))"],
    at=("A(3)", "A(3, 2)", "A(3), 0.5"),
)
rule(
    "y = sum(iterable, /, start=0)",
    tangent="y_dot = sum(iterable_dot) + start_dot",
    adjoint=[
        "iterable_bar += [unbroadcast(y_bar, np.shape(v)) for v in iterable]",
        "start_bar += unbroadcast(y_bar, np.shape(start))",
    ],
    sequences=("iterable",),
    at=("[0.3, 0.7]", "[A(3), A(3)], A(3)", "[A(3), 0.3]"),
)
rule(
    "ys = sorted(iterable, /, *, reverse=False)",
    tangent=[
        "order = sorted(range(len(iterable)), key=lambda i: iterable[i], reverse=reverse)",
        "ys_dot = [iterable_dot[i] for i in order]",
    ],
    adjoint=[
        "order = sorted(range(len(iterable)), key=lambda i: iterable[i], reverse=reverse)",
        "iterable_bar += [ys_bar[i] for i in np.argsort(order)]",
    ],
    sequences=("iterable",),
    lists=True,
    at=("[0.3, 0.7, 0.2]", "[0.3, 0.7, 0.2], reverse=True"),
)

constant("len", "isinstance", "issubclass", "hasattr", "callable", "type", "id", "range", "bool", "int", "any", "all")
constant("bisect.bisect", "bisect.bisect_left", "bisect.bisect_right")
constant("round", "operator.contains", "operator.is_", "operator.is_not", "operator.truth", "operator.index")

for name, start in (("sum", "0"), ("prod", "1"), ("max", "-np.inf"), ("min", "np.inf"), ("mean", "")):
    dtype = "" if name in ("max", "min") else "dtype=None, "
    initial = f"initial={start}, " if start else ""
    method(
        f"x.{name}(axis=None, {dtype}*, keepdims=False, {initial}where=True)",
        f"np.{name}(x, axis=axis, {dtype and 'dtype=dtype, '}keepdims=keepdims, {initial and 'initial=initial, '}where=where)",
    )
for name in ("var", "std"):
    method(
        f"x.{name}(axis=None, dtype=None, *, ddof=0, keepdims=False, where=True)",
        f"np.{name}(x, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=where)",
    )
method("x.cumsum(axis=None, dtype=None)", "np.cumsum(x, axis=axis, dtype=dtype)")
method("x.cumprod(axis=None, dtype=None)", "np.cumprod(x, axis=axis, dtype=dtype)")
method("x.dot(b)", "np.dot(x, b)")
method("x.reshape(*shape, order='C', copy=None)", "np.reshape(x, shape, order=order, copy=copy)")
method("x.ravel(order='C')", "np.ravel(x, order=order)")
method("x.transpose(*axes)", "np.transpose(x, axes)")
method("x.swapaxes(axis1, axis2, /)", "np.swapaxes(x, axis1, axis2)")
method("x.squeeze(axis=None)", "np.squeeze(x, axis=axis)")
method("x.repeat(repeats, axis=None)", "np.repeat(x, repeats, axis=axis)")
method("x.take(indices, axis=None, *, mode='raise')", "np.take(x, indices, axis=axis, mode=mode)")
method("x.compress(condition, axis=None)", "np.compress(condition, x, axis=axis)")
method("x.diagonal(offset=0, axis1=0, axis2=1)", "np.diagonal(x, offset=offset, axis1=axis1, axis2=axis2)")
method(
    "x.trace(offset=0, axis1=0, axis2=1, dtype=None)",
    "np.trace(x, offset=offset, axis1=axis1, axis2=axis2, dtype=dtype)",
)
method("x.choose(choices, *, mode='raise')", "np.choose(x, choices, mode=mode)")
method("x.tolist()", "np.ndarray.tolist(x)")
method("x.clip(min=None, max=None)", "np.clip(x, a_min=min, a_max=max)")
method("x.conj()", "np.conj(x)")
method("x.conjugate()", "np.conj(x)")
method("x.copy(order='C')", "np.copy(x)")
method("x.view()", "np.asarray(x)")
method("x.__copy__()", "np.copy(x)")
method("x.__abs__()", "np.abs(x)")
method("x.__deepcopy__(memo, /)", "np.copy(x)")
method("x.flatten(order='C')", "np.ndarray.flatten(x, order=order)")
method("x.astype(dtype, order='K', casting='unsafe', subok=True, copy=True)", "np.ndarray.astype(x, dtype, copy=copy)")
method("x.view()", "np.asarray(x)")
method("x.item(index=None)", "np.ndarray.item(x, index=index)")
method("x.argmax(axis=None)", "np.argmax(x, axis=axis)")
method("x.argmin(axis=None)", "np.argmin(x, axis=axis)")
method("x.argsort(axis=-1)", "np.argsort(x, axis=axis)")
method("x.nonzero()", "np.nonzero(x)")
method("x.searchsorted(v)", "np.searchsorted(x, v)")
method("x.any(axis=None)", "np.any(x, axis=axis)")
method("x.all(axis=None)", "np.all(x, axis=axis)")
method("x.round(decimals=0)", "np.round(x, decimals=decimals)")
method("x.ptp(axis=None)", "np.ptp(x, axis=axis)")
