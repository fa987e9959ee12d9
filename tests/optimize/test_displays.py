"""Are lists that are made only to be taken apart left out, and their members' adjoints taken where they are?"""

import numpy as np

import srcgrad
from tests.programs import parts


def source_of(function):
    rng = np.random.default_rng(0)
    df = srcgrad.grad(function)
    df(parts.Chain(parts.leaves(rng)), rng.normal(size=2))
    return df.source


def test_members_are_read_where_they_are_used():
    source = source_of(parts.all_links_but_the_last)
    assert "link = self.links[1]" in source
    assert "link_bar = self_bar.links[1]" in source
    assert "sequence" not in source


def test_not_where_the_container_changes():
    assert "sequence = [self.links[0], self.links[1]]" in source_of(parts.links_replaced_in_the_loop)
