"""Programs that handle errors, enter contexts, write messages and read what stands outside."""

# ruff: noqa - unusual forms are what is tested here

import contextlib
import io
import json
import logging
import warnings

import numpy as np

from tests.programs import normal, program, refused

log = logging.getLogger(__name__)

# -- try ------------------------------------------------------------------------------


def _root(t):
    if t < 0:
        raise ValueError(f"negative: {t}")
    return np.sqrt(t)


@program(np.array([0.7, -0.4, 1.2, -0.1]))
def helper_raises_inside_a_loop(x):
    total = 0.0
    failed = 0
    for v in x:
        try:
            total += _root(v) * v
        except ValueError:
            total -= v ** 2
            failed += 1
    return total * failed


@program(np.array([0.7, -0.4, 1.2, -0.1]))
def try_with_continue_and_else(x):
    total = 1.0
    for i in range(6):
        try:
            v = x[i]
        except IndexError:
            break
        else:
            v = v * 2.0
        if v < -0.5:
            continue
        total = total * v + 1.0
    return total


@program(0.7, 3)
def try_with_compound_body(x, n):
    y = x
    try:
        for i in range(n):
            y = y * x + i
        if y > 0:
            y = np.sin(y)
        y = _root(-y * y - 1.0)
        y = y * 5.0
    except ValueError as error:
        y = y * 2.0 + len(error.args)
    return y * x


@program(0.7)
@program(-0.7)
def try_returns_on_both_ways(x):
    try:
        return _root(x) * x
    except ValueError:
        return x ** 3
    finally:
        print("", end="")


@program(0.7)
@program(-0.7)
def nested_tries(x):
    y = x * 2.0
    try:
        y = y * x
        try:
            y = y + _root(x)
        except KeyError:
            y = y * 100.0
        else:
            y = y * 3.0
        y = y * x
    except (ValueError, TypeError):
        y = y - x ** 2
    finally:
        y = y * 1.5
    return y


@program(0.7)
@program(-0.7)
def error_raised_again_and_caught_outside(x):
    def guarded(t):
        try:
            return _root(t)
        except ValueError as error:
            raise ArithmeticError("no root") from error

    try:
        y = guarded(x) * 2.0
    except ArithmeticError:
        y = x * x
    return y * x


@program(0.7, {"a": 0.3})
def lookups_that_fail(x, table):
    total = 0.0
    for name in ("a", "b", "c"):
        try:
            value = table[name]
        except KeyError:
            value = x * 2.0
            table = {**table, name: value * 0.5}
        total += value ** 2
    return total + table["b"]


@program(0.7, 0)
@program(0.7, 2)
def division_by_zero_is_caught(x, y):
    try:
        ratio = x / y if isinstance(y, np.ndarray) else 1.0 / int(y)
    except ZeroDivisionError:
        ratio = 0.5
    return ratio * x ** 2


@program(normal(3), 2)
def finally_with_break_and_stores(x, n):
    y = np.zeros(3)
    count = 0
    for i in range(3):
        try:
            y[i] = x[i] ** 2
            if i == n:
                break
            y[i] *= x[i]
        finally:
            count += 1
    return np.sum(y) * count


@program(normal(3))
def store_half_done_before_an_error(x):
    y = x * 1.0
    try:
        y[0] = y[1] * y[2]
        y[7] = y[0]
        y[1] = 0.0
    except IndexError:
        y[2] = y[0] ** 2
    return np.sum(y * x)


@program(0.7, 4)
def retry_until_it_works(x, n):
    step = x * 4.0
    for attempt in range(n):
        try:
            y = _root(1.0 - step)
            break
        except ValueError:
            step = step * 0.5
    else:
        y = x
    return y * step + attempt


@program(normal(3))
def asserts_and_raises_with_text(x):
    assert x.shape == (3,), f"bad shape {x.shape}"
    assert np.all(np.isfinite(x)), "not finite"
    if x[0] > 1e6:
        raise OverflowError(f"too large: {x[0]:.3f} of {x!r}")
    if np.any(np.isnan(x)):
        raise ValueError("nan at " + str(x))
    return np.sum(x ** 2)


