"""In which order, and with which signs and names, are a block's contributions written?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, List, dtype_of, is_container, is_number, is_scalar, is_value
from srcgrad.analysis.live import is_whole
from srcgrad.lang import names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.block import Add, Birth, Block, Do, Item, Let, Put, Unpack, Zero, expressions
from srcgrad.transform.product import Term, minus, number, product, signed_sum
from srcgrad.transform.program import Program

LONGEST = 76  # characters of an adjoint that is folded into its use
FLOATING = {("f", "f"), ("f", "c"), ("c", "c")}  # the kinds of a contribution and of its place

# Trees of items that are still terms


def trees(item: Item) -> Iterator[gast.AST]:
    if isinstance(item, Add):
        yield item.place
        yield from term_trees(item.term)
    elif isinstance(item, Let):
        if item.term is not None:
            yield from term_trees(item.term)
        if item.value is not None:
            yield item.value
    elif isinstance(item, Put):
        for part in item.sums:
            for add in part:
                yield from trees(add)
    elif isinstance(item, Unpack):
        yield item.value
    elif isinstance(item, Do):
        yield item.statement


def term_trees(term: Term) -> Iterator[gast.AST]:
    yield term.base
    for _, factor in term.factors:
        yield factor


def uses(items: list[Item], name: str) -> list[gast.Name]:
    """The nodes that read a name of the block's own."""
    return [n for item in items for t in trees(item) for n in nodes_in(t) if isinstance(n, gast.Name) and n.id == name]


def substitute(program: Any, items: list[Item], changes: dict[int, gast.expr]) -> None:
    """Replace nodes, given by identity, in items that are still terms."""
    replace = program.kinds.replace
    for item in items:
        if isinstance(item, Add):
            item.term = substituted(replace, item.term, changes)
            item.place = replace(item.place, changes)
        elif isinstance(item, Let):
            item.term = item.term and substituted(replace, item.term, changes)
            item.value = item.value and replace(item.value, changes)
        elif isinstance(item, Unpack):
            item.value = replace(item.value, changes)
        elif isinstance(item, Put):
            for part in item.sums:
                substitute(program, list(part), changes)
        elif isinstance(item, Do):
            item.statement = replace(item.statement, changes)


def substituted(replace: Any, term: Term, changes: dict[int, gast.expr]) -> Term:
    factors = [(op, replace(f, changes)) for op, f in term.factors]
    return Term(term.sign, replace(term.base, changes), term.nominal, factors)


# Folding and merging


def fold_lets(block: Block, also: str = "") -> None:
    """A named adjoint that is used once is written where it is used."""
    for let in [i for i in block.items if isinstance(i, Let)]:
        if let.fixed and let.name != also:
            continue
        found = uses(block.items, let.name)
        if len(found) != 1:
            continue
        term = let.term or Term(1, let.value, None)  # type: ignore[arg-type]
        if let.term is None and term.base is not None and len(tree.text(term.base)) > LONGEST:
            continue
        for item in block.items:
            if isinstance(item, (Add, Let)) and item.term is not None and item.term.base is found[0]:
                outer = item.term
                joined = Term(outer.sign * term.sign, term.base, outer.nominal, [*term.factors, *outer.factors])
                if len(tree.text(product(joined))) <= LONGEST:
                    item.term = joined
                    block.items.remove(let)
                break


def merge_equal(program: Program, block: Block) -> None:
    """`x_bar += t; x_bar += t` -> `x_bar += 2 * t`, with what is then used once written where it is used."""
    merge_choices(program, block)
    merged = False
    groups: dict[tuple[str, str], list[Add]] = {}
    for item in block.items:
        if (
            isinstance(item, Add)
            and not item.local
            and all(is_of_numpy(program, n) for n in nodes_in(item.term.base) if isinstance(n, gast.Call))
        ):
            groups.setdefault((tree.text(item.place), tree.text(product(item.term))), []).append(item)
    for adds in groups.values():
        if len(adds) < 2:
            continue
        count = sum(a.term.sign for a in adds)
        for add in adds[1:] if count else adds:
            block.items.remove(add)
        merged = True
        if count:
            first = adds[0]
            factors = first.term.factors if abs(count) == 1 else [("*", tree.constant(abs(count))), *first.term.factors]
            first.term = Term(1 if count > 0 else -1, first.term.base, first.term.nominal, factors)
    if merged:
        fold_lets(block)


