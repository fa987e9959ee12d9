"""Bundle adjustment: points seen by cameras, with a rotation, a shift and a lens each."""

import numpy as np

from benchmarks.problems import problem


def bundle_adjustment(cameras, points, seen_by, seen, observed):
    camera = cameras[seen_by]
    x = points[seen]
    w = camera[:, :3]
    angle = np.sqrt(np.sum(w**2, axis=1))[:, None]
    axis = w / angle
    sine, cosine = np.sin(angle), np.cos(angle)
    along = np.sum(axis * x, axis=1)[:, None]
    p = x * cosine + np.cross(axis, x) * sine + axis * along * (1 - cosine) + camera[:, 3:6]
    flat = -p[:, :2] / p[:, 2:]
    r2 = np.sum(flat**2, axis=1)
    lens = camera[:, 6] * (1 + camera[:, 7] * r2 + camera[:, 8] * r2**2)
    error = lens[:, None] * flat - observed
    return np.sum(error**2)


def bundle_adjustment_adjoint(cameras, points, seen_by, seen, observed):
    camera = cameras[seen_by]
    x = points[seen]
    w = camera[:, :3]
    angle = np.sqrt(np.sum(w**2, axis=1))[:, None]
    axis = w / angle
    sine, cosine = np.sin(angle), np.cos(angle)
    along = np.sum(axis * x, axis=1)[:, None]
    turned = np.cross(axis, x)
    p = x * cosine + turned * sine + axis * along * (1 - cosine) + camera[:, 3:6]
    flat = -p[:, :2] / p[:, 2:]
    r2 = np.sum(flat**2, axis=1)
    bend = 1 + camera[:, 7] * r2 + camera[:, 8] * r2**2
    lens = camera[:, 6] * bend
    error_bar = 2 * (lens[:, None] * flat - observed)
    lens_bar = np.sum(error_bar * flat, axis=1)
    bent_bar = lens_bar * camera[:, 6]
    r2_bar = bent_bar * (camera[:, 7] + 2 * camera[:, 8] * r2)
    flat_bar = error_bar * lens[:, None] + 2 * r2_bar[:, None] * flat
    p_bar = np.empty_like(p)
    p_bar[:, :2] = -flat_bar / p[:, 2:]
    p_bar[:, 2] = -np.sum(flat_bar * flat, axis=1) / p[:, 2]
    along_bar = np.sum(p_bar * axis, axis=1)[:, None] * (1 - cosine)
    sine_bar = np.sum(p_bar * turned, axis=1)[:, None]
    cosine_bar = np.sum(p_bar * (x - axis * along), axis=1)[:, None]
    turned_bar = p_bar * sine
    x_bar = p_bar * cosine + along_bar * axis + np.cross(turned_bar, axis)
    axis_bar = p_bar * along * (1 - cosine) + along_bar * x + np.cross(x, turned_bar)
    angle_bar = sine_bar * cosine - cosine_bar * sine - np.sum(axis_bar * axis, axis=1)[:, None] / angle
    camera_bar = np.empty_like(camera)
    camera_bar[:, :3] = axis_bar / angle + angle_bar * axis
    camera_bar[:, 3:6] = p_bar
    camera_bar[:, 6] = lens_bar * bend
    camera_bar[:, 7] = bent_bar * r2
    camera_bar[:, 8] = bent_bar * r2**2
    cameras_bar, points_bar = np.zeros_like(cameras), np.zeros_like(points)
    np.add.at(cameras_bar, seen_by, camera_bar)
    np.add.at(points_bar, seen, x_bar)
    return cameras_bar, points_bar


def bundle_adjustment_by_loops(cameras, points, seen_by, seen, observed):
    cameras_bar, points_bar = np.zeros_like(cameras), np.zeros_like(points)
    axis, turned, p, p_bar, axis_bar = np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for i in range(len(seen)):
        camera, x = cameras[seen_by[i]], points[seen[i]]
        camera_bar, x_bar = cameras_bar[seen_by[i]], points_bar[seen[i]]
        angle = np.sqrt(camera[0] ** 2 + camera[1] ** 2 + camera[2] ** 2)
        sine, cosine = np.sin(angle), np.cos(angle)
        along = 0.0
        for k in range(3):
            axis[k] = camera[k] / angle
            along += axis[k] * x[k]
        for k in range(3):
            m, n = (k + 1) % 3, (k + 2) % 3
            turned[k] = axis[m] * x[n] - axis[n] * x[m]
            p[k] = x[k] * cosine + turned[k] * sine + axis[k] * along * (1 - cosine) + camera[3 + k]
        flat0, flat1 = -p[0] / p[2], -p[1] / p[2]
        r2 = flat0 * flat0 + flat1 * flat1
        bend = 1 + camera[7] * r2 + camera[8] * r2 * r2
        lens = camera[6] * bend
        error0_bar, error1_bar = 2 * (lens * flat0 - observed[i, 0]), 2 * (lens * flat1 - observed[i, 1])
        lens_bar = error0_bar * flat0 + error1_bar * flat1
        bend_bar = lens_bar * camera[6]
        r2_bar = bend_bar * (camera[7] + 2 * camera[8] * r2)
        camera_bar[6] += lens_bar * bend
        camera_bar[7] += bend_bar * r2
        camera_bar[8] += bend_bar * r2 * r2
        flat0_bar, flat1_bar = error0_bar * lens + 2 * r2_bar * flat0, error1_bar * lens + 2 * r2_bar * flat1
        p_bar[0], p_bar[1] = -flat0_bar / p[2], -flat1_bar / p[2]
        p_bar[2] = -(flat0_bar * flat0 + flat1_bar * flat1) / p[2]
        along_bar = sine_bar = cosine_bar = 0.0
        for k in range(3):
            along_bar += p_bar[k] * axis[k] * (1 - cosine)
            sine_bar += p_bar[k] * turned[k]
            cosine_bar += p_bar[k] * (x[k] - axis[k] * along)
        angle_bar = sine_bar * cosine - cosine_bar * sine
        for k in range(3):
            m, n = (k + 1) % 3, (k + 2) % 3
            x_bar[k] += p_bar[k] * cosine + along_bar * axis[k] + sine * (p_bar[m] * axis[n] - p_bar[n] * axis[m])
            axis_bar[k] = p_bar[k] * along * (1 - cosine) + along_bar * x[k] + sine * (x[m] * p_bar[n] - x[n] * p_bar[m])
            angle_bar -= axis_bar[k] * axis[k] / angle
        for k in range(3):
            camera_bar[k] += axis_bar[k] / angle + angle_bar * axis[k]
            camera_bar[3 + k] += p_bar[k]
    return cameras_bar, points_bar


def make(rng):
    cameras = 0.3 * rng.normal(size=(10, 9))
    points = rng.normal(size=(300, 3))
    cameras[:, 5] += 8
    seen_by, seen = rng.integers(0, 10, 2000), rng.integers(0, 300, 2000)
    return cameras, points, seen_by, seen, rng.normal(size=(2000, 2))


problem(bundle_adjustment, make, (0, 1), bundle_adjustment_adjoint, bundle_adjustment_by_loops)
