"""Programs around SciPy: roots by the implicit function theorem, distributions, Gaussian processes, filters."""

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.signal
from scipy import stats
from scipy.linalg import cho_factor, cho_solve, expm
from scipy.special import gammaln, logsumexp
from scipy.stats import norm

from tests.programs import program

standard = norm(0.1, 1.3)


def kepler(anomaly, eccentricity, mean):
    return anomaly - eccentricity * np.sin(anomaly) - mean


def chemistry(x, k):
    return np.array([x[0] ** 2 + k * x[1] - 1.0, x[0] - 0.5 * k * x[1] ** 2])


def halved_cosine(x, p):
    return np.cos(p * x) / 2


@program(0.3, 1.1)
def orbit(eccentricity, mean):
    anomaly = scipy.optimize.brentq(kepler, 0.0, 10.0, args=(eccentricity, mean))
    return (np.cos(anomaly) - eccentricity) * np.sin(anomaly)


@program(0.8)
def equilibrium(k):
    found = scipy.optimize.root(chemistry, np.array([0.6, 0.6]), args=(k,), tol=1e-13)
    return np.sum(found.x ** 2) + scipy.optimize.fsolve(chemistry, np.array([0.6, 0.6]), args=(k,), xtol=1e-13)[0]


@program(0.7)
def resting_point(p):
    return scipy.optimize.fixed_point(halved_cosine, 0.4, args=(p,), xtol=1e-13) ** 2


@program(lambda rng: (rng.normal(size=5), 0.3, 0.8))
def likelihood_of_frozen(x, mean, spread):
    model = stats.norm(mean, spread)
    return np.sum(model.logpdf(x)) + np.sum(standard.logcdf(x)) - norm.logpdf(mean, scale=2.0)


@program(lambda rng: (rng.normal(size=(4, 2)), rng.normal(size=4), 0.7))
def gaussian_process(x, y, length):
    distances = np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=-1)
    factor = cho_factor(np.exp(-distances / length**2) + 0.1 * np.eye(len(y)), lower=True)
    return 0.5 * y @ cho_solve(factor, y) + np.sum(np.log(np.diag(factor[0])))


@program(lambda rng: (rng.uniform(0.5, 2.0, size=3), rng.normal(size=(4, 3))))
def mixture(weights, scores):
    norm_of_weights = gammaln(np.sum(weights)) - np.sum(gammaln(weights))
    return np.sum(logsumexp(scores + np.log(weights), axis=1)) + norm_of_weights


@program(lambda rng: (0.4 * rng.normal(size=(3, 3)), rng.normal(size=3)))
def linear_system_in_time(a, x):
    total = 0.0
    for t in (0.5, 1.0, 1.5):
        total += np.sum(expm(t * a) @ x)
    return total


@program(lambda rng: (rng.normal(size=8), rng.normal(size=3)))
def filtered(x, kernel):
    smooth = scipy.signal.fftconvolve(x, kernel, mode="same")
    return np.sum(scipy.signal.lfilter([0.2], [1.0, -0.8], smooth) ** 2)


@program(lambda rng: (rng.normal(size=(2, 5)) + np.array([[0.0], [4.0]]), rng.normal(size=5)))
def spring_chain(bands, forces):
    return np.sum(scipy.linalg.solveh_banded(bands, forces) ** 2) + np.sum(
        scipy.linalg.solveh_banded(bands[::-1], forces, lower=True)
    )


@program(lambda rng: (rng.normal(size=(3, 3)), 0.4))
def damped_modes(stiffness, damping):
    return np.sum(np.abs(scipy.linalg.eigvals(stiffness + 1j * damping * np.diag([1.0, 2.0, 3.0]))) ** 3)
