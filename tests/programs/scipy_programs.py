"""Programs around SciPy: roots by the implicit function theorem, distributions, Gaussian processes, filters."""

import numpy as np
import scipy.fft
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


def bands(rng):
    return rng.uniform(-0.5, 0.5, size=(2, 5)) + np.array([[0.0], [3.0]]), rng.normal(size=5)


@program(bands)
def banded_factor(ab, b):
    c = scipy.linalg.cholesky_banded(ab)
    lower = scipy.linalg.cholesky_banded(np.stack([ab[1], np.roll(ab[0], -1)]), lower=True)
    return np.sum(scipy.linalg.cho_solve_banded((c, False), b) ** 2) + np.sum(np.log(lower[0]))


@program(bands)
def banded_system(ab, b):
    x = scipy.linalg.solveh_banded(ab, b)
    return x @ scipy.linalg.solveh_banded(np.stack([ab[1], np.roll(ab[0], -1)]), b, lower=True)


@program(lambda rng: (rng.normal(size=4), rng.normal(size=3), rng.normal(size=4)))
def states_of_a_chain(d, e, p):
    w, v = scipy.linalg.eigh_tridiagonal(d, e)
    bands = np.stack([d, np.concatenate([e, np.zeros(1)])])
    ends, modes = scipy.linalg.eig_banded(bands, lower=True)
    return np.sum((p @ v) ** 3 * w) + np.sum(modes[:, 0] * p) + ends[-1] - scipy.linalg.eigvalsh_tridiagonal(d, e)[0]


def two_forms(rng):
    a, b = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    return a @ a.T, b @ b.T + 4 * np.eye(4), rng.normal(size=4)


@program(two_forms)
def vibrations(stiffness, mass, p):
    w, v = scipy.linalg.eigh(stiffness, mass)
    lowest, mode = scipy.linalg.eigh(stiffness, subset_by_index=[0, 1])
    return np.sum(w**1.5 * (p @ v)) + np.sum(p @ mode) + lowest[1] + scipy.linalg.eigvalsh(stiffness, mass)[0]


@program(two_forms)
def systems_with_a_symmetry(a, b, p):
    x = scipy.linalg.solve(a + np.eye(4), p, assume_a="pos")
    y = scipy.linalg.solve(b, p, assume_a="sym", lower=True)
    return x @ y + np.sum(scipy.linalg.pinvh(b) @ x)


@program(lambda rng: (rng.normal(size=(5, 4)), rng.normal(size=(3, 4))))
def factors_of_oblongs(tall, wide):
    p, l, u = scipy.linalg.lu(tall)
    q, r = scipy.linalg.qr(tall)
    pivoted = scipy.linalg.qr(wide, mode="economic", pivoting=True)
    left = scipy.linalg.lu(wide, permute_l=True)[0]
    (whole,) = scipy.linalg.qr(tall, mode="r")
    return np.sum(l**3) + np.sum(u * whole[:4]) + np.sum((p @ q) ** 3) + np.sum(pivoted[1] ** 3) + np.sum(left**3)


@program(lambda rng: (rng.normal(size=4), rng.normal(size=4), rng.normal(size=4)))
def matrices_of_a_structure(c, r, b):
    first = scipy.linalg.solve_circulant(c + np.array([5.0, 0.0, 0.0, 0.0]), b)
    whole = scipy.linalg.block_diag(c, scipy.linalg.companion(r), scipy.linalg.khatri_rao(np.outer(c, b), np.outer(b, r)))
    return np.sum(scipy.linalg.convolution_matrix(r, 4) @ first) + np.sum(np.sin(whole)) + c @ scipy.linalg.toeplitz(c, r) @ b


@program(lambda rng: (rng.normal(size=3) + 1j * rng.normal(size=3), rng.normal(size=3), rng.normal(size=3) + 1j))
def real_parts_among_complex(z, x, w):
    joined = np.concatenate([z, x[1:], np.real(w)])
    rows = np.stack([z, np.real(w)], axis=1)
    spread = scipy.linalg.toeplitz(z, x)
    return np.sum(np.abs(joined) ** 3) + np.sum(np.real(joined * (1 + 2j))) + np.sum(np.imag(rows @ spread[:2] * 1j))


@program(lambda rng: (rng.normal(size=6), rng.normal(size=(3, 4))))
def cosines_and_sines(x, grid):
    y = scipy.fft.dct(x) * scipy.fft.dst(x, 3, norm="forward")
    z = scipy.fft.idct(y, 1, 8) + scipy.fft.idst(x, n=8)
    w = scipy.fft.dctn(grid, 3, axes=(0,)) * scipy.fft.idctn(grid) - scipy.fft.dstn(grid, s=(3, 4))
    return np.sum(z**2) + np.sum(w**2)


@program(lambda rng: (rng.normal(size=(4, 6)),))
def spectra_of_a_grid(x):
    half = scipy.fft.rfftn(x, (3, 5))
    return np.sum(scipy.fft.irfftn(half, (4, 5)) ** 2) + np.sum(np.abs(scipy.fft.fftn(x, s=(3,), axes=(1,))) ** 2)


@program(lambda rng: (rng.normal(size=9), rng.normal(size=9) + 0.3))
def said_of_two_samples(x, y):
    spread = stats.iqr(x, rng=(10, 80)) + stats.median_abs_deviation(y) + stats.trim_mean(x, 0.2)
    found = stats.ttest_ind(x, y, equal_var=False)
    return spread + found.statistic + found.pvalue + stats.ttest_rel(x, y).pvalue + stats.ttest_1samp(y, x[0]).statistic


@program(lambda rng: (rng.normal(size=6), rng.uniform(0.5, 1.5, size=6), rng.normal(size=3)))
def density_of_samples(samples, weights, points):
    width = stats.gaussian_kde(samples, weights=weights)
    return np.sum(width.logpdf(points)) + stats.gaussian_kde(samples, bw_method=0.4)(points)[0]


@program(2.3, 0.4, 0.7)
def quantiles_told(mean, chance, spread):
    low, high = stats.norm(mean, spread).interval(0.9)
    counts = stats.poisson.ppf(0.4, mean, loc=chance) + stats.bernoulli.cdf(0, chance)
    return low * high + counts**2 + stats.gamma.median(mean, scale=spread)


@program(lambda rng: (rng.normal(size=16), rng.normal(size=(4, 5)), rng.normal(size=(3, 2))))
def filters_and_back(x, image, kernel):
    parts = scipy.signal.stft(x, nperseg=4)[2]
    _, again = scipy.signal.istft(parts * np.array([[1.0], [0.5], [0.2]]), nperseg=4)
    power = scipy.signal.spectrogram(x, nperseg=6)[2]
    smooth = scipy.signal.convolve2d(image, kernel, mode="same", boundary="symm")
    like = scipy.signal.correlate2d(image, kernel, mode="same", boundary="wrap")
    return again @ scipy.signal.medfilt(x, 5) + np.sum(np.sqrt(power + 0.1)) + np.sum(smooth * like)
