"""The derivatives of products of vectors, matrices and tensors."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from srcgrad.rules.conditions import Undecided, Unknown, known, rank
from srcgrad.rules.language import Rule
from srcgrad.rules.registry import build, rule
from srcgrad.rules.texts import parse_signature

for text, multiply in (("z = np.dot(a, b)", "np.dot"), ("z = np.inner(a, b)", "np.inner")):
    rule(
        text,
        when="a.ndim == 0 or b.ndim == 0",
        tangent="z_dot = a_dot * b + a * b_dot",
        adjoint=["a_bar += unbroadcast(z_bar * b, np.shape(a))", "b_bar += unbroadcast(z_bar * a, np.shape(b))"],
        at=("F(), A(3)", "A(2, 3), F()", "F(), F()"),
    )
    rule(
        text,
        when="a.ndim == 1 and b.ndim == 1",
        tangent=f"z_dot = {multiply}(a_dot, b) + {multiply}(a, b_dot)",
        adjoint=["a_bar += z_bar * b", "b_bar += z_bar * a"],
        at="A(3), A(3)",
    )
rule(
    "z = np.dot(a, b)",
    when="a.ndim == 2 and b.ndim == 2",
    tangent="z_dot = a_dot @ b + a @ b_dot",
    adjoint=["a_bar += z_bar @ b.T", "b_bar += a.T @ z_bar"],
    at="A(2, 3), A(3, 4)",
)
rule(
    "z = np.dot(a, b)",
    when="a.ndim == 2 and b.ndim == 1",
    tangent="z_dot = a_dot @ b + a @ b_dot",
    adjoint=["a_bar += np.outer(z_bar, b)", "b_bar += a.T @ z_bar"],
    at="A(2, 3), A(3)",
)
rule(
    "z = np.dot(a, b)",
    when="a.ndim == 1 and b.ndim == 2",
    tangent="z_dot = a_dot @ b + a @ b_dot",
    adjoint=["a_bar += b @ z_bar", "b_bar += np.outer(a, z_bar)"],
    at="A(3), A(3, 4)",
)
rule(
    "z = np.dot(a, b)",
    when="b.ndim == 1",
    tangent="z_dot = np.dot(a_dot, b) + np.dot(a, b_dot)",
    adjoint=["a_bar += z_bar[..., None] * b", "b_bar += np.tensordot(z_bar, a, a.ndim - 1)"],
    at="A(2, 4, 3), A(3)",
)
rule(
    "z = np.dot(a, b)",
    when="b.ndim >= 2",
    tangent="z_dot = np.dot(a_dot, b) + np.dot(a, b_dot)",
    adjoint=[
        "a_bar += np.tensordot(z_bar, np.moveaxis(b, -2, -1), (tuple(range(a.ndim - 1, z_bar.ndim)), tuple(range(b.ndim - 1))))",
        "b_bar += np.moveaxis(np.tensordot(a, z_bar, (tuple(range(a.ndim - 1)), tuple(range(a.ndim - 1)))), 0, -2)",
    ],
    at=("A(2, 4, 3), A(3, 5)", "A(4, 3), A(2, 3, 5)", "A(3), A(2, 3, 5)", "A(2, 4, 3), A(6, 3, 5)"),
)
rule(
    "z = np.inner(a, b)",
    when="a.ndim >= 1 and b.ndim >= 1",
    tangent="z_dot = np.inner(a_dot, b) + np.inner(a, b_dot)",
    adjoint=[
        "a_bar += np.tensordot(z_bar, b, b.ndim - 1)",
        "b_bar += np.tensordot(z_bar, a, (tuple(range(a.ndim - 1)), tuple(range(a.ndim - 1))))",
    ],
    at=("A(2, 3), A(4, 3)", "A(3), A(4, 3)", "A(2, 5, 3), A(4, 3)"),
)
rule(
    "z = np.vdot(a, b, /)",
    when="not np.iscomplexobj(a) and not np.iscomplexobj(b)",
    tangent="z_dot = np.vdot(a_dot, b) + np.vdot(a, b_dot)",
    adjoint=["a_bar += z_bar * np.reshape(b, np.shape(a))", "b_bar += z_bar * np.reshape(a, np.shape(b))"],
    at=("A(3), A(3)", "A(2, 3), A(6)"),
)
rule(
    "z = np.vdot(a, b, /)",
    tangent="z_dot = np.vdot(a_dot, b) + np.vdot(a, b_dot)",
    adjoint=[
        "a_bar += np.conj(z_bar * np.reshape(b, np.shape(a)))",
        "b_bar += z_bar * np.conj(np.reshape(a, np.shape(b)))",
    ],
    at="C(3), C(3)",
)
rule(
    "z = np.outer(a, b)",
    when="a.ndim == 1 and b.ndim == 1",
    tangent="z_dot = np.outer(a_dot, b) + np.outer(a, b_dot)",
    adjoint=["a_bar += z_bar @ b", "b_bar += a @ z_bar"],
    at="A(3), A(4)",
)
rule(
    "z = np.outer(a, b)",
    when="a.ndim == 0 or b.ndim == 0",
    tangent="z_dot = np.outer(a_dot, b) + np.outer(a, b_dot)",
    adjoint=[
        "a_bar += unbroadcast(np.reshape(z_bar, np.broadcast_shapes(np.shape(a), np.shape(b))) * b, np.shape(a))",
        "b_bar += unbroadcast(np.reshape(z_bar, np.broadcast_shapes(np.shape(a), np.shape(b))) * a, np.shape(b))",
    ],
    at=("F(), A(4)", "A(2, 3), F()", "F(), F()"),
)
rule(
    "z = np.outer(a, b)",
    tangent="z_dot = np.outer(a_dot, b) + np.outer(a, b_dot)",
    adjoint=[
        "a_bar += np.reshape(z_bar @ np.ravel(b), np.shape(a))",
        "b_bar += np.reshape(np.ravel(a) @ z_bar, np.shape(b))",
    ],
    at="A(2, 3), A(4)",
)
rule(
    "z = np.kron(a, b)",
    when="a.ndim == 1 and b.ndim == 1",
    tangent="z_dot = np.kron(a_dot, b) + np.kron(a, b_dot)",
    adjoint=["a_bar += np.reshape(z_bar, (a.size, b.size)) @ b", "b_bar += a @ np.reshape(z_bar, (a.size, b.size))"],
    at="A(3), A(2)",
)
rule(
    "z = np.kron(a, b)",
    when="a.ndim == 2 and b.ndim == 2",
    tangent="z_dot = np.kron(a_dot, b) + np.kron(a, b_dot)",
    adjoint=[
        "blocks_bar = np.reshape(z_bar, (a.shape[0], b.shape[0], a.shape[1], b.shape[1]))",
        "a_bar += np.einsum('ikjl,kl->ij', blocks_bar, b)",
        "b_bar += np.einsum('ikjl,ij->kl', blocks_bar, a)",
    ],
    at="A(3, 2), A(2, 4)",
)
rule(
    "z = np.cross(a, b)",
    when="a.shape[-1] == 3 and b.shape[-1] == 3",
    tangent="z_dot = np.cross(a_dot, b) + np.cross(a, b_dot)",
    adjoint=["a_bar += unbroadcast(np.cross(b, z_bar), a.shape)", "b_bar += unbroadcast(np.cross(z_bar, a), b.shape)"],
    at=("A(3), A(3)", "A(2, 3), A(3)", "A(3), A(4, 3)"),
)
# A vector of two elements has a third one of zero; of two such vectors only the third element of the product is given.
rule(
    "z = np.cross(a, b)",
    when="a.shape[-1] == 2 and b.shape[-1] == 3",
    tangent="z_dot = np.cross(a_dot, b) + np.cross(a, b_dot)",
    adjoint=[
        "a_bar += unbroadcast(np.cross(b, z_bar)[..., :2], a.shape)",
        "b_bar += unbroadcast(np.cross(z_bar, a), b.shape)",
    ],
    at=("A(2), A(3)", "A(4, 2), A(3)"),
)
rule(
    "z = np.cross(a, b)",
    when="a.shape[-1] == 3 and b.shape[-1] == 2",
    tangent="z_dot = np.cross(a_dot, b) + np.cross(a, b_dot)",
    adjoint=[
        "a_bar += unbroadcast(np.cross(b, z_bar), a.shape)",
        "b_bar += unbroadcast(np.cross(z_bar, a)[..., :2], b.shape)",
    ],
    at=("A(3), A(2)", "A(3), A(4, 2)"),
)
rule(
    "z = np.cross(a, b)",
    when="a.shape[-1] == 2 and b.shape[-1] == 2",
    tangent="z_dot = np.cross(a_dot, b) + np.cross(a, b_dot)",
    adjoint=[
        "a_bar += unbroadcast(np.expand_dims(z_bar, -1) * np.stack([b[..., 1], -b[..., 0]], -1), a.shape)",
        "b_bar += unbroadcast(np.expand_dims(z_bar, -1) * np.stack([-a[..., 1], a[..., 0]], -1), b.shape)",
    ],
    at=("A(2), A(2)", "A(4, 2), A(2)"),
)
rule(
    "y = np.trace(a, offset=0)",
    when="a.ndim == 2 and offset == 0",
    tangent="y_dot = np.trace(a_dot)",
    adjoint="a_bar += y_bar * np.eye(a.shape[0], a.shape[1])",
    at=("A(3, 3)", "A(2, 4)"),
)
rule(
    "y = np.trace(a, offset=0)",
    when="a.ndim == 2",
    tangent="y_dot = np.trace(a_dot, offset)",
    adjoint="a_bar += y_bar * np.eye(a.shape[0], a.shape[1], offset)",
    at=("A(2, 4), 1", "A(4, 3), offset=-1"),
)


def tensordot(values: Mapping[str, Any]) -> Rule | None:
    """The rule for the axes at hand; None if they or the ranks are not known."""
    try:
        a_ndim, b_ndim = (rank(values[name]) for name in "ab")
        axes = known(values["axes"])
        if isinstance(axes, int):
            a_axes, b_axes = list(range(a_ndim - axes, a_ndim)), list(range(axes))
        else:
            a_axes, b_axes = ([axis] if isinstance(axis, int) else [known(i) for i in known(axis)] for axis in axes)
    except Undecided:
        return None
    a_axes, b_axes = [i % a_ndim for i in a_axes], [i % b_ndim for i in b_axes]
    a_rest = [i for i in range(a_ndim) if i not in a_axes]
    b_rest = [i for i in range(b_ndim) if i not in b_axes]
    count = len(a_rest)
    a_order = a_rest + [a_axes[b_axes.index(i)] for i in sorted(b_axes)]
    b_order = [b_axes[a_axes.index(i)] for i in sorted(a_axes)] + b_rest
    z_a, z_b = list(range(count)), list(range(count, count + len(b_rest)))
    a_bar = f"np.tensordot(z_bar, b, ({z_b}, {b_rest}))"
    b_bar = f"np.tensordot(a, z_bar, ({a_rest}, {z_a}))"
    return build(
        "z = np.tensordot(a, b, axes=2)",
        tangent="z_dot = np.tensordot(a_dot, b, axes) + np.tensordot(a, b_dot, axes)",
        adjoint=[f"a_bar += {_ordered(a_bar, a_order)}", f"b_bar += {_ordered(b_bar, b_order)}"],
    )


def _ordered(text: str, order: list[int]) -> str:
    """Axis k of the text's value is axis order[k] of the operand."""
    if order == sorted(order):
        return text
    return f"np.transpose({text}, {tuple(order.index(i) for i in range(len(order)))})"


