"""Which parts of the user's expressions get a name, because the backward pass reads them and they cost something?

Before: p = 1 / (1 + np.exp(-z))          After: p_term = np.exp(-z)
                                                 p = 1 / (1 + p_term)
Inside loops, arithmetic is computed once more in the block instead.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.kinds import Array, is_scalar
from srcgrad.analysis.pure import is_pure
from srcgrad.analysis.reads import value_reads
from srcgrad.lang import core, names, tree
from srcgrad.lang.nodes import children, nodes_in
from srcgrad.transform.block import Add, Birth, Block, Do, Item, Let, Put, Unpack, Zero, expressions, read_trees
from srcgrad.transform.product import number
from srcgrad.transform.program import Program, blocks_of, bound_names, walk

CHEAP = {"len", "float", "int"}


class Naming:
    """The terms of all steps.

    costly: name what costs something, not only what can't be asked twice.
    stores: does the function change memory?
    result: the name of what is returned, of which the value is often not wanted.
    """

    def __init__(
        self, program: Program, blocks: dict[int, Block], costly: bool, stores: bool, result: str | None
    ) -> None:
        self.program, self.blocks, self.costly, self.stores = program, blocks, costly, stores
        self.result = result
        self.known: dict[tuple[int, str], str] = {}  # steps and text -> the name that stands for it from there on
        self.terms: list[core.Assign] = []  # the steps added

    def run(self, steps: list[core.Step], in_loop: bool = False) -> None:
        """Adds steps that name subexpressions, and puts the names into steps and blocks."""
        for step in list(steps):
            for inner in blocks_of(step):
                self.run(inner, in_loop or isinstance(step, (core.For, core.While)))
            block = self.blocks.get(id(step))
            if block is not None and self.costly and not (bound_names(step) and bound_names(step)[0].id == self.result):
                self.find_computed(step, block)
            if block is not None and block.mentions:
                Terms(self, steps, step, block, in_loop).run()

    def find_computed(self, step: core.Step, block: Block) -> None:
        """What a derivative asks for may be in the user's own statement: `np.cos(x)` in `a * np.sin(x) + b * np.cos(x)`."""
        own = {tree.text(n): n for t in step_trees(step) for n in nodes_in(t) if isinstance(n, gast.Call)}
        found = {
            id(n): own[tree.text(n)]
            for n in self.calls_in(block)
            if tree.text(n) in own and own[tree.text(n)] is not n and isinstance(own[tree.text(n)].func, gast.Attribute)
        }
        block.mentions += {id(n): n for n in found.values()}.values()
        if found:
            replace_in_block(self.program, block, found)

    def bring_forward(self, steps: list[core.Step]) -> None:
        """A term that the block of an earlier step asks for is computed before that step.

        before                              after
            a = q @ np.cos(x)                   b_term = np.sin(x)
            b_term = np.sin(x)                  a = q @ np.cos(x)
            b = q @ b_term                      b = q @ b_term
            ...                                 ...
            x_bar -= a_bar * np.sin(x)          x_bar -= a_bar * b_term
        """
        places = {id(step): at for at, step in enumerate(steps)}
        for term in self.terms if self.costly else ():
            value = term.value
            if id(term) not in places or not isinstance(value, gast.Call) or not (self.is_fixed(value) and self.is_repeatable(value)):
                continue
            text = tree.text(value)
            for at, step in enumerate(steps):
                if step is term:
                    break
                blocks = [self.blocks[id(inner)] for inner in walk([step]) if id(inner) in self.blocks]
                if any(tree.text(call) == text for block in blocks for call in self.calls_in(block)):
                    steps.remove(term)
                    steps.insert(at, term)
                    break

    def share(self, steps: list[core.Step]) -> None:
        """What has a name from the start is not computed again: `c, s = np.cos(x), np.sin(x)`."""
        known: dict[str, str] = {}
        for step in steps if self.costly else ():
            if isinstance(step, core.Assign) and not step.augmented:
                for target, value in zip(step.targets, members(step)):
                    fixed = isinstance(value, gast.Call) and target.id not in self.program.rebound
                    if fixed and self.is_fixed(value) and self.is_fixed(tree.name(target.id)) and self.is_repeatable(value):
                        known.setdefault(tree.text(value), target.id)
            for inner in walk([step]) if known else ():
                if id(inner) in self.blocks:
                    self.put_known(self.blocks[id(inner)], known)

    def put_known(self, block: Block, known: dict[str, str]) -> None:
        changes: dict[int, gast.expr] = {}
        for node in self.calls_in(block):
            name = known.get(tree.text(node))
            if name is not None:
                changes[id(node)] = held = self.program.kinds.record(tree.name(name), self.program.kinds.of(node))
                if any(t.id == name for t in getattr(block.step, "targets", ())):
                    block.new_nodes.add(id(held))
        if changes:
            replace_in_block(self.program, block, changes)

    def share_lets(self) -> None:
        """A product that a block has named is not computed again in the block: `t = u_bar * g`, `-u_bar * g * x`."""
        bars = set(self.program.bars.values())
        for block in self.blocks.values() if self.costly else ():
            for at, item in enumerate(block.items):
                value = item.value if isinstance(item, Let) else None
                if not isinstance(value, gast.BinOp) or tree.names_read(value) & bars:
                    continue
                changes: dict[int, gast.expr] = {}
                for t in (t for later in block.items[at + 1 :] for t in expressions(later)):
                    for node in nodes_of(t, tree.text(value)):
                        kind = self.program.kinds.of(node)
                        changes[id(node)] = self.program.kinds.record(tree.name(item.name), kind)  # type: ignore[attr-defined]
                if changes:
                    for later in block.items[at + 1 :]:
                        replace_in_item(self.program.kinds.replace, later, changes)

    def calls_in(self, block: Block) -> list[gast.Call]:
        """The calls that a block makes of what is the same before and after its step."""
        return [
            n
            for item in block.items
            for t in expressions(item)
            for n in nodes_in(t)
            if isinstance(n, gast.Call) and not any(id(inner) in block.new_nodes for inner in nodes_in(n))
        ]

    def is_repeatable(self, node: gast.AST) -> bool:
        """Does it give the same each time, as a value and not as memory of its own?"""
        calls = [n for n in nodes_in(node) if isinstance(n, gast.Call)]
        matches = self.program.function.matches
        return all(id(c) in matches and is_pure(c, self.program.kinds, matches) for c in calls)

    def is_pure(self, node: gast.AST) -> bool:
        """Does it change nothing?"""
        calls = [n for n in nodes_in(node) if isinstance(n, gast.Call)]
        return all(is_pure(c, self.program.kinds, self.program.function.matches) for c in calls)

    def is_fixed(self, node: gast.expr) -> bool:
        """Has it the same value wherever it is asked after this step?"""
        program = self.program
        if tree.names_read(node) & program.rebound:
            return False
        names = tree.names_read(node) & set(program.definitions)
        return not self.stores or all(is_scalar(program.kind_of_name(n)) for n in names)


