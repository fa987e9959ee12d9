"""The derivatives of what moves elements without changing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from srcgrad.rules import conditions
from srcgrad.rules.language import Rule
from srcgrad.rules.registry import attribute, build, rule

rule(
    "y = np.reshape(a, shape, order='C', *, copy=None)",
    when="order == 'C' and copy is not True",
    tangent="y_dot = np.reshape(a_dot, shape)",
    adjoint="a_bar += np.reshape(y_bar, np.shape(a))",
    shares="a?",
    at=("A(2, 3), (3, 2)", "A(6), (-1, 2)", "A(2, 3), -1", "F(), (1, 1)"),
)
rule(
    "y = np.reshape(a, shape, order='C', *, copy=None)",
    when="order == 'F' and copy is not True",
    tangent="y_dot = np.reshape(a_dot, shape, order='F')",
    adjoint="a_bar += np.reshape(y_bar, np.shape(a), order='F')",
    shares="a?",
    at="A(2, 3), (3, 2), 'F'",
)
if np.lib.NumpyVersion(np.__version__) >= "2.1.0":  # which knows copy=True
    rule(
        "y = np.reshape(a, shape, order='C', *, copy=None)",
        when="copy is True and (order == 'C' or order == 'F')",
        tangent="y_dot = np.reshape(a_dot, shape, order=order, copy=True)",
        adjoint="a_bar += np.reshape(y_bar, np.shape(a), order=order)",
        at=("A(2, 3), (3, 2), copy=True", "A(2, 3), -1, 'F', copy=True"),
    )
for text, shares in (("y = np.ravel(a, order='C')", "a?"), ("y = np.ndarray.flatten(a, order='C')", None)):
    rule(
        text,
        when="order == 'C'",
        tangent="y_dot = np.ravel(a_dot)",
        adjoint="a_bar += np.reshape(y_bar, np.shape(a))",
        shares=shares,
        at=("A(2, 3)", "A(3)"),
    )
    rule(
        text,
        when="order == 'F'",
        tangent="y_dot = np.ravel(a_dot, 'F')",
        adjoint="a_bar += np.reshape(y_bar, np.shape(a), order='F')",
        shares=shares,
        at="A(2, 3), 'F'",
    )
rule("y = np.transpose(a, axes=None)", when="a.ndim == 0", tangent="y_dot = a_dot", adjoint="a_bar += y_bar", at="F()")
rule(
    "y = np.transpose(a, axes=None)",
    "y = np.permute_dims(a, axes=None)",
    when="axes is None",
    tangent="y_dot = a_dot.T",
    adjoint="a_bar += y_bar.T",
    shares="a",
    at=("A(2, 3)", "A(3)", "A(2, 3, 4)"),
)


def undone(values: Mapping[str, Any]) -> Rule | None:
    """The rule for axes that are known; they are put back by numbers in the text."""
    try:
        axes, ndim = conditions.known(values["axes"]), conditions.rank(values["a"])
        order = tuple(int(i) for i in np.argsort(np.mod(axes, ndim)))
    except (conditions.Undecided, TypeError):
        return None
    return build(
        "y = np.transpose(a, axes=None)", tangent="y_dot = np.transpose(a_dot, axes)",
        adjoint=f"a_bar += np.transpose(y_bar, {order})", shares="a",
    )  # fmt: skip


rule(
    "y = np.transpose(a, axes=None)",
    "y = np.permute_dims(a, axes=None)",
    when="axes is not None",
    tangent="y_dot = np.transpose(a_dot, axes)",
    adjoint="a_bar += np.transpose(y_bar, np.argsort(np.mod(axes, a.ndim)))",
    shares="a",
    expand=undone,
    at=("A(2, 3, 4), (1, 2, 0)", "A(2, 3, 4), (-1, 0, 1)"),
)
rule(
    "y = np.transpose(a, axes=None)",
    "y = np.permute_dims(a, axes=None)",
    when="axes is not None",
    tangent="y_dot = np.transpose(a_dot, axes)",
    adjoint="a_bar += np.transpose(y_bar, np.argsort(np.mod(axes, a.ndim)))",
    shares="a",
    at=("A(2, 3, 4), (1, 2, 0)", "A(2, 3, 4), (-1, 0, 1)"),
)
rule(
    "y = np.matrix_transpose(x, /)",
    tangent="y_dot = np.swapaxes(x_dot, -1, -2)",
    adjoint="x_bar += np.swapaxes(y_bar, -1, -2)",
    shares="x",
    at=("A(2, 3)", "A(4, 2, 3)"),
)
rule(
    "y = np.swapaxes(a, axis1, axis2)",
    tangent="y_dot = np.swapaxes(a_dot, axis1, axis2)",
    adjoint="a_bar += np.swapaxes(y_bar, axis1, axis2)",
    shares="a",
    at=("A(2, 3), 0, 1", "A(2, 3, 4), 0, -1"),
)
rule(
    "y = np.moveaxis(a, source, destination)",
    tangent="y_dot = np.moveaxis(a_dot, source, destination)",
    adjoint="a_bar += np.moveaxis(y_bar, destination, source)",
    shares="a",
    at=("A(2, 3, 4), 0, -1", "A(2, 3, 4), (0, 1), (2, 0)"),
)
rule(
    "y = np.rollaxis(a, axis, start=0)",
    when="start == 0",
    tangent="y_dot = np.rollaxis(a_dot, axis)",
    adjoint="a_bar += np.moveaxis(y_bar, 0, axis)",
    shares="a",
    at="A(2, 3, 4), 2",
)
rule(
    "y = np.resize(a, new_shape)",
    tangent="y_dot = np.resize(a_dot, new_shape)",
    adjoint=[
        "places = np.resize(np.reshape(np.arange(np.size(a)), np.shape(a)), new_shape)",
        "a_bar += untake(y_bar, places, None, np.shape(a))",
    ],
    at=("A(3), (2, 2)", "A(2, 3), 4"),
)
rule(
    "y = np.expand_dims(a, axis)",
    when="axis == ()",
    tangent="y_dot = a_dot",
    adjoint="a_bar += y_bar",
    shares="a",
    at="A(3), ()",
)
rule(
    "y = np.expand_dims(a, axis)",
    tangent="y_dot = np.expand_dims(a_dot, axis)",
    adjoint="a_bar += np.reshape(y_bar, np.shape(a))",
    shares="a",
    at=("A(3), 0", "A(2, 3), -1", "A(2, 3), (0, 2)"),
)
rule("y = np.squeeze(a, axis=None)", when="a.ndim == 0", tangent="y_dot = a_dot", adjoint="a_bar += y_bar", at="F()")
rule(
    "y = np.squeeze(a, axis=None)",
    tangent="y_dot = np.squeeze(a_dot, axis)",
    adjoint="a_bar += np.reshape(y_bar, np.shape(a))",
    shares="a",
    at=("A(1, 3, 1)", "A(1, 3, 1), 0", "A(1, 3, 1), axis=(0, 2)", "A(1)"),
)
for rank in (1, 2, 3):
    rule(
        f"y = np.atleast_{rank}d(x, /)",
        when=f"x.ndim >= {rank}",
        tangent="y_dot = x_dot",
        adjoint="x_bar += y_bar",
        shares="x",
        at=("A(2, 3, 4)", "A(2, 3)", "A(3)")[: 4 - rank],
    )
    rule(
        f"y = np.atleast_{rank}d(x, /)",
        tangent=f"y_dot = np.atleast_{rank}d(x_dot)",
        adjoint="x_bar += np.reshape(y_bar, np.shape(x))",
        shares="x",
        at=("F()", "A(3)", "A(2, 3)"),
    )
rule(
    "y = np.broadcast_to(array, shape, subok=False)",
    tangent="y_dot = np.broadcast_to(array_dot, shape)",
    adjoint="array_bar += unbroadcast(y_bar, np.shape(array))",
    shares="array!",
    at=("A(3), (2, 3)", "A(2, 1), (4, 2, 3)", "F(), (2, 2)", "A(3), (3,)"),
)
rule(
    "ys = np.broadcast_arrays(*args)",
    tangent="ys_dot = [np.broadcast_to(v_dot, ys[0].shape) for v_dot in args_dot]",
    adjoint="args_bar += [unbroadcast(y_bar, np.shape(v)) for y_bar, v in zip(ys_bar, args)]",
    sequences=("args",),
    shares="args!",
    lists=True,
    at=("A(3), A(2, 1)", "A(3), F()"),
)

rule(
    "y = np.flip(m, axis=None)",
    when="axis is None",
    tangent="y_dot = np.flip(m_dot)",
    adjoint="m_bar += np.flip(y_bar)",
    shares="m",
    at=("A(3)", "A(2, 3)"),
)
rule(
    "y = np.flip(m, axis=None)",
    tangent="y_dot = np.flip(m_dot, axis)",
    adjoint="m_bar += np.flip(y_bar, axis)",
    shares="m",
    at=("A(2, 3), 1", "A(2, 3, 4), axis=(0, 2)"),
)
for name in ("flipud", "fliplr"):
    rule(
        f"y = np.{name}(m)",
        tangent=f"y_dot = np.{name}(m_dot)",
        adjoint=f"m_bar += np.{name}(y_bar)",
        shares="m",
        at="A(2, 3)",
    )
rule(
    "y = np.rot90(m, k=1, axes=(0, 1))",
    tangent="y_dot = np.rot90(m_dot, k, axes)",
    adjoint="m_bar += np.rot90(y_bar, -k, axes)",
    shares="m",
    at=("A(2, 3)", "A(2, 3), 2", "A(2, 3, 4), 3, axes=(1, 2)"),
)
rule(
    "y = np.roll(a, shift, axis=None)",
    when="isinstance(shift, int) and axis is None",
    tangent="y_dot = np.roll(a_dot, shift)",
    adjoint="a_bar += np.roll(y_bar, -shift)",
    at=("A(5), 2", "A(2, 3), 2"),
)
rule(
    "y = np.roll(a, shift, axis=None)",
    when="isinstance(shift, int)",
    tangent="y_dot = np.roll(a_dot, shift, axis)",
    adjoint="a_bar += np.roll(y_bar, -shift, axis)",
    at="A(2, 3), -1, axis=1",
)
rule(
    "y = np.roll(a, shift, axis=None)",
    tangent="y_dot = np.roll(a_dot, shift, axis)",
    adjoint="a_bar += np.roll(y_bar, np.negative(shift), axis)",
    at=("A(2, 3), (1, 2), (0, 1)", "A(2, 3), np.int64(1), axis=1"),
)
for name in ("tril", "triu"):
    rule(
        f"y = np.{name}(m, k=0)",
        when="m.ndim >= 2 and k == 0",
        tangent=f"y_dot = np.{name}(m_dot)",
        adjoint=f"m_bar += np.{name}(y_bar)",
        at=("A(3, 3)", "A(2, 4, 3)"),
    )
    rule(
        f"y = np.{name}(m, k=0)",
        when="m.ndim >= 2",
        tangent=f"y_dot = np.{name}(m_dot, k)",
        adjoint=f"m_bar += np.{name}(y_bar, k)",
        at=("A(2, 4), 1", "A(2, 4, 3), k=-1"),
    )
    rule(
        f"y = np.{name}(m, k=0)",
        when="m.ndim == 1",
        tangent=f"y_dot = np.{name}(m_dot, k)",
        adjoint=f"m_bar += np.sum(np.{name}(y_bar, k), axis=0)",
        at=("A(3)", "A(3), 1"),
    )

# Of a matrix, a read-only view of the diagonal: the adjoint goes back to where the elements are, found on an array of
# positions.
rule(
    "y = np.diag(v, k=0)",
    when="v.ndim == 1 and k == 0",
    tangent="y_dot = np.diag(v_dot)",
    adjoint="v_bar += np.diag(y_bar)",
    at="A(3)",
)
rule(
    "y = np.diag(v, k=0)",
    when="v.ndim == 1",
    tangent="y_dot = np.diag(v_dot, k)",
    adjoint="v_bar += np.diag(y_bar, k)",
    at=("A(3), 1", "A(3), k=-2"),
)
rule(
    "y = np.diag(v, k=0)",
    when="v.ndim == 2 and k == 0 and v.shape[0] == v.shape[1]",
    tangent="y_dot = np.diag(v_dot)",
    adjoint="v_bar += np.diag(y_bar)",
    shares="v!",
    at="A(3, 3)",
)
rule(
    "y = np.diag(v, k=0)",
    when="v.ndim == 2",
    tangent="y_dot = np.diag(v_dot, k)",
    adjoint="v_bar += untake(y_bar, np.diag(np.reshape(np.arange(v.size), v.shape), k), None, v.shape)",
    shares="v!",
    at=("A(3, 3)", "A(2, 4), 1", "A(4, 2), k=-1"),
)
rule(
    "y = np.diagonal(a, offset=0, axis1=0, axis2=1)",
    tangent="y_dot = np.diagonal(a_dot, offset, axis1, axis2)",
    adjoint=[
        "places = np.diagonal(np.reshape(np.arange(a.size), a.shape), offset, axis1, axis2)",
        "a_bar += untake(y_bar, places, None, a.shape)",
    ],
    shares="a!",
    at=("A(3, 3)", "A(2, 4), 1", "A(2, 3, 4), 0, 1, 2"),
)
rule(
    "y = np.lib.stride_tricks.sliding_window_view(x, window_shape, axis=None, *, writeable=False)",
    when="not writeable",
    tangent="y_dot = np.lib.stride_tricks.sliding_window_view(x_dot, window_shape, axis)",
    adjoint=[
        "positions = np.reshape(np.arange(x.size), x.shape)",
        "places = np.lib.stride_tricks.sliding_window_view(positions, window_shape, axis)",
        "x_bar += untake(y_bar, places, None, x.shape)",
    ],
    shares="x!",
    at=("A(4), 2", "A(3, 4), (2, 2)", "A(3, 4), 2, axis=1"),
)
rule(
    "y = np.diagflat(v, k=0)",
    tangent="y_dot = np.diagflat(v_dot, k)",
    adjoint="v_bar += np.reshape(np.diag(y_bar, k), np.shape(v))",
    at=("A(3)", "A(2, 2), 1"),
)

rule(
    "y = np.pad(array, pad_width)",
    when="array.ndim == 0",
    tangent="y_dot = array_dot",
    adjoint="array_bar += y_bar",
    at="F(), 0",
)
rule(
    "y = np.pad(array, pad_width, mode='constant', *, constant_values=0)",
    when="mode == 'constant' and not isinstance(pad_width, (dict, np.ndarray))",
    tangent="y_dot = np.pad(array_dot, pad_width)",
    adjoint="array_bar += unpad(y_bar, pad_width, array.shape)",
    at=(
        "A(3), 1",
        "A(3), (1, 2)",
        "A(2, 3), ((1, 0), (2, 1))",
        "A(2, 3), 2, constant_values=3.0",
        "A(2, 3), [(1,), (2,)]",
        "A(2, 3), (0, 1), 'constant'",
    ),
)
rule(
    "y = np.pad(array, pad_width, mode='constant')",
    when="mode in ('edge', 'wrap', 'reflect', 'symmetric') and not isinstance(pad_width, (dict, np.ndarray))",
    tangent="y_dot = np.pad(array_dot, pad_width, mode)",
    adjoint=[
        "places = np.pad(np.reshape(np.arange(array.size), array.shape), pad_width, mode)",
        "array_bar += untake(y_bar, places, None, array.shape)",
    ],
    at=("A(3), 1, 'edge'", "A(2, 3), (2, 1), mode='wrap'", "A(4), 2, 'reflect'", "A(2, 3), 2, 'symmetric'"),
)
rule(
    "y = np.tile(A, reps)",
    tangent="y_dot = np.tile(A_dot, reps)",
    adjoint=[
        "places = np.tile(np.reshape(np.arange(np.size(A)), np.shape(A)), reps)",
        "A_bar += untake(y_bar, places, None, np.shape(A))",
    ],
    at=("A(3), 2", "A(2, 3), (2, 1)", "A(3), (2, 2)", "A(2, 3), 2", "F(), 3"),
)
rule(
    "y = np.repeat(a, repeats, axis=None)",
    when="isinstance(repeats, int) and axis is None",
    tangent="y_dot = np.repeat(a_dot, repeats)",
    adjoint="a_bar += np.sum(np.reshape(y_bar, (*np.shape(a), repeats)), axis=-1)",
    at=("A(3), 2", "A(2, 3), 2", "A(3), 0", "F(), 3"),
)
rule(
    "y = np.repeat(a, repeats, axis=None)",
    when="axis is not None and np.ndim(a) > 0",
    tangent="y_dot = np.repeat(a_dot, repeats, axis)",
    adjoint="a_bar += untake(y_bar, np.repeat(np.arange(a.shape[axis]), repeats), axis, a.shape)",
    at=("A(3), 2, 0", "A(2, 3), 2, axis=1", "A(2, 3), [1, 0, 2], axis=-1"),
)
rule(
    "y = np.repeat(a, repeats, axis=None)",
    when="axis is None or np.ndim(a) == 0",
    tangent="y_dot = np.repeat(a_dot, repeats)",
    adjoint="a_bar += untake(y_bar, np.repeat(np.arange(np.size(a)), repeats), None, np.shape(a))",
    at=("A(3), [1, 0, 2]", "F(), 2, 0"),
)

attribute("x.T", "np.transpose(x)")
attribute("x.mT", "np.matrix_transpose(x)")
attribute("x.real", "np.real(x)")
attribute("x.imag", "np.imag(x)")
