"""Programs with images: filters, edges, and values between the elements, of scipy.ndimage."""

import numpy as np
from scipy import ndimage

from tests.programs import normal, program, refused

PICTURE = np.cos(np.add.outer(0.9 * np.arange(6), 0.7 * np.arange(7)))
PLACES = np.array([[1.2, 3.3, 0.4, 4.6], [2.1, 0.7, 5.6, 3.2]])


@program(PICTURE)
def edges(a):
    strength = np.hypot(ndimage.sobel(a, 0), ndimage.sobel(a, 1))
    return np.sum(strength) + np.sum(ndimage.prewitt(a, mode="nearest") ** 2) + np.sum(ndimage.laplace(a) ** 2)


@program(PICTURE)
def blobs(a):
    found = ndimage.gaussian_laplace(a, 0.8) ** 2 + ndimage.gaussian_gradient_magnitude(a, 1.1)
    return np.sum(found) + np.sum(ndimage.gaussian_filter(a, (1.0, 0.7), order=(0, 1), mode="nearest") ** 2)


@program(PICTURE)
def blurred(a):
    return np.sum(ndimage.uniform_filter(a, 2) ** 2) + np.sum(ndimage.gaussian_filter(a, 0.6, mode="mirror") ** 3)


@program(PICTURE, PLACES)
def at_places(a, c):
    total = np.sum(ndimage.map_coordinates(a, c) ** 2)
    total += np.sum(ndimage.map_coordinates(a, c, order=1, mode="nearest") ** 2)
    return total + np.sum(ndimage.map_coordinates(a, c, order=1, cval=0.3) * c[0])


@program(PICTURE, 1.6 * PLACES - 1)
def beyond_the_edges(a, c):
    total = np.sum(ndimage.map_coordinates(a, c, mode="reflect") ** 2)
    total += np.sum(ndimage.map_coordinates(a, c, mode="mirror") ** 2)
    total += np.sum(ndimage.map_coordinates(a, c, mode="grid-wrap") ** 2)
    total += np.sum(ndimage.map_coordinates(a, c, order=1, mode="reflect") ** 2)
    total += np.sum(ndimage.map_coordinates(a, c, order=1, mode="mirror") ** 2)
    return total + np.sum(ndimage.map_coordinates(a, c, order=1, mode="nearest") ** 2)


@program(PICTURE, PLACES)
def the_nearest(a, c):
    return np.sum(ndimage.map_coordinates(a, c, order=0) * c[1]) + np.sum(
        ndimage.map_coordinates(a, c + 4, order=0, mode="reflect") ** 2
    )


@program(PICTURE, np.array([0.3, -0.6]), np.array([[0.9, 0.11], [-0.13, 1.07]]))
def moved_and_turned(a, d, m):
    moved = ndimage.shift(a, d, order=1, mode="mirror")
    return np.sum(moved**2) + np.sum(ndimage.affine_transform(a, m, [0.123, 0.217], mode="reflect") ** 2)


@program(normal(5, 3, 4))
def three_axes(a):
    places = np.array([[1.2, 3.3], [0.7, 1.4], [2.6, 0.3]])
    return np.sum(ndimage.map_coordinates(a, places, order=1) ** 2) + np.sum(ndimage.sobel(a, 1) ** 2)


@program(PICTURE, 20.0)
def zoomed_and_rotated(a, angle):
    turned = ndimage.rotate(a, angle, reshape=False, order=1)
    return np.sum(ndimage.zoom(a, 1.5, order=1) ** 2) + np.sum(turned**2) + np.sum(ndimage.zoom(a, (2, 1)) ** 2)


@program(PICTURE)
def regions(a):
    labels = (np.arange(42) % 5).reshape(6, 7)
    means = ndimage.mean(a, labels, [1, 3])
    return np.sum(means**2) + ndimage.sum(a**2, labels) + np.sum(ndimage.sum_labels(a, labels, np.array([2, 4])) ** 2)


@program(lambda rng: (rng.normal(size=(5, 6)),))
def ranks_in_windows(a):
    total = np.sum(ndimage.maximum_filter(a, 3) ** 2) + np.sum(ndimage.minimum_filter(a, (2, 3), mode="nearest"))
    return total + np.sum(ndimage.median_filter(a, 3) ** 2)


@refused("E", PICTURE)
def any_function(a):
    return np.sum(ndimage.generic_filter(a, np.ptp, 3))