# -- with -----------------------------------------------------------------------------


class Scaled:
    def __init__(self, factor):
        self.factor = factor
        self.entered = 0

    def __enter__(self):
        self.entered += 1
        return self.factor * 2.0

    def __exit__(self, *exc):
        self.factor = self.factor * 3.0
        return False


@program(0.7, 1.2)
def manager_gives_an_active_value(x, y):
    manager = Scaled(x * y)
    with manager as twice:
        z = twice * x
    with manager as again, Scaled(z) as third:
        z = z + again * third
    return z * manager.factor * manager.entered


class Swallow:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return kind is ValueError


@program(0.7)
def manager_is_passive(x):
    with Swallow():
        y = x * x
    with Swallow() as s, np.errstate(all="ignore"):
        y = np.sin(y) * x
    return y


@program(0.7)
def contexts_of_the_library(x):
    y = x
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore")
        y = y * np.sqrt(x)
    with contextlib.nullcontext():
        y = y * 2.0
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print("value", y)
    return y * x


@program(normal(4))
def returns_and_breaks_inside_with(x):
    total = 0.0
    for v in x:
        with np.errstate(divide="ignore"):
            if v < -5:
                return total
            if v > 1.5:
                break
            total = total * v + 1.0 / (v * v + 1.0)
            if v > 0:
                continue
        total += 0.1
    return total


# -- text -----------------------------------------------------------------------------


@program(normal(3))
def messages_with_values(x):
    total = 0.0
    lines = []
    for i, v in enumerate(x):
        total += v ** 2
        lines.append(f"{i}: {v:.3f} {total!r:>10}")
    print("\n".join(lines), end="", file=io.StringIO())
    print("total", total, {"x": x}, [total], sep=", ", file=io.StringIO())
    log.debug("sum %s of %r", total, x)
    log.info(f"{total=}")
    label = "large" if total > 1 else "small"
    warnings_text = "%.2f and %d" % (total, 3) + "{:.2f}".format(total) + label.upper()
    return total * (1 if "and" in warnings_text else 2) * len(label)


@program(0.7, "sin-square")
def words_direct_the_work(x, plan):
    y = x
    for word in plan.split("-"):
        if word.startswith("si") and not word.isdigit():
            y = np.sin(y)
        elif word.strip().lower() == "square":
            y = y ** 2
        y = y * len(word.replace("s", ""))
    return y * {"a": 2.0}.get(plan[:1], 1.5)


@program(0.7)
def text_that_is_thrown_away(x):
    y = x * x
    name = str(y)
    other = repr(x) + f"{y}"
    "".join([name, other])
    ", ".join(["a", "b"])
    format(y, ".3f")
    return y * x


LIMITS = {"low": 0.2, "high": [1.0, 2.0]}
RATES = np.array([0.1, 0.2, 0.3])


@program(normal(3))
def globals_of_all_kinds(x):
    y = x * RATES + LIMITS["low"]
    for bound in LIMITS["high"]:
        y = np.minimum(y, bound) * Scaled(1.5).factor
    return np.sum(y) * len(__name__) * (1 if __debug__ else 2)


@program(normal(3))
def warnings_are_given(x):
    if np.sum(x) > 1e6:
        warnings.warn(f"large: {x}")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.warn("once")
    return np.sum(x ** 2) * len(seen)


# -- try around loops and branches, and handlers that raise ---------------------------


@program(0.7, 4)
@program(1.7, 3)
def try_in_a_loop_with_else(x, n):
    total = 0.0
    for k in range(n):
        try:
            y = _root(x - 0.3 * k)
            total = total + y * x
        except ValueError:
            total = total * 0.5
        else:
            total += 1.0 * x
    return total


@program(0.7, 4)
@program(1.7, 3)
def loop_left_by_an_exception(x, n):
    u = np.zeros(n) + x
    try:
        for k in range(n):
            u[k] = u[k - 1] * _root(x - 0.3 * k)
            if k == 7:
                break
            u = u * 1.1
    except ValueError as e:
        u[0] += x ** 2
    return np.sum(u ** 2)