rule(
    "z = np.tensordot(a, b, axes=2)",
    tangent="z_dot = np.tensordot(a_dot, b, axes) + np.tensordot(a, b_dot, axes)",
    adjoint=["a_bar += z_bar", "b_bar += z_bar"],
    expand=tensordot,
    at=(
        "A(2, 3, 4), A(3, 4, 5)",
        "A(2, 3), A(3, 5), 1",
        "A(2), A(3), 0",
        "A(2, 3, 4), A(4, 5, 2), ([0, 2], [2, 0])",
        "A(2, 3, 4), A(5, 3), (1, 1)",
        "A(2, 3, 4), A(4, 3), ([1, 2], [1, 0])",
        "A(3, 2, 4), A(2, 3, 4), ((-1, 0), (-1, 1))",
    ),
)


def einsum(values: Mapping[str, Any]) -> Rule | None:
    """The rule for the subscripts at hand; None if they are not known."""
    subscripts, operands = values["subscripts"], values["operands"]
    if isinstance(operands, Unknown):
        return None
    try:
        terms, output = explicit(subscripts, operands)
    except Undecided:
        return None
    if len(terms) != len(operands):
        return None
    stretched = has_stretched(terms, operands)
    names = [f"x{i}" for i in range(len(terms))]
    tangent, adjoint = [], []
    for i, name in enumerate(names):
        arguments = ", ".join(f"{other}_dot" if other == name else other for other in names)
        tangent.append(f"np.einsum({subscripts!r}, {arguments})")
        others = [j for j in range(len(terms)) if j != i]
        term, diagonals = without_repeats(terms[i], name, "".join([*terms, output]))
        wanted = [output, *(terms[j] for j in others), *diagonals]
        seen = set("".join(wanted))
        kept = "".join(c for c in term if c in seen)
        call = f"np.einsum('{','.join(wanted)}->{kept}', {', '.join(['y_bar', *(names[j] for j in others), *diagonals.values()])})"
        if wanted == [kept]:
            call = "y_bar"
        if kept and kept != term:
            # A letter that only this operand has was summed over: its adjoint does not vary along it.
            call += f"[{', '.join(':' if c in seen else 'None' for c in term)}]"
        if stretched:
            call = f"unbroadcast({call} + np.zeros({name}.shape), {name}.shape)"
        adjoint.append(f"{name}_bar += {call}")
    return build(
        f"y = np.einsum(subscripts, {', '.join(names)}, /, *, optimize=False)",
        tangent=f"y_dot = {' + '.join(tangent)}",
        adjoint=adjoint,
        # A permutation of axes, or a diagonal, is a view.
        shares="x0" if len(terms) == 1 and set(terms[0]) == set(output) else None,
    )


