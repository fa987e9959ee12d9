"""Programs that read parts of containers: their adjoints are parts of the containers' adjoints."""

# ruff: noqa - unusual forms are what is tested here

from types import SimpleNamespace

import numpy as np

from tests.programs import program


def thing(**attributes):
    return SimpleNamespace(**attributes)


def tree(rng):
    leaves = [thing(weight=rng.normal(), bias=rng.normal(size=2)) for _ in range(3)]
    return thing(left=thing(left=leaves[0], right=leaves[1]), right=leaves[2], scale=rng.normal())


def output(leaf, x):
    return np.tanh(leaf.weight * x + leaf.bias)


@program(lambda rng: (tree(rng), rng.normal(size=2)))
def parts_of_parts(root, x):
    child = root.left
    first = child.left
    y = output(first, x)
    second = child.right
    y = output(second, y) * first.weight
    other = root.right
    return np.sum(output(other, y)) * root.scale


@program(lambda rng: (tree(rng), rng.normal(size=2)))
def one_leaf_by_two_names(root, x):
    a = root.left.left
    b = root.left.left
    y = output(a, x) * output(b, x)
    return np.sum(y) * a.weight


@program(lambda rng: (tree(rng), rng.normal(size=2), True))
def leaf_chosen(root, x, flag):
    leaf = root.left.right if flag else root.right
    y = output(leaf, x)
    if np.sum(y) > 100:
        leaf = root.right
    return np.sum(output(leaf, y))


def leaves(rng):
    return [thing(weight=rng.normal(), bias=rng.normal(size=2)) for _ in range(4)]


@program(lambda rng: (leaves(rng), rng.normal(size=2)))
def neighbours_in_a_loop(items, x):
    total = 0.0
    for i in range(1, len(items)):
        item = items[i]
        before = items[i - 1]
        for k in range(2):
            if k == 1:
                x = output(item, x)
        total += np.sum(x) * before.weight
    return total


@program(lambda rng: (leaves(rng), rng.normal(size=2)))
def leaf_outlives_the_loop(items, x):
    for item in items:
        x = output(item, x)
    return np.sum(x) * item.weight


@program(lambda rng: (leaves(rng), rng.normal(size=2)))
def leaf_replaced_and_read(items, x):
    first = items[0]
    y = output(first, x)
    items[0] = thing(weight=np.sum(y), bias=x * 2)
    second = items[0]
    return np.sum(output(second, y)) + first.weight


@program(lambda rng: (leaves(rng), rng.normal(size=2)))
def leaf_changed_by_a_helper(items, x):
    def sharpen(item):
        item.weight = item.weight * 3

    leaf = items[1]
    y = output(leaf, x)
    sharpen(leaf)
    return np.sum(output(leaf, y))


@program(lambda rng: ([{"a": 0.3, "b": rng.normal(size=3)} for _ in range(3)], rng.normal(size=3)))
def rows_of_dicts(rows, x):
    total = 0.0
    for row in rows:
        b = row["b"]
        total += np.sum(b * x) * row["a"] + b[0]
    return total


@program(lambda rng: ([[0.3, [1.0, 0.5]], [0.7, [0.2, 0.1]]], 0.4))
def lists_in_lists(rows, x):
    total = x
    for i in range(2):
        row = rows[i]
        inner = row[1]
        total = total * row[0] + inner[0] * inner[1]
    return total


@program(lambda rng: ([rng.normal(size=(2, 2)) for _ in range(2)], rng.normal(size=2)))
def leaf_seen_after_the_call(items, x):
    pair = thing(first=items, second=x)
    inner = pair.first
    y = inner[0] @ pair.second
    z = inner[1] @ y
    return np.sum(z) + np.sum(inner[0])


class Chain:
    def __init__(self, links):
        self.links = links

    def run(self, x):
        for link in self.links[:-1]:
            x = output(link, x)
        return x * self.links[-1].weight

    def replacing(self, x):
        for link in self.links[:2]:
            self.links[1] = thing(weight=x[0], bias=x * 2)
            x = output(link, x)
        return x * self.links[1].weight


@program(lambda rng: (Chain(leaves(rng)), rng.normal(size=2)))
def all_links_but_the_last(chain, x):
    return np.sum(chain.run(x))


@program(lambda rng: (Chain(leaves(rng)), rng.normal(size=2)))
def links_replaced_in_the_loop(chain, x):
    return np.sum(chain.replacing(x))


@program(lambda rng: (leaves(rng), rng.normal(size=2)))
def pairs_swapped_while_they_are_run_over(items, x):
    for a, b in [(items[0], items[1]), (items[2], items[3])]:
        items[3] = items[0]
        x = output(a, x) * output(b, x)
    return np.sum(x)


@program(lambda rng: (leaves(rng), rng.normal(size=2)))
def a_link_put_in_another_place_again_and_again(items, x):
    for _ in range(3):
        items[3] = items[0]
        x = output(items[3], x) * output(items[1], x)
    return np.sum(x)


class Exchanging(Chain):
    def run(self, x):
        for link in self.links[:2]:
            x = output(link, x)
            self.links[0], self.links[1] = self.links[1], self.links[0]
        return x


@program(lambda rng: (Exchanging(leaves(rng)), rng.normal(size=2)))
def links_exchanged_in_the_loop(chain, x):
    return np.sum(chain.run(x))


@program(lambda rng: (leaves(rng), rng.normal(size=2), 3))
@program(lambda rng: (leaves(rng), rng.normal(size=2), 0))
def one_link_by_two_names_in_a_loop(items, x, n):
    total = 0.0
    for i in range(n):
        a, b = items[i], items[i]
        total += np.sum(output(a, x)) * b.weight
        if total > 50:
            break
    return total
