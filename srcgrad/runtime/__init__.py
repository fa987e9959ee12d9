"""What may generated code call besides NumPy?  A few functions, whose text is copied into generated files."""

from __future__ import annotations

import copy
import types

import numpy as np

from srcgrad.runtime import arrays, matrices, shadows, special, structures, undo

FUNCTIONS = {
    name: function
    for module in (arrays, matrices, shadows, special, structures, undo)
    for name, function in vars(module).items()
    if isinstance(function, types.FunctionType) and function.__module__ == module.__name__
}
# The modules that their text reads.
MODULES = {"copy": copy, "np": np, "types": types}
