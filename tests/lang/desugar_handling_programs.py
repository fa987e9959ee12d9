"""Functions with `with` and `try`, whose normal form must do what they do."""

from __future__ import annotations

import contextlib

from tests.lang.desugar_programs import Manager, program

# -- with and try -------------------------------------------------------------------


@program()
def return_in_with(n, log):
    with Manager(log):
        log.append(n)
        return n


@program()
def return_in_swallowing_with(n, log):
    with Manager(log):
        if n == 3:
            raise KeyError(n)
        if n > 1:
            return n
        log.append("inside")
    log.append("after")
    return "end"


@program()
def break_in_with(n, log):
    for i in range(n):
        with Manager(log), contextlib.nullcontext():
            if i == 1:
                continue
            if i == 3:
                break
            log.append(i)
        log.append("after")
    else:
        log.append("else")
    return n


@program()
def return_in_transparent_with(n, log):
    for i in range(n):
        with contextlib.nullcontext():
            if i == 3:
                return "three"
            log.append(i)
    with contextlib.nullcontext(n) as m:
        if m > 0:
            return m
        return -m


@program()
def always_breaks_in_with(n, log):
    for i in range(n):
        with contextlib.nullcontext():
            log.append(i)
            break
    return n


@program()
def return_in_try(n, log):
    try:
        log.append("try")
        if n == 0:
            return "zero"
        if n == 1:
            raise KeyError(n)
        if n == 2:
            raise IndexError(n)
        log.append("end")
    except KeyError:
        return "key"
    except IndexError as error:
        log.append(error.args)
    else:
        log.append("else")
        if n == 3:
            return "else"
    finally:
        log.append("finally")
    log.append("after")
    return n


@program()
def try_returns_always(n, log):
    try:
        return 6 / n
    except ZeroDivisionError:
        return "infinite"
    finally:
        n = 7
        log.append(n)


@program()
def return_value_before_finally(n, log):
    try:
        return n
    finally:
        n = n + 1


@program()
def loop_in_try_in_loop(n, log):
    for i in range(n):
        try:
            for j in range(3):
                if i == 1:
                    continue
                if j == 2:
                    break
                if i == 4:
                    raise KeyError
                log.append(j)
            if i == 2:
                continue
            if i == 3 and n == 5:
                break
        except KeyError:
            log.append("caught")
            break
        finally:
            log.append("finally")
        log.append(i)
    return n


@program()
def leaving_fails(n, log):
    for i in range(3):
        try:
            with Manager(log, fails=n > 2):
                if n % 2:
                    return "out"
                if n == 4:
                    break
                log.append("inside")
            log.append("end")
        except ValueError:
            log.append("caught")
        log.append(i)
    return "last"


@program()
def retry(n, log):
    attempts = 0
    while True:
        attempts += 1
        try:
            if attempts < n:
                raise ValueError(attempts)
            return attempts
        except ValueError as error:
            log.append(error.args)
            continue
        finally:
            log.append("finally")