def is_of_numpy(program: Program, call: gast.Call) -> bool:
    """`np.sum(...)`, which gives the same each time; not `xs_bar.pop()`."""
    function = call.func
    return isinstance(function, gast.Attribute) and tree.text(function.value) == program.np.id


def cancel(block: Block) -> None:
    """`y_bar / a * u * a` -> `y_bar * u`, where both a are of one time, before or after the step."""
    for term in (t for item in block.items for t in terms_of(item)):
        term.factors = cancelled(term.factors, block.new_nodes)


def cancelled(factors: list[tuple[str, gast.expr]], new_nodes: set[int]) -> list[tuple[str, gast.expr]]:
    """The factors without those that are divided by, and multiplied with."""
    texts: dict[tuple[str, str, tuple[bool, ...]], int] = {}  # how a factor is used, and what it is -> its place
    for at, (op, factor) in enumerate(factors):
        if number(factor) is not None:
            continue
        time = tuple(id(n) in new_nodes for n in nodes_in(factor))
        other = texts.get(("/" if op == "*" else "*", tree.text(factor), time))
        if other is not None:
            return cancelled([f for i, f in enumerate(factors) if i not in (at, other)], new_nodes)
        texts.setdefault((op, tree.text(factor), time), at)
    return factors


def terms_of(item: Item) -> list[Term]:
    if isinstance(item, Put):
        return [add.term for part in item.sums for add in part]
    return [item.term] if isinstance(item, (Add, Let)) and item.term is not None else []


def merge_choices(program: Program, block: Block) -> None:
    """`x_bar += np.where(c, a, 0); x_bar -= np.where(c, 0, b)` -> `x_bar += np.where(c, a, -b)`."""
    chosen = [i for i in block.items if isinstance(i, Add) and not i.local and choice(i.term)]
    for first in chosen:
        for second in chosen:
            a, b = choice(first.term), choice(second.term)
            if first is second or a is None or b is None or tree.text(first.place) != tree.text(second.place):
                continue
            if number(a[2]) != 0 or number(b[1]) != 0 or tree.text(a[0]) != tree.text(b[0]):
                continue
            sign = first.term.sign if first.term.sign == second.term.sign else 1
            values = [v if s == sign else minus(v) for v, s in ((a[1], first.term.sign), (b[2], second.term.sign))]
            call = first.term.base
            joined = program.kinds.record(tree.call(call.func, a[0], *values), program.kinds.of(call))  # type: ignore[attr-defined]
            first.term = Term(sign, joined, first.term.nominal)
            block.items.remove(second)
            return merge_choices(program, block)


def choice(term: Term) -> list[gast.expr] | None:
    """Condition and values of a term that is `np.where(c, a, b)`."""
    base = term.base
    if term.factors or not isinstance(base, gast.Call) or getattr(base.func, "attr", "") != "where":
        return None
    return base.args if len(base.args) == 3 else None


# The step's own variables


