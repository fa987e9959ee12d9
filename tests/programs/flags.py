"""Programs that hand flags on to functions of arrays: the rules ask for them, whether they are arguments or made of arguments."""

# ruff: noqa - unusual forms are what is tested here

import numpy as np

from tests.programs import normal, program


class Settings:
    def __init__(self, keep):
        self.keep = keep


def kept(x, keep):
    return np.sum(np.sum(x * x, axis=1, keepdims=keep) * x + np.mean(x, axis=1, keepdims=keep))


program(normal(3, 3), True, id="kept")(kept)
program(normal(3, 3), False, id="not_kept")(kept)


@program(normal(3, 3), True)
def kept_if_not(x, keep):
    return np.sum(np.sum(x * x, axis=1, keepdims=not keep) * x)


def kept_from_two_on(x, n):
    return np.sum(np.max(x * x, axis=1, keepdims=n > 2) * x)


program(normal(3, 3), 3, id="three")(kept_from_two_on)
program(normal(3, 3), 2, id="two")(kept_from_two_on)


@program(normal(3, 3), None, False)
@program(normal(3, 3), 0, False, id="along_an_axis")
def kept_or_whole(x, axis, keep):
    whole = keep or axis is None
    return np.sum(np.sum(x * x, axis=axis, keepdims=whole) * x)


@program(lambda rng: (rng.normal(size=(3, 3)), Settings(False)), wrt=0)
def flag_of_an_object(x, settings):
    return np.sum(np.prod(x, axis=1, keepdims=settings.keep) * x)


@program(normal(3, 3), True)
@program(normal(3, 3), False, id="branch_not_taken")
def branch_on_a_flag_that_was_asked_for(x, keep):
    y = np.sum(x * x, axis=1, keepdims=keep)
    if keep:
        return np.sum(y[:, 0] ** 2 * x)
    return np.sum(y**3)


def total(x, **options):
    return np.sum(np.linalg.norm(x, axis=1, **options) * x)


@program(normal(3, 3), False)
def flag_in_keywords(x, keep):
    return total(x, keepdims=keep)


@program(normal(4, 3), False)
@program(normal(4, 3), np.False_, id="of_numpy")
def flag_of_a_library_function(x, full):
    return np.sum(np.linalg.svd(x, full_matrices=full)[1] ** 3)


def along(x, axis, n):
    y = np.quantile(x, 0.3, axis=axis) * np.sum(np.diff(x, n=n, axis=axis) ** 2)
    return np.sum(y) + np.sum(np.sort(x, axis)[0] * np.cumsum(x, axis=axis)[-1])


program(normal(3, 4), 1, 2, id="second")(along)
program(normal(3, 4), -1, 1, id="last")(along)
program(normal(3, 4), 0, 1, id="first")(along)


@program(normal(2, 3, 4), -1, 0)
def along_two_axes(x, a, b):
    return np.sum(np.sum(x, axis=(a, b)) ** 2) + np.sum(np.linalg.norm(np.transpose(x, (b, a, 1)), axis=(b, a)))


@program(normal(2, 3), (3, -1 if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else 3))
@program(normal(2, 3), (4, 2), id="longer")
def spectrum(x, shape):
    return np.sum(np.abs(np.fft.rfft2(x, s=shape, axes=(0, 1))) ** 2)


def largest(x, axis, bound=np.inf):
    return np.minimum(np.linalg.norm(x, ord=np.inf, axis=axis), bound)


@program(normal(3, 4), 1)
def infinite_default(x, axis):
    return np.sum(largest(x, axis) ** 2)


@program(normal(3), 4)
def text_made_of_a_counter(x, n):
    total = 0.0
    for i in range(n):
        name = "h%d" % i
        if name == "h1":
            total = total + np.sum(x * i)
        if chr(97 + i) == "d" or "s" * i == "ss":
            total = total + np.sum(x**2) * i
    return total


@program(normal(3))
def states_by_formatted_keys(x):
    states = {"h0": x}
    for i in range(3):
        name = "h%d" % (i + 1)
        states[name] = np.tanh(states["h%d" % i] * x)
    return np.sum(states["h3"] * states["h1"])