@program(0.7, 4)
@program(1.7, 3)
def while_left_by_an_exception(x, n):
    y = x
    k = 0
    try:
        while k < n:
            y = y * x + _root(x - 0.3 * k)
            k += 1
        y = y * 7
    except ValueError:
        y = y * 2
    finally:
        y = y + x
    return y


@program(0.7, 4)
@program(1.7, 3)
def tries_in_a_loop_with_continue(x, n):
    y = x * 1.0
    for k in range(n):
        try:
            try:
                if k > 1:
                    y = y * _root(x - 0.3 * k)
            except KeyError:
                y = y * 100
            y = y + x
        except ValueError:
            y = y - x * k
            continue
        y = y * 0.9
    return y


@program(0.7, 4)
@program(1.7, 3)
def return_inside_a_try_in_a_loop(x, n):
    for k in range(n):
        try:
            if k == 2:
                return _root(x - 2.0) * x
        except ValueError:
            return x ** 3 * k
    return x


@program(0.7, 4)
@program(1.7, 3)
def value_made_when_a_key_is_missing(x, n):
    table = {}
    s = 0.0
    for k in range(n):
        try:
            v = table[k % 2]
        except KeyError:
            v = table[k % 2] = x * (k + 1)
        s += v * x
    return s


@program(0.7, 4)
@program(1.7, 3)
def error_translated(x, n):
    y = x * 2
    try:
        if n > 100:
            raise ValueError("large")
        y = y * _root(x)
    except ValueError as e:
        raise RuntimeError("bad") from e
    return y


class Counted:
    """A context manager that notes what left it, and never keeps an exception in."""

    def __init__(self):
        self.left = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.left.append(kind)


@program(0.7, 3)
def manager_around_a_loop_in_a_try(x, n):
    y = x
    try:
        with Counted() as counted:
            for k in range(n):
                y = y * x
                if k == 7:
                    _root(-1.0)
    except ValueError:
        y = y * 3.0
    return y * len(counted.left)


def _check_finite(v):
    for t in v:
        if not np.isfinite(t):
            raise ValueError("not finite")


@program(lambda rng: (rng.normal(size=3),))
def argument_checked_by_a_helper(x):
    _check_finite(x)
    y = x * 2
    _check_finite(y)
    y[0] = x[1] ** 2
    return np.sum(y * x)


# -- finally, and what is compound inside try -----------------------------------------


@program(0.7)
@program(3.5)
def finally_inside_a_try_that_catches(x):
    y = x
    try:
        try:
            y = y * _root(x - 2)
        finally:
            y = y * 2
    except ValueError:
        y = y + x
    return y


@program(0.7, 4)
@program(1.7, 3)
def finally_after_a_loop_that_fails(x, n):
    y = x
    seen = []
    try:
        try:
            for k in range(n):
                y = y * _root(x - 0.3 * k)
        finally:
            y = y * 2
            seen.append(y)
    except ValueError:
        y = y + x * len(seen)
    return y


@program(np.array([0.7, -0.4, 1.2]))
def finally_in_every_turn(x):
    total = 0.0
    count = 0
    for v in x:
        try:
            try:
                total = total + _root(v) * v
            finally:
                count += 1
                total = total * 1.1
        except ValueError:
            total = total - v * count
    return total


@program(0.7, 1.5)
@program(-0.7, 1.5)
def comprehensions_and_choices_in_a_try(x, y):
    xs = [x, y, x * y]
    total = 0.0
    try:
        total = sum(v * v for v in xs)
        ys = [_root(v) if v > 1 else v * 2 for v in xs]
        total += ys[0] if ys[1] > 1.3 else ys[2]
        zs = sorted(_root(v) for v in xs)
        total += zs[0] * zs[1]
    except ValueError:
        total = total * x
    else:
        total += 1.0 * x
    return total * y


@program(0.7, 1.5)
@program(-0.7, 1.5)
def test_that_raises_inside_a_try(x, y):
    z = x
    try:
        if _root(x) > 0.5:
            z = z * 2.0
        else:
            z = z * 3.0
        while _root(z - 0.3) < 1.2:
            z = z * 1.5
    except ValueError:
        z = z * y
    return z * x


