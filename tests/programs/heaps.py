"""Programs with queues that are kept in order: heapq and bisect."""

# ruff: noqa - unusual forms are what is tested here

import bisect
import heapq
from collections import defaultdict
from heapq import heappop, heappush

import numpy as np

from tests.programs import normal, program

EDGES = [(0, 1), (0, 2), (2, 1), (1, 3), (2, 3)]


@program(np.array([1.0, 0.3, 0.5, 0.4, 2.0]), EDGES)
def shortest_path(w, edges):
    graph = defaultdict(list)
    for k, (a, b) in enumerate(edges):
        graph[a].append((b, w[k]))
        graph[b].append((a, w[k]))
    distance = {0: 0.0}
    done = set()
    queue = [(0.0, 0)]
    while queue:
        d, u = heappop(queue)
        if u in done:
            continue
        done.add(u)
        if u == 3:
            return d
        for v, c in graph[u]:
            new = d + c
            if v not in distance or new < distance[v]:
                distance[v] = new
                heappush(queue, (new, v))
    return float("inf")


@program(np.array([0.3, 0.1, 0.7, 0.9]), np.array([0.53, 0.21, 0.4, 0.3]))
def customers_served_in_order(arrivals, service):
    events = [(a, i) for i, a in enumerate(arrivals)]
    heapq.heapify(events)
    free = waited = 0.0
    while events:
        t, i = heapq.heappop(events)
        start = max(t, free)
        waited += start - t
        free = start + service[i]
    return waited + free


@program(np.array([0.3, 0.1, 0.7, 0.2, 0.9, 0.45]))
def elements_lie_where_the_library_puts_them(x):
    heap = list(x)
    heapq.heapify(heap)
    a = heapq.heapreplace(heap, x[0] * 5)
    b = heapq.heappushpop(heap, x[1] * 3.7)
    heapq.heappush(heap, x[2] * 0.4)
    return a * b**2 + sum(v * i for i, v in enumerate(heap))


@program(normal(5))
def largest_smallest_and_sorted(x):
    top, low = heapq.nlargest(2, x), heapq.nsmallest(2, range(5), key=lambda i: x[i])
    ordered, last = [], []
    for v in x:
        bisect.insort(ordered, v)
        bisect.insort_left(last, v, key=lambda t: -t)
    return top[0] * top[1] ** 2 + x[low[0]] * 3 + ordered[0] * ordered[1] ** 2 + last[0]


@program(normal(4))
def heap_of_integers(x):
    queue = [3, 1, 2]
    heapq.heapify(queue)
    total = 0.0
    while queue:
        total = total * 0.5 + x[heapq.heappop(queue)]
    return total