class Terms:
    """The terms of one step."""

    def __init__(self, naming: Naming, steps: list[core.Step], step: core.Step, block: Block, in_loop: bool) -> None:
        self.program, self.naming = naming.program, naming
        self.steps, self.step, self.block, self.in_loop = (steps, step, block, in_loop)
        self.named: set[str] = set()
        self.pending: list[gast.expr] = []  # mentions not yet looked at, smallest first

    def run(self) -> None:
        used = {id(n) for item in self.block.items for t in expressions(item) for n in nodes_in(t)}
        found = {id(part): part for m in self.block.mentions for part in parts(m) if id(part) in used}
        self.pending = sorted(found.values(), key=lambda m: len(tree.text(m)))
        while self.pending:
            mention = self.pending.pop(0)
            text = tree.text(mention)
            if isinstance(mention, (gast.Name, gast.Constant)) or text in self.named or self.is_inside(text):
                continue
            impure = not self.naming.is_pure(mention)
            if not impure and self.cost(mention) > 1 and self.has_inverse(mention, text):
                continue
            if impure or (self.naming.costly and (self.cost(mention) > 1 or self.grows(mention) or self.is_repeated(mention, text))):
                self.name(mention, text, impure)

    def is_inside(self, text: str) -> bool:
        """Does the block ask for it only as part of a call that gets a name itself?"""
        larger = {tree.text(m) for m in self.pending if isinstance(m, gast.Call) and self.has_call(m)}
        larger = {t for t in larger if text in t and t != text}
        return bool(larger) and not any(
            asked(t, text, larger) for item in self.block.items for t in expressions(item)
        )

    def has_inverse(self, divisor: gast.expr, text: str) -> bool:
        """Where the step is `k = 1 / (...)`, the block multiplies by k, and does not need what it would divide by."""
        program, step = self.program, self.step
        value = step.value if isinstance(step, core.Assign) and len(step.targets) == 1 else None
        if not isinstance(value, gast.BinOp) or not isinstance(value.op, gast.Div) or number(value.left) != 1:
            return False
        asked_for = [n for item in self.block.items for t in expressions(item) for n in nodes_in(t)]
        divided = [n for n in asked_for if isinstance(n, gast.BinOp) and isinstance(n.op, gast.Div) and tree.text(n.right) == text]
        uses = [n for n in asked_for if type(n) in COMPOSED and tree.text(n) == text]
        if tree.text(value.right) != text or len(divided) != 1 or len(uses) != 1:
            return False
        inverse = program.kinds.record(tree.name(step.targets[0].id), program.kinds.of(step.targets[0]))  # type: ignore[attr-defined]
        self.block.new_nodes.add(id(inverse))
        product = tree.binary(divided[0].left, "*", inverse)
        program.kinds.record(product, program.kinds.of(divided[0]))
        replace_in_block(program, self.block, {id(divided[0]): product})
        return True

    def is_repeated(self, node: gast.expr, text: str) -> bool:
        """Is it an operation on arrays that the block asks for more than once?"""
        kind = self.program.kinds.of(node)
        if is_scalar(kind) or not isinstance(kind, Array) or not isinstance(node, gast.BinOp):
            return False
        named = {tree.text(m) for m in self.pending if self.cost(m) > 1}  # what is in these is computed once anyway
        return sum(asked(t, text, named) for item in self.block.items for t in expressions(item)) > 1

    def grows(self, node: gast.expr) -> bool:
        """Is it larger than what it is made of: `x[:, None] - y`?"""
        if not isinstance(node, gast.BinOp) or self.in_loop:
            return False
        whole, *parts = (self.program.sizes(self.program.kinds.of(n)) for n in (node, node.left, node.right))
        return bool(whole) and whole not in parts

    def cost(self, node: gast.AST, in_index: bool = False) -> int:
        """Operators, calls and minus signs; a call or a matrix product counts as two; subscripts are free."""
        if isinstance(node, gast.Subscript):
            return self.cost(node.value, in_index) + self.cost(node.slice, True)
        if isinstance(node, tree.SCOPES):
            return 3
        inner = sum(self.cost(child, in_index) for child in children(node))
        if isinstance(node, gast.Call):
            cheap = isinstance(node.func, gast.Name) and node.func.id in CHEAP
            return inner + (1 if cheap else 2)
        if in_index:
            return inner
        if isinstance(node, gast.BinOp):
            return inner + (2 if isinstance(node.op, gast.MatMult) else 1)
        if isinstance(node, gast.UnaryOp) and not isinstance(node.operand, gast.Constant):
            return inner + 1
        return inner + isinstance(node, (gast.Compare, gast.BoolOp, gast.IfExp))

    def has_call(self, node: gast.AST) -> bool:
        """Does it take a call worth remembering the result of?"""
        for child in nodes_in(node):
            if isinstance(child, (gast.ListComp, gast.DictComp, gast.SetComp, gast.GeneratorExp)):
                return True
            if isinstance(child, gast.BinOp) and isinstance(child.op, gast.MatMult):
                return True
            if isinstance(child, gast.Call) and not (isinstance(child.func, gast.Name) and child.func.id in CHEAP):
                return True
        return False

    def spares_copies(self, mention: gast.expr, text: str) -> bool:
        """Is it all that the backward pass wants of memory that is overwritten, and would else be copied each time?"""
        program = self.program
        if is_scalar(program.kinds.of(mention)):
            return False
        names = tree.names_read(mention)
        stored = {tree.root(s.target) or "" for s in walk(program.function.steps) if isinstance(s, core.Store)} & names
        if not stored:
            return False
        instead = tree.name("·")
        for item in (i for block in self.naming.blocks.values() for i in block.items):
            for t in read_trees(item):
                rest = tree.replace(t, {id(n): instead for n in nodes_of(t, text)})
                if value_reads(rest, stored) & stored:
                    return False
        return True

    def name(self, mention: gast.expr, text: str, impure: bool) -> None:
        program = self.program
        array = not is_scalar(program.kinds.of(mention))
        kept = self.in_loop or (program.pair and (array or self.cost(mention) < 2))  # for a long time, if it is named in the forward pass
        forward = impure or not kept or self.has_call(mention) or self.spares_copies(mention, text)
        same = [n for t in step_trees(self.step) for n in nodes_of(t, text)]
        forward = forward and bool(same)
        base = base_name(self.step)
        known = self.naming.known.get((id(self.steps), text)) if forward and not impure else None
        node = tree.name(known or program.placeholder(names.term(base)))
        program.kinds.record(node, program.kinds.of(mention))
        changes: dict[int, gast.expr] = {id(mention): node}
        if forward:
            changes |= {id(n): node for n in same}
        changes |= {id(n): node for item in self.block.items for t in expressions(item) for n in nodes_of(t, text)}
        value = mention
        self.named.add(text)
        changes |= {id(n): node for other in self.pending for n in nodes_of(other, text)}
        self.pending = [program.kinds.replace(other, changes) for other in self.pending]
        if forward and known is not None:
            replace_in_step(program, self.step, changes)
            replace_in_block(program, self.block, changes)
            return
        if forward:
            if self.naming.is_fixed(mention):
                self.naming.known[id(self.steps), text] = node.id
            target = tree.target(node.id)
            program.kinds.record(target, program.kinds.of(mention))
            program.define(target)
            if not self.in_loop:
                program.certain.add(node.id)
            index = tree.index_of(self.steps, self.step)
            term = core.Assign(self.step.lineno, [target], value)
            self.steps.insert(index, term)
            self.naming.terms.append(term)
            replace_in_step(program, self.step, changes)
            replace_in_block(program, self.block, changes)
            return
        first = next(
            (
                i
                for i, item in enumerate(self.block.items)
                if any(id(n) in changes for t in expressions(item) for n in nodes_in(t))
            ),
            None,
        )
        if first is None:
            return  # a larger expression that was named held the only use
        replace_in_block(program, self.block, changes)
        self.block.items.insert(first, Let(node.id, None, value, fixed=True))


