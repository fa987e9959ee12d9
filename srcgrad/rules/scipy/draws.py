"""Random draws whose law has a shape that varies: the share of the law that lies below a draw is held.

M. Figurnov, S. Mohamed and A. Mnih, Implicit reparameterization gradients (2018).  A draw is not made anew: its value
is the generator's, its derivative that of the quantile.
"""

from __future__ import annotations

import scipy.special

from srcgrad.rules.definitions.random import drawn
from srcgrad.runtime.structures import stop_gradient


@drawn("standard_gamma")
def standard_gamma(self, shape, size=None):
    fixed = stop_gradient(shape)
    draw = self.standard_gamma(fixed, size)
    quantile = scipy.special.gammaincinv(shape, scipy.special.gammainc(fixed, draw))
    return draw + (quantile - stop_gradient(quantile))


@drawn("chisquare")
def chisquare(self, df, size=None):
    return 2 * self.standard_gamma(df / 2, size)
