"""Classic algorithms on arrays of reals: sorting, scans, tables, queues, searches."""

import numpy as np

from tests.programs import normal, positive, program


@program(normal(5))
def bubble_sort_in_place(x):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return np.sum(x**2 * np.arange(n)) + x[0]


@program(normal(5))
def insertion_sort(x):
    x = x.copy()
    for i in range(1, len(x)):
        key = x[i]
        j = i - 1
        while j >= 0 and x[j] > key:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = key
    return np.sum(x * np.arange(5)) + x[2] ** 2


@program(normal(5))
def selection_sort_by_argmin(x):
    x = x.copy()
    for i in range(len(x)):
        k = i + np.argmin(x[i:])
        x[i], x[k] = x[k], x[i]
    return np.sum(x**2 * np.arange(5))


@program(normal(5))
def swaps_by_integer_arrays(x):
    x = x.copy()
    for i in range(4):
        k = i + np.argmax(x[i:])
        x[[i, k]] = x[[k, i]]
    return np.sum(x**2 * np.arange(5))


def sift_down(heap, root, end):
    while 2 * root + 1 < end:
        child = 2 * root + 1
        if child + 1 < end and heap[child] < heap[child + 1]:
            child += 1
        if heap[root] >= heap[child]:
            return
        heap[root], heap[child] = heap[child], heap[root]
        root = child


@program(normal(5))
def heap_sort(x):
    heap = x.copy()
    n = len(heap)
    for root in range(n // 2 - 1, -1, -1):
        sift_down(heap, root, n)
    for end in range(n - 1, 0, -1):
        heap[0], heap[end] = heap[end], heap[0]
        sift_down(heap, 0, end)
    return np.sum(heap**2 * np.arange(n))


def quick_sort(x, low, high):
    if low >= high:
        return
    pivot = x[high]
    i = low
    for j in range(low, high):
        if x[j] < pivot:
            x[i], x[j] = x[j], x[i]
            i += 1
    x[i], x[high] = x[high], x[i]
    quick_sort(x, low, i - 1)
    quick_sort(x, i + 1, high)


@program(normal(6))
def quick_sort_by_recursion(x):
    x = x.copy()
    quick_sort(x, 0, len(x) - 1)
    return np.sum(x**3 * np.arange(6))


@program(normal(4), normal(3))
def merge_two_sorted(a, b):
    a = np.sort(a)
    b = np.sort(b)
    out = np.empty(len(a) + len(b))
    i = j = 0
    for k in range(len(out)):
        if j == len(b) or (i < len(a) and a[i] <= b[j]):
            out[k] = a[i]
            i += 1
        else:
            out[k] = b[j]
            j += 1
    return np.sum(out**2 * np.arange(7))


@program(normal(6))
def prefix_sums_in_place(x):
    x = x.copy()
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return np.sum(x**2)


@program(normal(8))
def blelloch_scan(x):
    x = x.copy()
    n = len(x)
    d = 1
    while d < n:
        x[2 * d - 1 :: 2 * d] += x[d - 1 : n - d : 2 * d]
        d *= 2
    x[-1] = 0.0
    while d > 1:
        d //= 2
        t = x[d - 1 : n - d : 2 * d].copy()
        x[d - 1 : n - d : 2 * d] = x[2 * d - 1 :: 2 * d]
        x[2 * d - 1 :: 2 * d] += t
    return np.sum(x**2)


@program(normal(8))
def hillis_steele_scan_with_swap(x):
    a = x.copy()
    b = np.empty_like(a)
    d = 1
    while d < len(x):
        b[:d] = a[:d]
        b[d:] = a[d:] * 0.9 + a[:-d]
        a, b = b, a
        d *= 2
    return np.sum(a**2) + b[-1]


@program(normal(5))
def running_extremes(x):
    high = np.empty_like(x)
    high[0] = x[0]
    for i in range(1, len(x)):
        high[i] = max(high[i - 1], x[i])
    low = np.minimum.accumulate(x)
    return np.sum((high - low) ** 2)


@program(normal(7))
def stack_of_values(x):
    stack = np.empty(7)
    top = 0
    for v in x:
        if v > 0 or top == 0:
            stack[top] = v
            top += 1
        else:
            top -= 1
            stack[top] *= v
    return np.sum(stack[:top] ** 2)


@program(normal(6), 3)
def ring_buffer(x, size):
    ring = np.zeros(size)
    total = 0.0
    for i, v in enumerate(x):
        total += v * ring[i % size]
        ring[i % size] = np.sin(v)
    return total + np.sum(ring**2)


@program(normal(6))
def polynomial_product_table(x):
    c = np.zeros(len(x) + 1)
    c[0] = 1.0
    for r in x:
        c[1:] = c[1:] - r * c[:-1]
    return np.sum(c**2)


@program(normal(4), normal(4), 0.3)
def divided_differences(nodes, values, x):
    c = values.copy()
    n = len(c)
    for k in range(1, n):
        c[k:] = (c[k:] - c[k - 1 : -1]) / (nodes[k:] - nodes[:-k])
    p = c[-1]
    for k in range(n - 2, -1, -1):
        p = p * (x - nodes[k]) + c[k]
    return p**2


@program(normal(4, 2), 0.3)
def de_casteljau(points, t):
    b = points.copy()
    for k in range(1, len(b)):
        b[:-k] = (1 - t) * b[:-k] + t * b[1 : len(b) - k + 1]
    return np.sum(b[0] ** 2) + b[1, 0]


@program(normal(5), 0.35)
def neville(y, x):
    nodes = np.linspace(0.0, 1.0, 5)
    p = y.copy()
    for m in range(1, 5):
        for i in range(5 - m):
            p[i] = ((x - nodes[i + m]) * p[i] + (nodes[i] - x) * p[i + 1]) / (nodes[i] - nodes[i + m])
    return p[0] ** 2


@program(positive(4), positive(4))
def knapsack_relaxed(value, weight):
    best = np.zeros(6)
    for i in range(4):
        take = 1 + i % 3
        best[take:] = np.maximum(best[take:], best[:-take] + value[i] / weight[i])
    return best[-1] ** 2 + best[2]


@program(positive(3), positive(4))
def edit_distance_with_costs(a, b):
    previous = np.cumsum(np.concatenate((np.zeros(1), b)))
    current = np.empty(len(b) + 1)
    for i in range(len(a)):
        current[0] = previous[0] + a[i]
        for j in range(len(b)):
            change = previous[j] + abs(a[i] - b[j])
            current[j + 1] = min(change, previous[j + 1] + a[i], current[j] + b[j])
        previous, current = current, previous
    return previous[-1]


@program(positive(5))
def matrix_chain_order(d):
    n = len(d) - 1
    cost = np.zeros((n, n))
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j] = np.inf
            for k in range(i, j):
                c = cost[i, k] + cost[k + 1, j] + d[i] * d[k + 1] * d[j + 1]
                if c < cost[i, j]:
                    cost[i, j] = c
    return cost[0, n - 1]


