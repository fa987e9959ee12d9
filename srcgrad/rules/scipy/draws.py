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


@drawn("beta")
def beta(self, a, b, size=None):
    first, second = stop_gradient(a), stop_gradient(b)
    draw = self.beta(first, second, size)
    quantile = scipy.special.betaincinv(a, b, scipy.special.betainc(first, second, draw))
    return draw + (quantile - stop_gradient(quantile))


@drawn("f")
def f(self, dfnum, dfden, size=None):
    m, n = stop_gradient(dfnum), stop_gradient(dfden)
    draw = self.f(m, n, size)
    share = scipy.special.betaincinv(
        dfnum / 2, dfden / 2, scipy.special.betainc(m / 2, n / 2, m * draw / (n + m * draw))
    )
    quantile = dfden * share / (dfnum * (1 - share))
    return draw + (quantile - stop_gradient(quantile))


@drawn("standard_t")
def standard_t(self, df, size=None):
    fixed = stop_gradient(df)
    draw = self.standard_t(fixed, size)
    quantile = scipy.special.stdtrit(df, scipy.special.stdtr(fixed, draw))
    return draw + (quantile - stop_gradient(quantile))