def einsum_of_lists(values: Mapping[str, Any]) -> Rule | None:
    """The rule for `np.einsum(x, [0, 1], y, [1], [0])`: as for letters."""
    given = values["operands"]
    try:
        lists = [known(part) for part in given[1::2]] + ([known(given[-1])] if len(given) % 2 else [])
        terms = ["".join("..." if i is Ellipsis else string.ascii_letters[known(i)] for i in part) for part in lists]
    except (Undecided, TypeError):
        return None
    operands = given[: len(given) // 2 * 2 : 2]
    text = ",".join(terms[: len(operands)]) + ("->" + terms[-1] if len(given) % 2 else "")
    plain = einsum({"subscripts": text, "operands": operands})
    if plain is None:
        return None
    names = [part for i in range(len(operands)) for part in (f"x{i}", f"axes{i}")] + ["axes"] * (len(given) % 2)
    return replace(
        plain,
        text=f"y = np.einsum({', '.join(names)}, /, *, optimize=False)",
        parameters=parse_signature(f"{', '.join(names)}, /, *, optimize=False"),
    )


def explicit(subscripts: str, operands: Any) -> tuple[list[str], str]:
    """The terms and the output with a letter for every axis, those of an ellipsis as well."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if "..." in subscripts:
        unused = [c for c in string.ascii_letters if c not in subscripts]
        counts = [rank(x) - len(t) + 3 if "..." in t else 0 for t, x in zip(terms, operands)]
        letters = unused[: max(counts, default=0)]
        terms = [t.replace("...", "".join(letters[len(letters) - n :])) for t, n in zip(terms, counts)]
        output = output.replace("...", "".join(letters)) if arrow else "".join(letters)
        given = inputs.replace(".", "")
    else:
        given = inputs
    if not arrow:
        output += "".join(sorted(c for c in set(given) - {","} if given.count(c) == 1))
    return terms, output


def without_repeats(term: str, name: str, used: str) -> tuple[str, dict[str, str]]:
    """A letter that an operand has twice selects a diagonal: other letters for it, and identity matrices that join them."""
    free = iter(c for c in string.ascii_letters if c not in used)
    letters: list[str] = []
    diagonals: dict[str, str] = {}
    for axis, letter in enumerate(term):
        if letter in letters:
            letters.append(next(free))
            diagonals[letter + letters[-1]] = f"np.eye({name}.shape[{axis}])"
        else:
            letters.append(letter)
    return "".join(letters), diagonals


def has_stretched(terms: list[str], operands: Any) -> bool:
    """May an axis of size 1 meet a longer one under the same letter?"""
    sizes: dict[str, list[Any]] = {}
    for term, operand in zip(terms, operands):
        shape = operand.attributes.get("shape") if isinstance(operand, Unknown) else np.shape(operand)
        if shape is None or len(shape) != len(term):
            return True
        for letter, size in zip(term, shape):
            sizes.setdefault(letter, []).append(size)
    return not all(found[0] == size for found in sizes.values() for size in found[1:])


rule(
    "y = np.einsum(*operands, optimize=False)",
    when="not isinstance(operands[0], str)",
    tangent="y_dot = operands_dot",
    adjoint="operands_bar += y_bar",
    sequences=("operands",),
    expand=einsum_of_lists,
    at=("A(2, 3), [0, 1], A(3, 4), [1, 2], [0, 2]", "A(2, 3), [0, 1], A(3), [1]", "A(3, 3), [0, 0]"),
)
rule(
    "y = np.einsum(subscripts, /, *operands, optimize=False)",
    when="isinstance(subscripts, str)",
    tangent="y_dot = operands_dot",
    adjoint="operands_bar += y_bar",
    sequences=("operands",),
    expand=einsum,
    at=(
        "'ij,jk->ik', A(2, 3), A(3, 4)",
        "'ij,jk', A(2, 3), A(3, 4)",
        "'i,i', A(3), A(3)",
        "'ij->ji', A(2, 3)",
        "'ij->i', A(2, 3)",
        "'ij->', A(2, 3)",
        "'bij,bjk->bik', A(5, 2, 3), A(5, 3, 4)",
        "'i,ij,j', A(2), A(2, 3), A(3)",
        "'ij,k->jk', A(2, 3), A(4)",
        "'ijk,j->i', A(2, 3, 4), A(3)",
        "'ii->i', A(3, 3)",
        "'ii', A(3, 3)",
        "'iij,j->i', A(3, 3, 2), A(2)",
        "'iii->', A(3, 3, 3)",
        "'...j,j->...', A(2, 3), A(3)",
        "'...ij,...jk->...ik', A(5, 2, 3), A(3, 4)",
        "'...ij,...jk', A(5, 2, 3), A(1, 3, 4)",
        "'ij,ij->ij', A(1, 3), A(2, 3)",
        "'ij,jk->ik', A(2, 1), A(3, 4)",
        "'ij,jk->ik', A(2, 3), A(3, 4), optimize=True",
    ),
)