@program(positive(6))
def bellman_ford(w):
    edges = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (3, 0)]
    dist = np.full(4, np.inf)
    dist[0] = 0.0
    for sweep in range(3):
        for e, (u, v) in enumerate(edges):
            if dist[u] + w[e] < dist[v]:
                dist[v] = dist[u] + w[e]
    return np.sum(dist**2)


@program(positive(4))
def page_rank(w):
    links = np.array([[0, 1], [1, 2], [2, 0], [2, 1]])
    rank = np.ones(3) / 3
    for it in range(3):
        new = np.full(3, 0.05)
        for k in range(len(links)):
            i, j = links[k]
            new[j] += 0.85 * rank[i] * w[k]
        rank[:] = new / np.sum(new)
    return np.sum(rank**2 * np.arange(3))


@program(normal(5))
def sieve_of_masks(x):
    keep = np.ones(5, dtype=bool)
    y = x.copy()
    for p in range(2, 4):
        keep[2 * p :: p] = False
        y[keep] *= 1.1
        y[~keep] -= x[0]
    return np.sum(y**2)


@program(normal(6))
def histogram_by_bins(x):
    edges = np.array([-1.0, 0.0, 1.0])
    bins = np.zeros(4)
    for v in x:
        bins[np.searchsorted(edges, v)] += v**2
    return np.sum(bins**2)


@program(normal(4, 4))
def transpose_in_place(A):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j], A[j, i] = A[j, i], A[i, j]
    return np.sum(A**2 * np.arange(4)) + A[0, 1] ** 3


@program(normal(4, 4))
def summed_area_table(A):
    S = np.zeros((5, 5))
    for i in range(4):
        for j in range(4):
            S[i + 1, j + 1] = A[i, j] + S[i, j + 1] + S[i + 1, j] - S[i, j]
    return (S[4, 4] - S[1, 4] - S[4, 2] + S[1, 2]) ** 2


@program(normal(3, 3), 5)
def matrix_power_by_squaring(A, k):
    R = np.eye(3)
    B = A.copy()
    while k:
        if k & 1:
            R[:] = R @ B
        B[:] = B @ B
        k >>= 1
    return np.sum(R)


@program(normal(5), 0.4)
def reservoir_of_residuals(x, rate):
    bank = np.zeros((2, 5))
    for i in range(5):
        a, b = bank
        a[i] = x[i] - rate * b[i - 1]
        b[i] = a[i] ** 2 + rate * a[i - 1]
    return np.sum(bank[1] ** 2) + np.sum(bank[0])


@program(normal(5))
def simplex_reflections(x):
    pts = np.vstack([x[:2], x[1:3], x[2:4]])
    for it in range(3):
        f = np.sum(pts**2, axis=1)
        worst = np.argmax(f)
        centre = (np.sum(pts, axis=0) - pts[worst]) / 2
        pts[worst] = centre + 0.5 * (centre - pts[worst])
    return np.sum(pts**3)