@program(lambda rng: ([1.2, 0.4, -0.3, 0.8],))
def rows_checked_one_by_one(xs):
    ys = []
    try:
        for i, v in enumerate(xs):
            if i % 2 == 0:
                ys.append(_root(v))
            else:
                ys.append(v * ys[-1])
    except ValueError as error:
        ys.append(xs[0] * len(error.args))
    finally:
        ys.append(xs[1])
    return sum(a * b for a, b in zip(ys, ys[1:]))


class Account:
    def __init__(self, amount):
        self.amount = amount
        self.log = []

    def take(self, x):
        self.log.append(x)
        self.amount = self.amount - x
        if self.amount < 0:
            raise ValueError("overdrawn")
        self.amount = self.amount * 1.1


@program(0.7, 1.5)
@program(-0.7, 1.5)
def method_that_stores_before_it_raises(x, y):
    account = Account(y)
    for k in range(4):
        try:
            account.take(x * k)
            account.amount = account.amount + x
        except ValueError:
            account.amount = account.amount * 0.5 + y
    return account.amount * sum(account.log)


class Guard:
    """A context manager that keeps some exceptions in, and scales what it was given."""

    def __init__(self, factor):
        self.factor = factor

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.factor = self.factor * (2.0 if kind is None else 3.0)
        return kind is not None and issubclass(kind, ValueError)


@program(0.7, 3)
@program(1.7, 3)
def manager_that_keeps_an_exception_in(x, n):
    guard = Guard(x)
    y = x
    with guard:
        for k in range(n):
            y = y * _root(x - 0.4 * k)
    y = y * guard.factor
    with guard, Guard(y) as other:
        y = y * _root(other.factor - 1.3)
    return y * guard.factor


@program(0.7, 3)
@program(1.7, 3)
def suppressed_by_the_library(x, n):
    y = x
    with contextlib.suppress(ValueError, KeyError):
        for k in range(n):
            y = y * _root(x - 0.4 * k)
        y = y * 5.0
    return y * x


def _limited(x, y):
    if y > 0.3:
        raise ValueError("too large")
    return x * y


@program(0.4, 1.2)
def try_body_that_always_raises(x, y):
    try:
        x = _limited(x, 0.5)
        x = min([x, y])
    except ValueError:
        y = y * x
    try:
        raise KeyError("a")
    except KeyError:
        y = y * 2.0
    finally:
        x = x * y
    try:
        with np.errstate(all="ignore"):
            y = y * x
            raise ValueError("b")
    except ValueError:
        x = x + y
    return x * y


@program(normal(3))
def import_that_fails(x):
    try:
        import no_such_module as xp
    except ImportError:
        xp = np
    try:
        from numpy import no_such_function as f

        k = 2.0
    except ImportError:
        f = np.sin
        k = 3.0
    import numpy.linalg
    from math import exp as e

    return xp.sum(f(x) ** 2) * k + numpy.linalg.norm(x) * e(x[0])


@program({"happy": 0.5}, "unhappy happy")
def words_scored(weights, text):
    total = 0.0
    for word in text.split():
        if word in weights:
            total += weights[word]
        elif word.startswith("un"):
            total -= weights.get(word[2:], 0.0) ** 2
    return total


@refused("E301", normal(3))
def comparison_of_what_is_not_known(x):
    mask = json.loads("[1, 2, 3]") > x.sum()
    return np.sum(np.mean(x) * mask)


@refused("E301", normal(3))
def comparison_of_an_array_of_unknown_axes(x):
    mask = np.r_[1.0, 2.0, 3.0] > 1.5
    return np.sum(np.mean(x) * mask)


@program(normal(4))
def list_of_unknown_length_printed(x):
    parts = [v * 2.0 for v in x if v > -9.0]
    print(*parts, "end", sep=" ", file=io.StringIO())
    return sum(parts) * x[0]


@program(normal(5), 7)
def loop_backwards_inside_try(x, n):
    try:
        s = 0.0
        for i in reversed(range(n // 2)):
            s = s * 1.5 + x[i] ** 2
        for v in reversed(list(x * 2)):
            s = s + v * s
        return s
    except ZeroDivisionError:
        return 0.0
