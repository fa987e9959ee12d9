"""Functions left by return, and loops left by break and continue, whose normal form must do what they do."""

from __future__ import annotations

from tests.lang.desugar_programs import note, program

# -- returns ------------------------------------------------------------------------


@program()
def early_return(n, log):
    if n < 0:
        return -1
    log.append(n)
    return n


@program()
def many_returns(n, log):
    if n < 0:
        return -1
    elif n == 0:
        log.append("zero")
    elif n == 1:
        return 1
    else:
        if n == 2:
            return 2
        log.append("many")
    log.append("end")
    return n * 2


@program()
def one_name(n, log):
    y = n
    for i in range(n):
        y = y + i
        if y > 4:
            return y
        log.append(y)
    if y < 2:
        return y
    y += 1
    return y


@program()
def return_none_or_value(n, log):
    if n > 2:
        return n
    log.append("falls")


@program()
def return_bare_early(n, log):
    if n > 2:
        return
    log.append(n)


@program()
def both_branches_return(n, log):
    if n > 2:
        return 1
    else:
        return 2


@program()
def return_or_raise(n, log):
    if n > 2:
        raise KeyError(n)
    elif n > 0:
        return n
    raise ValueError(n)


@program()
def return_in_loop(n, log):
    for i in range(n):
        log.append(i)
        if i == 3:
            return "three"
    return "none"


@program()
def return_in_nested_loops(n, log):
    for i in range(n):
        for j in range(i):
            for k in range(j):
                if i + j + k > 5:
                    return i, j, k
                log.append((i, j, k))
            log.append(j)
        log.append(i)
    log.append("end")
    return None


@program()
def return_every_level(n, log):
    for i in range(n):
        if i == 4:
            return "outer"
        for j in range(i):
            if j == 2:
                return "inner"
            if j == 1:
                break
        else:
            log.append(i)
            if i == 1 and n == 2:
                return "else"
        log.append("after")
    else:
        return "end"
    return "never"


@program()
def return_while_true(n, log):
    while True:
        n += 1
        if n > 4:
            return n
        log.append(n)


@program()
def return_while_true_nested(n, log):
    for i in range(3):
        while True:
            n += 1
            if n > 4:
                return n
            if n % 2:
                if n > 2:
                    return "odd"
                log.append("odd")
            log.append(n)
    return "no"


@program()
def return_while_true_inside_loop(n, log):
    while True:
        while True:
            n += 1
            if n % 3 == 0:
                break
            if n > 6:
                return n
        log.append(n)
        if n > 9:
            return "far"


@program()
def unconditional_return_in_loop(n, log):
    for i in range(n):
        log.append(i)
        return i
    return "empty"


@program()
def return_before_rest(n, log):
    if n > 1:
        if n > 3:
            return "big"
        log.append("middle")
    log.append("rest")
    if n == 2:
        log.append(2)
        if n > 0:
            return "two"
        else:
            log.append("never")
    log.append("more")
    return "small"


@program()
def return_in_both_arms(n, log):
    if n > 1:
        if n > 3:
            return "big"
        log.append("middle")
    else:
        if n < 0:
            return "negative"
        log.append("small")
    return "rest"


@program()
def dead_code(n, log):
    if n > 1:
        return 1
        log.append("dead")
    while True:
        log.append(n)
        break
        log.append("dead")
    raise ValueError(n)
    return 3


# -- break and continue -------------------------------------------------------------


@program()
def breaks(n, log):
    for i in range(n):
        if i == 2:
            break
        log.append(i)
    return i


@program()
def continues(n, log):
    for i in range(n):
        if i % 2:
            continue
        log.append(i)
    return n


@program()
def breaks_and_continues(n, log):
    i = 0
    while i < n:
        i += 1
        if i == 2:
            continue
        if i == 4:
            break
        log.append(i)
        if i == 3:
            log.append("three")
            continue
        log.append("end")
    return i


@program()
def flagged_break(n, log):
    for i in range(n):
        if i > 0:
            if i > 2:
                break
            log.append("low")
        log.append(i)
    return n


@program()
def flagged_continue(n, log):
    for i in range(n):
        if i > 0:
            if i % 2:
                continue
            log.append("even")
        log.append(i)
    return n


@program()
def flagged_all(n, log):
    for i in range(n):
        if i > 0:
            if i == 1:
                continue
            elif i == 4 and n == 6:
                return "out"
            elif i == 4:
                break
            log.append("low")
        log.append(i)
    log.append("done")
    return n


@program()
def flagged_twice(n, log):
    for i in range(n):
        if i > 0:
            if i == 1:
                continue
            log.append("a")
        log.append(i)
        if i > 1:
            log.append("b")
            if i == 3:
                continue
            if i == 4:
                break
            log.append("c")
        log.append("d")
    return n


@program()
def flagged_inside_flagged(n, log):
    for i in range(n):
        if i > 0:
            if i > 1:
                if i == 3:
                    break
                log.append("x")
            log.append("y")
        log.append("z")
    return n


@program()
def nested_single_ifs(n, log):
    for i in range(n):
        if i > 1:
            if i > 3:
                break
        log.append(i)
    return n


@program()
def last_is_continue(n, log):
    for i in range(n):
        log.append(i)
        if i > 2:
            log.append("big")
        else:
            continue
    for i in range(n):
        continue
    return n


@program()
def while_else(n, log):
    while n > 0:
        n -= 2
        if n == 3:
            break
        log.append(n)
    else:
        log.append("else")
    return n


@program()
def for_else(n, log):
    for i in range(n):
        if i == 3:
            log.append("found")
            break
    else:
        log.append("else")
        n += 10
    return n


@program()
def for_else_without_break(n, log):
    for i in range(n):
        log.append(i)
    else:
        log.append("else")
    return n


@program()
def for_else_with_return(n, log):
    for i in range(n):
        if i == 3:
            return "found"
        if i == 2 and n == 3:
            break
    else:
        log.append("else")
        if n == 1:
            return "else"
    log.append("end")
    return n


@program()
def else_breaks_outer(n, log):
    for i in range(n):
        for j in range(i):
            if j == 2:
                break
            log.append(j)
        else:
            if i == 1:
                continue
            if i == 2 and n == 3:
                break
            log.append("else")
        log.append(i)
    else:
        log.append("outer else")
    return n


@program()
def flagged_break_with_else(n, log):
    for i in range(n):
        if i > 0:
            if i == 4:
                break
            if i == 2:
                continue
            log.append("low")
        log.append(i)
    else:
        return "else"
    return n


@program()
def while_true_else(n, log):
    while True:
        n += 1
        if n > 3:
            break
    else:
        log.append("never")
    return n


@program()
def while_false(n, log):
    while 0:
        return n
    else:
        log.append("else")


@program()
def test_is_asked_once(n, log):
    while note(log, n) > 0:
        n -= 1
        if n == 2:
            log.append("leave")
            if note(log, "ask"):
                break
            log.append("never")
        log.append("body")
    return n


@program()
def unconditional_break(n, log):
    for i in range(n):
        log.append(i)
        break
    while n:
        if n > 3:
            n -= 1
            continue
        log.append(n)
        break
    return n
