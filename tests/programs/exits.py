"""Leaving early: break, continue, loop else, returns anywhere."""

import numpy as np

from tests.programs import normal, program


@program(0.3)
@program(-0.3)
def return_in_branch(x):
    if x > 0:
        return x**2
    return x**3


@program(0.3)
@program(-0.3)
@program(2.3)
def return_in_elif(x):
    if x > 1:
        y = x * 2
        return y * y
    elif x > 0:
        return np.sin(x)
    else:
        z = x - 1
    return z * z * z


@program(2.0, 1)
@program(2.0, 2)
@program(2.0, 3)
def returns_in_sequence(x, k):
    y = x * x
    if k == 1:
        return y
    y = y + np.sin(x)
    if k == 2:
        return y * x
    y = y * y
    return y - x


@program(normal(5), 1.2)
@program(normal(5), 100.0)
@program(normal(5), -1.0)
def break_from_for(x, limit):
    total = 0.0
    for i in range(5):
        if total > limit:
            break
        total += x[i] ** 2
    return total * x[i]


@program(normal(5), 0)
@program(normal(5), 2)
@program(normal(5), 9)
def break_after_update(x, stop):
    y = 0.4
    for i in range(5):
        y = y * x[i] + 1
        if i == stop:
            break
        y = np.sin(y)
    return y


@program(normal(6))
def continue_in_for(x):
    y = 1.0
    for i in range(6):
        if i % 2:
            continue
        y = y * np.cos(x[i])
    return y


@program(normal(6))
def continue_by_value(x):
    y = 0.0
    for v in x:
        if v < 0:
            y += v
            continue
        y += v**2
    return y


@program(normal(6))
def break_and_continue(x):
    y = 0.3
    for i in range(6):
        if i == 1:
            continue
        if i == 4:
            y = y * 3
            break
        y = y + x[i] * y
        if i == 2:
            y = y - x[0]
            continue
        y = np.sin(y)
    return y


@program(normal(4), 2)
@program(normal(4), 7)
def for_else(x, stop):
    y = 1.0
    for i in range(4):
        if i == stop:
            break
        y = y * x[i]
    else:
        y = y + x[0] ** 2
    return y * x[1]


@program(normal(4))
def for_else_without_break(x):
    y = 0.0
    for v in x:
        y += v**2
    else:
        y *= x[0]
    return y


@program(normal(4), 0.5)
@program(normal(4), 50.0)
def return_from_for(x, limit):
    total = 0.0
    for v in x:
        total = total + v**2
        if total > limit:
            return total * v
    return total


@program(normal(4), 1)
@program(normal(4), 3)
@program(normal(4), 8)
def return_from_for_by_index(x, k):
    y = x[0]
    for i in range(4):
        if i == k:
            return y * x[i]
        y = np.sin(y * x[i])
    y = y + 1
    return y**2


@program(normal(3, 3), 1, 1)
@program(normal(3, 3), 2, 0)
@program(normal(3, 3), 5, 5)
def return_from_nested_loops(A, row, column):
    y = 1.0
    for i in range(3):
        for j in range(3):
            if i == row and j == column:
                return y * A[i, j] ** 2
            y = y * np.cos(A[i, j])
        y = y + A[i, 0]
    return y


@program(normal(3, 3), 1)
@program(normal(3, 3), 5)
def break_inner_only(A, k):
    y = 0.5
    for i in range(3):
        for j in range(3):
            if j == k:
                break
            y = y * A[i, j] + i
        y = y + A[i, j] * j
    return y


@program(normal(3, 3), 1.2)
@program(normal(3, 3), 99.0)
def break_both_by_flag(A, limit):
    y = 0.0
    done = False
    for i in range(3):
        for j in range(3):
            y += A[i, j] ** 2
            if y > limit:
                done = True
                break
        if done:
            break
        y = y * 0.5
    return y


@program(normal(3, 3), 1.2)
@program(normal(3, 3), 99.0)
def break_both_by_else(A, limit):
    y = 0.0
    for row in A:
        for v in row:
            y += v**2
            if y > limit:
                break
        else:
            y = y * 0.5
            continue
        break
    return y


@program(0.7)
@program(1.7)
def return_from_while(x):
    y = x
    while y < 10:
        y = y * 1.5
        if y > 3:
            return y * x
        y = y + x
    return -y


@program(0.7, 1)
@program(0.7, 2)
@program(0.7, 30)
def return_from_while_in_for(x, k):
    y = x
    for i in range(3):
        n = 0
        while n < 2:
            y = y * np.cos(y) + x
            if i * 2 + n == k:
                return y + x * n
            n += 1
        y = y * 0.5
    return y * y


@program(normal(4), 0.5)
@program(normal(4), -9.0)
def search(x, target):
    best = -1
    for i, v in enumerate(x):
        if v > target:
            best = i
            break
    if best < 0:
        return np.sum(x)
    return x[best] ** 2


@program(normal(3), 0.9)
@program(normal(3), 3.5)
@program(np.array([-2.1, -0.4, -0.2]), 3.0)
def exits_of_all_kinds(x, limit):
    u = x.copy()
    s = 0.0
    k = 0
    while k < 6:
        if u[k % 3] > limit:
            break
        u[k % 3] = u[k % 3] ** 2 + 0.5 * u[(k + 1) % 3]
        s += u[k % 3] * x[0]
        if s > 3.0:
            return s * u[0]
        if s < -1.0:
            u[0] = s
            break
        k += 1
    return s + np.sum(u**2)


@program(0.5)
def code_after_return(x):
    return x * x
    y = x * 3  # noqa: F841
    return y


@program(0.5)
@program(-0.5)
def both_branches_return(x):
    if x > 0:
        return x * 2
    else:
        return x * x


@program(0.5, 3)
@program(0.5, 0)
def return_in_first_iteration(x, n):
    y = x * x
    for i in range(n):
        return y * x
    return y


@program(0.5, 4)
def break_at_end_of_body(x, n):
    y = x
    for i in range(n):
        y = y * x + 1
        break
    return y


@program(0.5, 4)
def always_continue(x, n):
    y = x
    for i in range(n):
        y = y * x + i
        continue
    return y


@program(0.5, None)
@program(0.5, 3.0, wrt=0)
def return_of_nothing_guarded(x, other):
    if other is None:
        return x**2
    return x * other


@program(normal(4), 1)
@program(normal(4), 6)
def exit_value_set_before_break(x, k):
    result = x[3]
    for i in range(4):
        candidate = x[i] * x[i]
        if i == k:
            result = candidate
            break
        result = result * 0.5
    return result * x[0]


@program(normal(4), 2)
def two_breaking_loops(x, k):
    y = 1.0
    for i in range(4):
        if i > k:
            break
        y = y * x[i]
    for j in range(4):
        if j == i:
            break
        y = y + x[j] ** 2 * y
    return y + i * j


@program(normal(3, 4))
def continue_in_nested(A):
    y = 0.1
    for i in range(3):
        if i == 1:
            continue
        for j in range(4):
            if (i + j) % 2:
                continue
            y = y * np.sin(A[i, j]) + 1
        y *= A[i, 0]
    return y


@program(normal(4), 0.1)
@program(normal(4), 5.0)
def return_tuple_element_early(x, limit):
    a, b = x[0], x[1]
    for i in range(3):
        a, b = b, a * b + x[2]
        if abs(a) > limit and i > 0:
            return a + b * x[3]
    return a * b
