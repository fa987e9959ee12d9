"""Likelihoods, clustering, option prices."""

import numpy as np

from benchmarks.problems import problem


def mixture(weights, means, log_scales, x):
    scaled = (x[:, None, :] - means) * np.exp(-log_scales)
    log_p = weights - np.sum(log_scales, axis=1) - 0.5 * np.sum(scaled**2, axis=2)
    largest = np.max(log_p, axis=1)
    likelihood = largest + np.log(np.sum(np.exp(log_p - largest[:, None]), axis=1))
    return np.sum(likelihood) - len(x) * np.log(np.sum(np.exp(weights)))


def mixture_adjoint(weights, means, log_scales, x):
    inverse = np.exp(-log_scales)
    scaled = (x[:, None, :] - means) * inverse
    log_p = weights - np.sum(log_scales, axis=1) - 0.5 * np.sum(scaled**2, axis=2)
    r = np.exp(log_p - np.max(log_p, axis=1)[:, None])
    r /= np.sum(r, axis=1)[:, None]
    total = np.sum(r, axis=0)
    e = np.exp(weights)
    scaled_bar = -r[:, :, None] * scaled
    means_bar = -np.sum(scaled_bar, axis=0) * inverse
    log_scales_bar = -total[:, None] - np.sum(scaled_bar * scaled, axis=0)
    return total - len(x) * e / np.sum(e), means_bar, log_scales_bar


def mixture_of(n, k, d):
    return lambda rng: (rng.normal(size=k), rng.normal(size=(k, d)), 0.1 * rng.normal(size=(k, d)), rng.normal(size=(n, d)))  # fmt: skip


def mixture_loops(weights, means, log_scales, x):
    k, d = means.shape
    total = 0.0
    log_p = np.zeros(k)
    for i in range(len(x)):
        for j in range(k):
            s = weights[j]
            for m in range(d):
                s -= log_scales[j, m] + 0.5 * ((x[i, m] - means[j, m]) * np.exp(-log_scales[j, m])) ** 2
            log_p[j] = s
        largest = np.max(log_p)
        total += largest + np.log(np.sum(np.exp(log_p - largest)))
    return total - len(x) * np.log(np.sum(np.exp(weights)))


def mixture_loops_adjoint(weights, means, log_scales, x):
    k, d = means.shape
    e = np.exp(weights)
    weights_bar = -len(x) * e / np.sum(e)
    means_bar = np.zeros_like(means)
    log_scales_bar = np.zeros_like(log_scales)
    inverse = np.exp(-log_scales)
    log_p = np.zeros(k)
    for i in range(len(x)):
        for j in range(k):
            s = weights[j]
            for m in range(d):
                s -= log_scales[j, m] + 0.5 * ((x[i, m] - means[j, m]) * inverse[j, m]) ** 2
            log_p[j] = s
        r = np.exp(log_p - np.max(log_p))
        r /= np.sum(r)
        for j in range(k):
            weights_bar[j] += r[j]
            for m in range(d):
                scaled = (x[i, m] - means[j, m]) * inverse[j, m]
                means_bar[j, m] += r[j] * scaled * inverse[j, m]
                log_scales_bar[j, m] += r[j] * (scaled * scaled - 1)
    return weights_bar, means_bar, log_scales_bar


problem(mixture, mixture_of(1000, 10, 5), (0, 1, 2), mixture_adjoint, mixture_loops_adjoint)
problem(mixture_loops, mixture_of(20, 5, 4), (0, 1, 2), mixture_loops_adjoint, mixture_loops_adjoint)


def logsumexp(z):
    m = np.max(z, axis=1, keepdims=True)
    return np.sum(m[:, 0] + np.log(np.sum(np.exp(z - m), axis=1)))


