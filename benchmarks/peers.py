"""What do other tools take?  The same functions, with the tool's NumPy for `np`; rewritten for JAX where it needs that.

A peer is given no arrays to convert and, for JAX, no compilation to do within the time that is measured.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.problems import Problem

Gradient = Callable[[], Any]


def with_numpy(function: types.FunctionType, numpy: Any) -> Any:
    """The function, and the functions of its file, with another `np`."""
    space = {**vars(sys.modules[function.__module__]), "np": numpy}
    for name, value in list(space.items()):
        if isinstance(value, types.FunctionType) and value.__module__ == function.__module__:
            space[name] = types.FunctionType(value.__code__, space, name, value.__defaults__)
    return space[function.__name__]


def with_autograd(problem: Problem, args: tuple[Any, ...]) -> Gradient:
    import autograd

    gradient = autograd.grad(with_numpy(problem.function, autograd.numpy), problem.wrt)
    return lambda: gradient(*args)


def with_jax(problem: Problem, args: tuple[Any, ...]) -> Gradient:
    import jax

    from benchmarks import jax_versions

    jax.config.update("jax_enable_x64", True)
    function = getattr(jax_versions, problem.name, None) or with_numpy(problem.function, jax.numpy)
    arrays = [jax.numpy.asarray(a) if isinstance(a, np.ndarray) else a for a in args]
    static = [i for i, a in enumerate(args) if isinstance(a, int)]
    gradient = jax.jit(jax.grad(function, problem.wrt), static_argnums=static)
    return lambda: jax.block_until_ready(gradient(*arrays))


def with_torch(problem: Problem, args: tuple[Any, ...]) -> Gradient:
    import torch

    function = with_numpy(problem.function, torch)
    tensors = [torch.as_tensor(a) if isinstance(a, np.ndarray) else a for a in args]
    for i in problem.wrt:
        tensors[i] = torch.as_tensor(args[i], dtype=torch.float64).clone().requires_grad_()
    torch.set_num_threads(1)

    def gradient() -> Any:
        return torch.autograd.grad(function(*tensors), [tensors[i] for i in problem.wrt])

    return gradient


PEERS = {"JAX": ("jax", with_jax), "autograd": ("autograd", with_autograd), "PyTorch": ("torch", with_torch)}


def peers_of(problem: Problem, wanted: list[str]) -> dict[str, Gradient]:
    """The peers that are installed, take the function, and agree with the adjoint written by hand."""
    found = {}
    args = problem.arguments()
    expected = problem.adjoint(*args)
    for name in wanted:
        package, make = PEERS[name]
        if importlib.util.find_spec(package) is None:
            continue
        try:
            gradient = make(problem, args)
            result = gradient()
            if all(np.allclose(np.asarray(r), e, rtol=1e-6, atol=1e-8) for r, e in zip(result, expected)):
                found[name] = gradient
        except Exception as error:  # a store, a function that the peer does not have, a branch on a traced value
            print(f"  {name} does not take {problem.name}: {type(error).__name__}", file=sys.stderr)
    return found
