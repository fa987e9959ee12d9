"""Derivatives of NumPy programs as readable Python source."""

from srcgrad.api import check_grads, grad, value_and_grad, vjp
from srcgrad.errors import ArgumentError, NotDifferentiable, SrcgradError
from srcgrad.forward_api import jvp
from srcgrad.rules.registry import constant, elementwise, rule
from srcgrad.runtime import stop_gradient

__all__ = [
    "ArgumentError",
    "NotDifferentiable",
    "SrcgradError",
    "check_grads",
    "constant",
    "elementwise",
    "grad",
    "jvp",
    "rule",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
