"""Programs that make coordinates by ranges in a subscript: np.mgrid, np.ogrid, np.r_, np.c_."""

# ruff: noqa - unusual forms are what is tested here

import numpy as np

from tests.programs import normal, program


@program(normal(2, 3))
def waves_on_the_pixels(x):
    h, w = x.shape
    rows, columns = np.mgrid[0:h, 0:w].astype(float)
    return np.sum(x * np.sin(rows + 0.3 * columns))


@program(normal(2, 3))
def number_of_points_as_an_imaginary_step(x):
    h, w = x.shape
    rows, columns = np.mgrid[-1 : 1 : h * 1j, :w]
    return np.sum(x * np.sin(rows + 0.3 * columns))


@program(normal(2, 3))
def open_grid(x):
    h, w = x.shape
    rows, columns = np.ogrid[0:h, 1 : w + 1]
    distance = (rows - x[0, 0]) ** 2 + (columns - x[1, 1]) ** 2
    return np.sum(np.where(distance < 1.5, x * distance, 0.0))


@program(normal(6))
def one_range_with_a_step(x):
    i = np.mgrid[0:6:2]
    return np.sum(x[i] ** 2 * np.ogrid[:3])


@program(normal(3), 0.4)
def ranges_among_what_is_joined(x, y):
    line = np.r_[0:3, x, -1:1:5j, y]
    return np.sum(line**2 * np.arange(12)) + np.sum(np.c_[1:4, x] ** 3)


@program(normal(2, 3))
def column_of_ones(x):
    return np.sum(np.c_[np.ones(2), x] ** 3)


@program(normal(2, 3))
def columns_and_rows_of_fewer_axes(x):
    wide = np.column_stack([x[:, 0], x, np.ones(2), x[:, 1] * 2])
    tall = np.vstack((x[0] * 3, x, x[1]))
    deep = np.dstack([x, np.tanh(x)])
    flat = np.hstack([x[0, 0], x[1] * 2, 1.0, x[1, 1] ** 2])
    return sum(np.sum(a**3 * np.arange(a.size).reshape(a.shape)) for a in (wide, tall, deep, flat))
