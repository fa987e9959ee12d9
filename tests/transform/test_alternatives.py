"""Is the derivative right of a value that is None until it is found, and meets arrays?"""

import math
from dataclasses import dataclass

import numpy as np
import pytest

import srcgrad

T = [0.3, 0.2, 0.7]
D = np.array([1.0, 2.0, 3.0])


def smallest(ts, d):
    best = None
    for t in ts:
        if t > 0 and (best is None or t < best):
            best = t
    return np.sum(best * d)


def broadcast_in_functions(ts, d):
    best = None
    if ts[0] > 0:
        best = ts[1]
    p = d + best
    q = np.maximum(p, best) + np.where(p > best, p, best)
    return np.sum(p**2) + np.sum(q) + np.sum(np.outer(d, d) / best - best) + np.hypot(best, d).sum()


def a_column(ts, d):
    best = None
    if ts[0] > 0:
        best = ts[1] * d[:, None]
    return np.sum((d + best) ** 2)


def stored(ts, d):
    best = None
    if ts[0] > 0:
        best = ts[1]
    p = d.copy()
    p[1:] = best
    p[0] *= best
    p *= best
    p += best
    return np.sum(p**2)


def members(ts, d):
    found, held = [None, None], {"b": None}
    for t in ts:
        if found[0] is None or t < found[0]:
            found[0] = t
            held["b"] = t * d
    return np.sum(found[0] * d + held["b"][1]) + np.sum(d * held["b"] * found[0])


def a_number_or_an_array(ts, d):
    x = None
    if d[0] > 0:
        x = d * ts[0]
    elif d[0] > -1:
        x = ts[0]
    return np.sum((np.ones((2, 3)) * x) ** 2) + np.sum(x * d)


@pytest.mark.parametrize("function", [smallest, a_column, stored, members])
def test_what_was_none(function):
    srcgrad.check_grads(function, (T, D), order=2)


def test_what_was_none_is_given_to_functions():
    srcgrad.check_grads(broadcast_in_functions, (T, D), order=1)


def test_which_shape_it_has_is_asked_when_the_program_runs():
    srcgrad.check_grads(a_number_or_an_array, (T, D), order=1)
    srcgrad.check_grads(a_number_or_an_array, (T, D - 1.5), order=1)


@dataclass
class Sphere:
    centre: np.ndarray
    radius: float


def hit(origin, direction, sphere):
    away = origin - sphere.centre
    along = away @ direction
    inside = along * along - (away @ away - sphere.radius**2)
    return None if inside < 0 else -along - math.sqrt(inside)


def nearest(spheres, origin, direction):
    best = None
    chosen = None
    for sphere in spheres:
        t = hit(origin, direction, sphere)
        if t is not None and (best is None or t < best):
            best = t
            chosen = sphere
    if chosen is None:
        return 0.1 * (1 + direction[1])
    return np.sum(((origin + best * direction - chosen.centre) / chosen.radius) ** 3)


def test_the_nearest_of_a_list_of_objects():
    spheres = [Sphere(np.array([0.0, 0.0, 5.0]), 1.0), Sphere(np.array([1.5, 0.3, 4.0]), 0.7)]
    srcgrad.check_grads(nearest, (spheres, np.zeros(3), np.array([0.05, 0.02, 1.0])), order=1)