def finish_assignment(reverse: Any, block: Block, targets: list[gast.Name]) -> None:
    """What the old values of the assigned variables get is written last, in one statement."""
    program = reverse.program
    ids = [t.id for t in targets if t.id not in block.kept]
    own = [i for i in block.items if isinstance(i, Add) and not i.local and tree.root(i.place) in ids]
    if not own:
        return
    rest = [i for i in block.items if i not in own]
    whole = {n: [a for a in own if isinstance(a.place, gast.Name) and a.place.id == n] for n in ids}
    structures = any(program.is_structure(tree.root(a.place) or "") for a in own) and any(
        len(w) > 1 for w in whole.values()
    )
    if all(isinstance(a.place, gast.Name) for a in own) and not structures:
        moved = [n for n in ids if whole[n] and not is_itself(program, whole[n], program.bar(n))]
        block.kept |= {n for n in ids if whole[n]} - set(moved)
        if moved:
            rest.append(Put([whole[n][0].place for n in moved], [whole[n] for n in moved]))
        block.items = rest
        return
    changes: dict[int, gast.expr] = {}
    bars = {program.bar(n): n for n in ids}
    taken: dict[str, gast.Name] = {}
    for bar, n in bars.items():
        nodes = uses(list(own), bar)
        if not nodes:
            continue
        name = program.placeholder(names.bar(names.term(n)))
        rest.append(Let(name, Term(1, tree.name(bar), program.kinds.of(nodes[0])), fixed=True))
        taken[n] = program.kinds.record(tree.name(name), program.kinds.of(nodes[0]))
        changes |= {id(node): taken[n] for node in nodes}
    substitute(program, list(own), changes)
    for n in dict.fromkeys(tree.root(a.place) for a in own):
        assert n is not None, "contributions go to places"
        place = next(a.place for a in own if tree.root(a.place) == n)
        rest.append(Zero(root_node(place), reverse.zero_of(n)))
    block.items = [*rest, *own]


def is_itself(program: Program, adds: list[Add], bar: str) -> bool:
    """`v_bar = v_bar`, of one shape and precision: not in `v = np.sum(v)`, after which it is that of a number, nor in
    `v = v.astype(np.float32)`."""
    (first, *others) = adds
    term = first.term
    if others or term.sign < 0 or term.factors or not isinstance(term.base, gast.Name) or term.base.id != bar:
        return False
    found, own = program.kinds.of(term.base), program.kinds.of(first.place)
    return program.sizes(found) == program.sizes(own) and dtype_of(found) == dtype_of(own)


def root_node(place: gast.expr) -> gast.expr:
    while isinstance(place, (gast.Subscript, gast.Attribute)):
        place = place.value
    return place


def finish_store(reverse: Any, block: Block, step: Any, place: gast.expr, base: gast.expr) -> None:
    """Take the adjoint of what was stored, set it to zero, then give it on."""
    program = reverse.program
    root = tree.root(place)
    clash = {root} | {n for n in program.shadows if n in reverse.alias.sharing(step, root)}
    own = [i for i in block.items if isinstance(i, Add) and not i.local and tree.root(i.place) in clash]
    rest = [i for i in block.items if i not in own]
    text = tree.text(place)
    same = [a for a in own if tree.text(a.place) == text]
    others = [a for a in own if a not in same]
    replaces = step.op[:1] not in ("+", "-")
    if root is not None and clash == {root} and root not in program.shadows and is_whole(step, program.kinds):
        if own and all(isinstance(a.place, gast.Name) for a in own):
            # Of what was there nothing is left: as in `v = e`, the adjoint of v is made anew.
            whole = program.kinds.record(tree.name(program.bar(root)), program.kinds.of(root_node(place)))
            substitute(program, block.items, {id(base): whole})
            if is_itself(program, own, whole.id):
                block.kept.add(root)
            else:
                rest.append(Put([own[0].place], [own]))
            block.items = rest
            return
    late = others if replaces else own[1:]
    reads = [a for a in late if any(tree.contains(t, {id(base)}) for t in trees(a))]
    if reads and (replaces or len(own) > 1):
        name = program.placeholder(names.bar(names.term(root)))  # type: ignore[arg-type]
        kind = program.kinds.of(base)
        owned = is_value(kind) or (is_scalar(kind) and root not in program.shadows)
        leaves = replaces and reverse.slot_zero(place) is not None  # another adjoint takes its place
        copied = base if owned or leaves or isinstance(base, gast.Call) else tree.copied(base)
        program.kinds.record(copied, kind)
        local = program.kinds.record(tree.name(name), kind)
        substitute(program, block.items, {id(base): local})
        rest.insert(0, Let(name, None, copied, fixed=True))
    if not replaces:
        block.items = [*rest, *own]
        return
    if same:
        rest.append(Put([place], [same]))
    elif id(step) not in reverse.filling and (root in reverse.live.before[id(step)] or root in program.shadows):
        rest.append(Zero(place, reverse.slot_zero(place)))
    block.items = [*rest, *others]


