"""Derivatives of NumPy programs as readable Python source."""

from srcgrad import nested as _nested  # the API inside a differentiated function
from srcgrad.api import grad, value_and_grad, vjp
from srcgrad.checking import check_grads, check_rule
from srcgrad.checkpoints import checkpoint
from srcgrad.errors import ArgumentError, NotDifferentiable, SrcgradError
from srcgrad.forward_api import jvp
from srcgrad.jacobians import elementwise_grad, hessian, hessian_vector_product, jacfwd, jacobian, jacrev
from srcgrad.rules.registry import constant, elementwise, rule
from srcgrad.runtime.structures import stop_gradient

del _nested

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "NotDifferentiable",
    "SrcgradError",
    "check_grads",
    "check_rule",
    "checkpoint",
    "constant",
    "elementwise",
    "elementwise_grad",
    "grad",
    "hessian",
    "hessian_vector_product",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "rule",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