def parts(mention: gast.expr) -> list[gast.expr]:
    """The expressions in an index; an expression itself."""
    if isinstance(mention, gast.Slice):
        return [p for p in (mention.lower, mention.upper, mention.step) if p is not None]
    if isinstance(mention, gast.Tuple):
        return [q for p in mention.elts for q in parts(p)]
    return [mention]


def base_name(step: core.Step) -> str:
    if isinstance(step, (core.Assign, core.Call)) and step.targets:
        return step.targets[0].id.partition("·")[0]
    if isinstance(step, core.Store):
        return tree.root(step.target) or "value"
    if isinstance(step, core.ListOp):
        return tree.root(step.place) or "value"
    return "value"


def nodes_of(node: gast.AST, text: str) -> list[gast.expr]:
    """The subexpressions that read the same."""
    return [n for n in nodes_in(node) if type(n) in COMPOSED and tree.text(n) == text]


def asked(node: gast.AST, text: str, named: set[str]) -> int:
    """How often an expression stands in a tree, but for where it is in one that is named."""
    if type(node) in COMPOSED:
        found = tree.text(node)
        if found == text or found in named:
            return int(found == text)
    return sum(asked(child, text, named) for child in children(node))


COMPOSED = (
    gast.BinOp,
    gast.UnaryOp,
    gast.Call,
    gast.Compare,
    gast.BoolOp,
    gast.IfExp,
    gast.Subscript,
    gast.Attribute,
    gast.ListComp,
)