# First contributions


def finish_births(reverse: Any, block: Block, born: set[str], expected: set[str]) -> None:
    """First contributions are assignments; where they can't be, a zero comes before them.  Terms become expressions."""
    program = reverse.program
    own = {t.id for t in getattr(block.step, "targets", [])}
    born = born - own
    for item in list(block.items):
        if isinstance(item, Birth):
            if item.name in born:
                block.items.remove(item)
            born = born | {item.name}
    roots = {n.id for item in block.items for n in own_roots(item)}
    for name in sorted(roots, key=program.position.__getitem__):
        if name in born or name in own:
            continue
        adds = [i for i in block.items if isinstance(i, Add) and not i.local and tree.root(i.place) == name]
        whole = [a for a in adds if isinstance(a.place, gast.Name)]
        first = next((i for i in block.items if any(n.id == name for n in own_roots(i))), None)
        if adds and whole and first in adds and not program.is_structure(name) and name not in program.shadows:
            parts = [a for a in adds if a not in whole]
            at = block.items.index(whole[-1])
            moved = [a for a in parts if block.items.index(a) < at]
            block.items[at : at + 1] = [Put([whole[0].place], [whole]), *moved]
            for a in [*whole[:-1], *moved]:
                block.items.remove(a)
        elif first is not None and first in whole and name not in program.shadows and is_new_list(program, name, first):
            block.items[block.items.index(first)] = Put([first.place], [[first]])  # type: ignore[attr-defined, list-item]
        elif first is not None:
            block.items.insert(block.items.index(first), Birth(name, reverse.zero_of(name)))
    given = {n.id for item in block.items for n in given_names(item)} | block.kept | (born - own)
    for name in sorted(expected - given - program.shadows, key=program.position.__getitem__):
        if name in own:
            block.items.append(Zero(tree.name(name), reverse.zero_of(name)))
        else:
            block.items.append(Birth(name, reverse.zero_of(name)))
    settle(reverse, block)


def is_new_list(program: Program, name: str, add: Item) -> bool:
    """Is all that a list of numbers or rows is given an array, of which a list is made?  One of rows must be new memory."""
    assert isinstance(add, Add), "it is a contribution"
    kinds, value = program.definitions.get(name, []), product(add.term)
    if not all(isinstance(k, List) and is_number(k.item) for k in kinds):
        return False
    given = program.kinds.of(value)
    if not isinstance(given, Array) or not given.sizes:
        return False
    same = all(dtype_of(k.item) == given.dtype for k in kinds)  # type: ignore[attr-defined]
    return isinstance(value, gast.BinOp) or len(given.sizes) == 1 and same and all(is_scalar(k.item) for k in kinds)  # type: ignore[attr-defined]


def given_names(item: Item) -> list[gast.Name]:
    """The names whose adjoints have a value after the item."""
    if isinstance(item, Birth):
        return [tree.name(item.name)]
    if isinstance(item, (Put, Zero)):
        places = item.places if isinstance(item, Put) else [item.place]
        return [root_node(p) for p in places]  # type: ignore[misc]
    return own_roots(item)


def own_roots(item: Item) -> list[gast.Name]:
    """The names whose adjoints an item adds to, or updates in place."""
    if isinstance(item, Add) and not item.local:
        return [root_node(item.place)]  # type: ignore[list-item]
    if isinstance(item, Zero) and not isinstance(item.place, gast.Name):
        return [root_node(item.place)]  # type: ignore[list-item]
    if isinstance(item, Put) and not all(isinstance(p, gast.Name) for p in item.places):
        return [root_node(p) for p in item.places]  # type: ignore[misc]
    return []


def settle(reverse: Any, block: Block) -> None:
    """Terms become expressions."""
    program = reverse.program
    cancel(block)
    for item in block.items:
        if isinstance(item, Let) and item.term is not None:
            value = product(item.term)
            item.value = value if item.term.sign > 0 else minus(value)
            item.term = None
        elif isinstance(item, Add):
            item.sign, item.value = fitted(program, item)
        elif isinstance(item, Put):
            item.values = [total(reverse, place, adds) for place, adds in zip(item.places, item.sums)]
    unpack_in_place(program, block)


