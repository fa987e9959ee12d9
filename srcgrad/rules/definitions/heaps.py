"""Queues of Python's library that put what they are given in order: heaps, and lists that are kept sorted.

The elements lie afterwards where the functions of `heapq` and `bisect` put them.
"""

from __future__ import annotations

import heapq

from srcgrad.rules.registry import definition


@definition("heapq.heappush", changes=True)
def heappush(heap, item, /):
    heap.append(item)
    rise(heap, 0, len(heap) - 1)


@definition("heapq.heappop", changes=True)
def heappop(heap, /):
    last = heap.pop()
    if len(heap) == 0:
        return last
    return heapq.heapreplace(heap, last)


@definition("heapq.heapreplace", changes=True)
def heapreplace(heap, item, /):
    least = heap[0]
    heap[0] = item
    sink(heap, 0)
    return least


@definition("heapq.heappushpop", changes=True)
def heappushpop(heap, item, /):
    if len(heap) > 0 and heap[0] < item:
        return heapq.heapreplace(heap, item)
    return item


@definition("heapq.heapify", changes=True)
def heapify(heap, /):
    for i in reversed(range(len(heap) // 2)):
        sink(heap, i)


def rise(heap, top, i):
    """The element at i goes up, until the one above it is not larger."""
    item = heap[i]
    while i > top and item < heap[(i - 1) // 2]:
        heap[i] = heap[(i - 1) // 2]
        i = (i - 1) // 2
    heap[i] = item


def sink(heap, top):
    """The element at the top goes down all the way, after the smaller ones, and up again to its place."""
    item = heap[top]
    i = top
    while 2 * i + 1 < len(heap):
        below = 2 * i + 1
        if below + 1 < len(heap) and not heap[below] < heap[below + 1]:
            below = below + 1
        heap[i] = heap[below]
        i = below
    heap[i] = item
    rise(heap, top, i)


@definition("heapq.nsmallest")
def nsmallest(n, iterable, key=None):
    return sorted(iterable, key=key)[:n]


@definition("heapq.nlargest")
def nlargest(n, iterable, key=None):
    return sorted(iterable, key=key, reverse=True)[:n]


@definition("bisect.insort", "bisect.insort_right", changes=True)
def insort(a, x, lo=0, hi=None, *, key=None):
    a.insert(place(a, x if key is None else key(x), lo, hi, key, False), x)


@definition("bisect.insort_left", changes=True)
def insort_left(a, x, lo=0, hi=None, *, key=None):
    a.insert(place(a, x if key is None else key(x), lo, hi, key, True), x)


def place(a, value, low, high, key, before):
    """The place of a value in a list, before or behind its equals."""
    high = len(a) if high is None else high
    while low < high:
        middle = (low + high) // 2
        there = a[middle] if key is None else key(a[middle])
        if there < value or not (before or value < there):
            low = middle + 1
        else:
            high = middle
    return low