def logsumexp_adjoint(z):
    p = np.exp(z - np.max(z, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    return (p,)


def logsumexp_by_loops(z):
    p = np.empty_like(z)
    for i in range(len(z)):
        m = np.max(z[i])
        total = 0.0
        for j in range(z.shape[1]):
            p[i, j] = np.exp(z[i, j] - m)
            total += p[i, j]
        for j in range(z.shape[1]):
            p[i, j] /= total
    return (p,)


problem(logsumexp, lambda rng: (rng.normal(size=(1000, 50)),), (0,), logsumexp_adjoint, logsumexp_by_loops)


def k_means(centres, x):
    distances = np.sum((x[:, None, :] - centres[None, :, :]) ** 2, axis=2)
    return np.sum(np.min(distances, axis=1))


def k_means_adjoint(centres, x):
    differences = x[:, None, :] - centres[None, :, :]
    nearest = np.argmin(np.sum(differences**2, axis=2), axis=1)
    centres_bar = np.zeros_like(centres)
    np.add.at(centres_bar, nearest, -2 * differences[np.arange(len(x)), nearest])
    return (centres_bar,)


def k_means_by_loops(centres, x):
    centres_bar = np.zeros_like(centres)
    for i in range(len(x)):
        best, nearest = np.inf, 0
        for j in range(len(centres)):
            distance = 0.0
            for m in range(x.shape[1]):
                distance += (x[i, m] - centres[j, m]) ** 2
            if distance < best:
                best, nearest = distance, j
        for m in range(x.shape[1]):
            centres_bar[nearest, m] -= 2 * (x[i, m] - centres[nearest, m])
    return (centres_bar,)


problem(k_means, lambda rng: (rng.normal(size=(10, 4)), rng.normal(size=(2000, 4))), (0,), k_means_adjoint, k_means_by_loops)  # fmt: skip


def normal_cdf(x):
    """Abramowitz and Stegun 26.2.17."""
    k = 1 / (1 + 0.2316419 * np.abs(x))
    series = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    tail = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi) * series
    return np.where(x > 0, 1 - tail, tail)


def black_scholes(spot, volatility, strike, time):
    d1 = (np.log(spot / strike) + (0.02 + 0.5 * volatility**2) * time) / (volatility * np.sqrt(time))
    d2 = d1 - volatility * np.sqrt(time)
    return np.sum(spot * normal_cdf(d1) - strike * np.exp(-0.02 * time) * normal_cdf(d2))


def normal_cdf_slope(x):
    k = 1 / (1 + 0.2316419 * np.abs(x))
    series = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    slope = 0.319381530 + k * (-0.713127564 + k * (5.344433811 + k * (-7.285023912 + k * 6.651372145)))
    density = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    tail = density * series
    return np.where(x > 0, 1 - tail, tail), np.abs(x) * tail + density * slope * 0.2316419 * k * k


def black_scholes_adjoint(spot, volatility, strike, time):
    root = np.sqrt(time)
    spread = volatility * root
    d1 = (np.log(spot / strike) + (0.02 + 0.5 * volatility**2) * time) / spread
    d2 = d1 - spread
    p1, slope1 = normal_cdf_slope(d1)
    _, slope2 = normal_cdf_slope(d2)
    d2_bar = -strike * np.exp(-0.02 * time) * slope2
    d1_bar = spot * slope1 + d2_bar
    return p1 + d1_bar / (spread * spot), d1_bar * (time / root - d1 / volatility) - d2_bar * root


def black_scholes_by_loops(spot, volatility, strike, time):
    spot_bar, volatility_bar = np.empty_like(spot), np.empty_like(volatility)
    for i in range(len(spot)):
        root = np.sqrt(time[i])
        spread = volatility[i] * root
        d1 = (np.log(spot[i] / strike[i]) + (0.02 + 0.5 * volatility[i] ** 2) * time[i]) / spread
        d2 = d1 - spread
        k = 1 / (1 + 0.2316419 * abs(d1))
        series = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
        slope = 0.319381530 + k * (-0.713127564 + k * (5.344433811 + k * (-7.285023912 + k * 6.651372145)))
        density = np.exp(-0.5 * d1 * d1) / np.sqrt(2 * np.pi)
        tail = density * series
        p1 = 1 - tail if d1 > 0 else tail
        slope1 = abs(d1) * tail + density * slope * 0.2316419 * k * k
        k = 1 / (1 + 0.2316419 * abs(d2))
        series = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
        slope = 0.319381530 + k * (-0.713127564 + k * (5.344433811 + k * (-7.285023912 + k * 6.651372145)))
        slope2 = np.exp(-0.5 * d2 * d2) / np.sqrt(2 * np.pi) * (abs(d2) * series + slope * 0.2316419 * k * k)
        d2_bar = -strike[i] * np.exp(-0.02 * time[i]) * slope2
        d1_bar = spot[i] * slope1 + d2_bar
        spot_bar[i] = p1 + d1_bar / (spread * spot[i])
        volatility_bar[i] = d1_bar * (root - d1 / volatility[i]) - d2_bar * root
    return spot_bar, volatility_bar


problem(
    black_scholes,
    lambda rng: (rng.uniform(80, 120, 20000), rng.uniform(0.1, 0.5, 20000), rng.uniform(80, 120, 20000), rng.uniform(0.5, 2, 20000)),
    (0, 1), black_scholes_adjoint, black_scholes_by_loops,
)  # fmt: skip
