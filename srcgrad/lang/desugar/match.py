"""What does a `match` statement ask?  It becomes a chain of `if`s over its subject."""

from __future__ import annotations

import copy
from collections.abc import Callable

import gast

from srcgrad.lang.desugar.build import (
    Block,
    assign,
    both,
    branch,
    builtin,
    call,
    constant,
    either,
    length,
    load,
    locals_of,
    map_blocks,
    map_statements,
    replaced,
    store,
    stored,
    subscript,
    walk_own,
)
from srcgrad.lang.names import Names

# The classes whose one positional sub-pattern is matched with the whole subject.
WHOLE = {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}

Subject = Callable[[], gast.expr]  # writes the subject anew each time: a node stands in one place only
Bindings = list[tuple[str, gast.expr]]


def expand_match(function: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """The function with each `match` as a chain of `if`s.

    before                          after
        match shape:                    if isinstance(shape, Circle) and hasattr(shape, "r"):
            case Circle(r=r):               r = shape.r
                area = 3 * r * r            area = 3 * r * r
            case _:                     else:
                area = 0.0                  area = 0.0
    """
    expander = _Matches(names, locals_of(function))
    return replaced(function, body=expander.block(function.body))


class _Matches:
    def __init__(self, names: Names, bound: set[str]) -> None:
        self.names = names
        self.bound = bound

    def block(self, block: Block) -> Block:
        return map_statements(block, self.statement)

    def statement(self, statement: gast.stmt) -> Block:
        statement = map_blocks(statement, self.block)
        if not isinstance(statement, gast.Match):
            return [statement]
        subject = statement.subject
        asked = [part for case in statement.cases for part in (case.pattern, case.guard) if part is not None]
        bound = {name for part in asked for name in _captures(part)} | stored(asked)
        if isinstance(subject, gast.Name) and subject.id not in bound:
            return self.chain(statement.cases, subject.id)
        name = self.names.fresh("subject")
        return [assign(name, subject, statement), *self.chain(statement.cases, name)]

    def chain(self, cases: list[gast.match_case], subject: str) -> Block:
        if not cases:
            return []
        case, *others = cases
        tests = self.tests(case.pattern, lambda: load(subject))
        bind = [assign(name, value, case.pattern) for name, value in self.bindings(case.pattern, lambda: load(subject))]
        if case.guard is None and not tests:
            return bind + case.body
        if case.guard is None:
            return [branch(both(tests), bind + case.body, self.chain(others, subject), case.pattern)]
        if not bind:
            return [branch(both([*tests, case.guard]), case.body, self.chain(others, subject), case.pattern)]
        if not tests:
            return [*bind, branch(case.guard, case.body, self.chain(others, subject), case.pattern)]
        # What the pattern binds stays bound when the guard says no, and the other cases come next.
        matched = self.names.fresh("matched")
        ask = [*bind, assign(matched, case.guard, case.pattern)]
        return [
            assign(matched, constant(False), case.pattern),
            branch(both(tests), ask, [], case.pattern),
            branch(load(matched), case.body, self.chain(others, subject), case.pattern),
        ]

    def tests(self, pattern: gast.pattern, subject: Subject) -> list[gast.expr]:
        """What must hold for the pattern to match, in the order in which it is asked."""
        if isinstance(pattern, gast.MatchValue):
            return [_compare(subject(), gast.Eq(), copy.deepcopy(pattern.value))]
        if isinstance(pattern, gast.MatchSingleton):
            return [_compare(subject(), gast.Is(), constant(pattern.value))]
        if isinstance(pattern, gast.MatchAs):
            return [] if pattern.pattern is None else self.tests(pattern.pattern, subject)
        if isinstance(pattern, gast.MatchOr):
            options = [self.tests(option, subject) for option in pattern.patterns]
            return [either([both(tests) for tests in options])] if all(options) else []
        if isinstance(pattern, gast.MatchSequence):
            return self.sequence_tests(pattern, subject)
        if isinstance(pattern, gast.MatchMapping):
            found = [call("isinstance", subject(), builtin("dict", self.bound))]
            found += [_compare(copy.deepcopy(key), gast.In(), subject()) for key in pattern.keys]
            for key, part in zip(pattern.keys, pattern.patterns):
                found += self.tests(part, _member(subject, key))
            return found
        assert isinstance(pattern, gast.MatchClass), "a star is met only inside a sequence"
        found = [call("isinstance", subject(), copy.deepcopy(pattern.cls))]
        for asked, part, value in self.attributes(pattern, subject):
            found += asked
            found += self.tests(part, value)
        return found

    def sequence_tests(self, pattern: gast.MatchSequence, subject: Subject) -> list[gast.expr]:
        # Other sequences (deque, array) are not matched; they are of no kind that is followed.
        classes = [builtin("list", self.bound), builtin("tuple", self.bound)]
        if "range" not in self.bound:
            classes.append(load("range"))
        found: list[gast.expr] = [call("isinstance", subject(), gast.Tuple(classes, gast.Load()))]
        starred = any(isinstance(part, gast.MatchStar) for part in pattern.patterns)
        fixed = len(pattern.patterns) - starred
        if fixed or not starred:
            compare = gast.GtE() if starred else gast.Eq()
            found.append(_compare(length(subject(), self.bound), compare, constant(fixed)))
        for part, value in self.elements(pattern, subject):
            if not isinstance(part, gast.MatchStar):
                found += self.tests(part, value)
        return found

    def elements(self, pattern: gast.MatchSequence, subject: Subject) -> list[tuple[gast.pattern, Subject]]:
        """Each member of a sequence pattern with the element, or the list of elements, that it stands for."""
        found: list[tuple[gast.pattern, Subject]] = []
        start = 0
        for index, part in enumerate(pattern.patterns):
            if isinstance(part, gast.MatchStar):
                after = len(pattern.patterns) - index - 1
                found.append((part, self.middle(subject, index, after)))
                start = -len(pattern.patterns)
            else:
                found.append((part, _element(subject, start + index)))
        return found

    def middle(self, subject: Subject, before: int, after: int) -> Subject:
        def write() -> gast.expr:
            if not before and not after:
                return call(builtin("list", self.bound), subject())
            stop = gast.UnaryOp(gast.USub(), constant(after)) if after else None
            piece = gast.Slice(constant(before) if before else None, stop, None)
            return call(builtin("list", self.bound), gast.Subscript(subject(), piece, gast.Load()))

        return write

    def attributes(
        self, pattern: gast.MatchClass, subject: Subject
    ) -> list[tuple[list[gast.expr], gast.pattern, Subject]]:
        """Each sub-pattern of a class pattern, with what must hold first and the attribute that it stands for."""
        found: list[tuple[list[gast.expr], gast.pattern, Subject]] = []
        cls = pattern.cls
        whole = isinstance(cls, gast.Name) and cls.id in WHOLE and cls.id not in self.bound
        for index, part in enumerate(pattern.patterns):
            if whole:
                found.append(([], part, subject))
            else:
                value = _positional(cls, subject, index)
                found.append(([call("hasattr", *value().args)], part, value))
        for attribute, part in zip(pattern.kwd_attrs, pattern.kwd_patterns):
            asked = call("hasattr", subject(), constant(attribute))
            found.append(([asked], part, _attribute(subject, attribute)))
        return found

    def bindings(self, pattern: gast.pattern, subject: Subject) -> Bindings:
        """The names that the pattern binds once it has matched."""
        found: Bindings = []
        if isinstance(pattern, gast.MatchAs):
            if pattern.pattern is not None:
                found += self.bindings(pattern.pattern, subject)
            if pattern.name is not None:
                found.append((pattern.name, subject()))
        elif isinstance(pattern, gast.MatchOr):
            found += self.option_bindings(pattern, subject)
        elif isinstance(pattern, gast.MatchSequence):
            for part, value in self.elements(pattern, subject):
                if not isinstance(part, gast.MatchStar):
                    found += self.bindings(part, value)
                elif part.name is not None:
                    found.append((part.name, value()))
        elif isinstance(pattern, gast.MatchMapping):
            for key, part in zip(pattern.keys, pattern.patterns):
                found += self.bindings(part, _member(subject, key))
            if pattern.rest is not None:
                found.append((pattern.rest, self.others(pattern, subject)))
        elif isinstance(pattern, gast.MatchClass):
            for _, part, value in self.attributes(pattern, subject):
                found += self.bindings(part, value)
        return found

    def option_bindings(self, pattern: gast.MatchOr, subject: Subject) -> Bindings:
        """What an or-pattern binds: the options bind the same names, each in its own place."""
        options = [dict(self.bindings(option, subject)) for option in pattern.patterns]
        found: Bindings = []
        for name in options[0]:
            value = options[-1][name]
            for option, bound in list(zip(pattern.patterns, options))[-2::-1]:
                if gast.dump(bound[name]) != gast.dump(value):
                    value = gast.IfExp(both(self.tests(option, subject)), bound[name], value)
            found.append((name, value))
        return found

    def others(self, pattern: gast.MatchMapping, subject: Subject) -> gast.expr:
        """`{key: value for key, value in subject.items() if key not in (...)}`"""
        key, value = self.names.fresh("key"), self.names.fresh("value")
        items = call(gast.Attribute(subject(), "items", gast.Load()))
        keys = gast.Tuple([copy.deepcopy(known) for known in pattern.keys], gast.Load())
        tests = [_compare(load(key), gast.NotIn(), keys)] if pattern.keys else []
        pair = gast.Tuple([store(key), store(value)], gast.Store())
        return gast.DictComp(load(key), load(value), [gast.comprehension(pair, items, tests, 0)])


def _captures(tree: gast.AST) -> set[str]:
    patterns = [node for node in walk_own([tree]) if isinstance(node, gast.pattern)]
    names = {name for node in patterns for name in (getattr(node, "name", None), getattr(node, "rest", None))}
    return {name for name in names if name is not None}


def _compare(left: gast.expr, operator: gast.cmpop, right: gast.expr) -> gast.expr:
    return gast.Compare(left, [operator], [right])


def _element(subject: Subject, index: int) -> Subject:
    return lambda: subscript(subject(), index)


def _member(subject: Subject, key: gast.expr) -> Subject:
    return lambda: gast.Subscript(subject(), copy.deepcopy(key), gast.Load())


def _attribute(subject: Subject, attribute: str) -> Subject:
    return lambda: gast.Attribute(subject(), attribute, gast.Load())


def _positional(cls: gast.expr, subject: Subject, index: int) -> Subject:
    """`getattr(subject, cls.__match_args__[index])`"""

    def write() -> gast.expr:
        declared = gast.Attribute(copy.deepcopy(cls), "__match_args__", gast.Load())
        return call("getattr", subject(), subscript(declared, index))

    return write