def unpack_in_place(program: Program, block: Block) -> None:
    """What is unpacked only to become an adjoint is unpacked into it.

    before                                              after
        y_a_bar, y_b_bar = g_backward(saved, y_bar)         a_bar, b_bar = g_backward(saved, y_bar)
        a_bar = y_a_bar
        b_bar = y_b_bar
    """
    for at, item in enumerate(list(block.items)):
        if not isinstance(item, Unpack):
            continue
        for put in [i for i in block.items[at + 1 :] if isinstance(i, Put)]:
            if len(put.places) != 1 or not isinstance(put.places[0], gast.Name):
                continue
            value, bar = put.values[0], program.bar(put.places[0].id)
            if not isinstance(value, gast.Name) or value.id not in item.names or bar in item.names:
                continue
            between = block.items[at + 1 : block.items.index(put)]
            rest = [i for i in block.items if i is not put and i is not item]
            changed = {n.id for i in between for n in given_names(i)}
            if put.places[0].id in changed or any(mentions(i, bar) for i in between):
                continue
            if any(mentions(i, value.id) for i in rest):
                continue
            item.names[item.names.index(value.id)] = bar
            block.items.remove(put)


def mentions(item: Item, name: str) -> bool:
    """Does an item read or change what has this name in generated code?"""
    return any(isinstance(n, gast.Name) and n.id == name for t in expressions(item) for n in nodes_in(t)) or (
        isinstance(item, Unpack) and name in item.names
    )


def fitted(program: Program, add: Add) -> tuple[int, gast.expr]:
    """Sign and value; an array given on to a list is made one, with the sign inside."""
    sign, value = add.term.sign, product(add.term)
    if not program.takes_structures(add.place, add.local):
        return sign, value
    kind, given = program.kinds.of(add.place), program.kinds.of(value)
    if not is_number(given):
        return sign, value
    # What `add_to` is given has no sign of its own.
    value = value if sign > 0 else minus(value)
    return 1, tree.call("list", value) if is_container(kind) and isinstance(given, Array) else value


def total(reverse: Any, place: gast.expr, adds: list[Add]) -> gast.expr:
    """The sum of first contributions, in the shape and precision of the place."""
    program, walker = reverse.program, reverse.walker
    kind = program.kinds.of(place)
    parts = [(a.term.sign, product(a.term)) for a in adds]
    if isinstance(kind, List) and is_number(program.kinds.of(parts[0][1])):
        return fitted(program, adds[0])[1]
    if is_container(kind) or not is_number(kind):
        assert len(parts) == 1 and parts[0][0] > 0, "adjoints of containers are added by `add_to`, and have no sign"
        return signed_sum(parts)
    wanted = program.sizes(kind)
    found = [program.sizes(program.kinds.of(value)) for _, value in parts]
    result = signed_sum(parts)
    if wanted and program.is_grown(result) and not program.is_grown(place):
        result = tree.method(walker.filled_up(result, False, kind, walker.ask(place, "shape")), "copy")
    elif wanted not in found and None not in found and wanted is not None:
        scalar = all(sizes == () for sizes in found)
        result = walker.filled_up(result, scalar, kind, walker.ask(place, "shape"))
        if not scalar:
            result = tree.copied(result)
    elif wanted is None and not any(sizes is None and walker.is_full(a.term) for a, sizes in zip(adds, found)):
        # Of unknown rank: a new array of the place's shape, or a number if it is one.
        result = program.kinds.record(
            tree.binary(result, "+", program.numpy("zeros_like", walker.mention(place))), kind
        )
    dtype, mine = dtype_of(program.kinds.of(result)), dtype_of(kind)
    # What is added later is added in place: in the precision of the place, lower or higher, and complex if that is.
    other = dtype is not None and mine is not None and mine != dtype and (dtype.kind, mine.kind) in FLOATING
    if other and isinstance(program.kinds.of(result), Array) and isinstance(kind, Array):
        result = tree.method(result, "astype", tree.attribute(program.np, np.dtype(mine).name))
    return program.kinds.record(result, kind)