def members(step: core.Assign) -> list[gast.expr]:
    """The values that an assignment gives to its targets, one each."""
    whole = step.value
    if len(step.targets) == 1:
        return [whole]
    fits = isinstance(whole, (gast.Tuple, gast.List)) and len(whole.elts) == len(step.targets)
    return list(whole.elts) if fits else []  # type: ignore[attr-defined]


def step_trees(step: core.Step) -> list[gast.expr]:
    if isinstance(step, core.Assign):
        return [step.value]
    if isinstance(step, core.Store):
        return [step.target, step.value]
    if isinstance(step, core.ListOp):
        return [step.place, *step.args]
    if isinstance(step, core.Call):
        return list(step.args)
    return []


def replace_in_step(program: Program, step: core.Step, changes: dict[int, gast.expr]) -> None:
    replace = program.kinds.replace
    if isinstance(step, core.Assign):
        step.value = replace(step.value, changes)
    elif isinstance(step, core.Store):
        step.target, step.value = (replace(step.target, changes), replace(step.value, changes))
    elif isinstance(step, core.ListOp):
        step.place, step.args = (replace(step.place, changes), [replace(a, changes) for a in step.args])
    elif isinstance(step, core.Call):
        step.args = [replace(a, changes) for a in step.args]


def replace_in_block(program: Program, block: Block, changes: dict[int, gast.expr]) -> None:
    """Put names for expressions into items; names that stand for new values stay those nodes."""
    for item in block.items:
        replace_in_item(program.kinds.replace, item, changes)


def replace_in_indices(replace: Any, place: gast.expr, changes: dict[int, gast.expr]) -> gast.expr:
    """A place stays one: what has its value would not be added to."""
    inside = {id(n) for index in tree.indices(place) for n in nodes_in(index)}
    return replace(place, {of: node for of, node in changes.items() if of in inside})  # type: ignore[no-any-return]


def replace_in_item(replace: Any, item: Item, changes: dict[int, gast.expr]) -> None:
    if isinstance(item, (Let, Unpack)):
        item.value = item.value and replace(item.value, changes)
    elif isinstance(item, Add):
        item.place, item.value = (replace_in_indices(replace, item.place, changes), replace(item.value, changes))
    elif isinstance(item, Put):
        item.places = [replace_in_indices(replace, p, changes) for p in item.places]
        item.values = [replace(v, changes) for v in item.values]
    elif isinstance(item, Zero):
        item.place = replace_in_indices(replace, item.place, changes)
        item.value = item.value and replace(item.value, changes)
    elif isinstance(item, Birth):
        item.value = item.value and replace(item.value, changes)
    elif isinstance(item, Do):
        item.statement = replace(item.statement, changes)
