"""Programs that filter samples, resample them, and look at their spectra, with scipy.signal."""

import numpy as np
from scipy import signal

from tests.programs import normal, positive, program, refused

SECTIONS = signal.butter(4, 0.3, output="sos")
TIMES = np.linspace(0.0, 1.0, 40)


@program(normal(24))
def without_phase(x):
    b, a = signal.butter(3, 0.2)
    return np.sum(signal.filtfilt(b, a, x) ** 2) + np.sum(signal.sosfiltfilt(SECTIONS, x, padlen=9) ** 2)


@program(normal(2, 15))
def smoothed(x):
    slope = signal.savgol_filter(x, 5, 2, deriv=1, delta=0.1)
    return np.sum(slope**2) + np.sum(signal.savgol_filter(x, 7, 3, axis=1, mode="nearest") ** 2)


@program(normal(20))
def other_rates(x):
    slow = signal.decimate(x, 2, ftype="fir")
    return np.sum(signal.resample(x, 13) ** 2) + np.sum(signal.resample_poly(x, 2, 3) ** 3) + np.sum(slow**2)


@program(normal(16))
def envelope(x):
    return np.sum(np.abs(signal.hilbert(x)))


@program(positive(), 0.3)
def spectrum_of_a_model(frequency, decay):
    x = np.exp(-decay * TIMES) * np.sin(9 * frequency * TIMES)
    power = signal.welch(x, fs=40.0, nperseg=16)[1]
    return np.sum(np.log(power)) + np.sum(signal.periodogram(x, 40.0)[1] ** 2)


@program(normal(21))
def in_short_times(x):
    _, _, z = signal.stft(x, fs=2.0, nperseg=8, noverlap=5)
    return np.sum(np.abs(z) ** 2) + np.sum(np.real(z[1]) * signal.get_window("hann", 8)[2])


@refused("E", 0.3)
def the_edge_of_a_filter(edge):
    b, a = signal.butter(2, edge)
    return np.sum(signal.lfilter(b, a, TIMES))


@program(normal(9))
def the_middle_one(x):
    return np.sum(signal.medfilt(x, 3))
