"""Functions that are others, called in another way."""

from __future__ import annotations

from srcgrad.rules.registry import same

# The methods of ufuncs that have names of their own; those of all ufuncs stand in definitions/ufuncs.py.
TOTAL = "(array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True)"
for method, function in (("np.add.reduce", "np.sum"), ("np.multiply.reduce", "np.prod")):
    same(method + TOTAL, f"{function}(array, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)")
for method, function in (("np.maximum.reduce", "np.max"), ("np.minimum.reduce", "np.min")):
    told = "(array, axis=0, *, out=None, keepdims=False, initial=None, where=True)"
    same(method + told, f"{function}(array, axis=axis, keepdims=keepdims, initial=initial, where=where)")
for method, function in (("np.add.accumulate", "np.cumsum"), ("np.multiply.accumulate", "np.cumprod")):
    same(f"{method}(array, axis=0, dtype=None, out=None)", f"{function}(array, axis=axis, dtype=dtype)")

# The names of the array API in np.linalg.
same("np.linalg.cross(x1, x2, /, *, axis=-1)", "np.cross(x1, x2, axisa=axis, axisb=axis, axisc=axis)")
same("np.linalg.diagonal(x, /, *, offset=0)", "np.diagonal(x, offset=offset, axis1=-2, axis2=-1)")
same("np.linalg.matmul(x1, x2, /)", "np.matmul(x1, x2)")
same("np.linalg.matrix_transpose(x, /)", "np.swapaxes(x, -1, -2)")
same("np.linalg.outer(x1, x2, /)", "np.outer(x1, x2)")
same("np.linalg.svdvals(x, /)", "np.linalg.svd(x, compute_uv=False)")
same("np.linalg.tensordot(x1, x2, /, *, axes=2)", "np.tensordot(x1, x2, axes=axes)")
same("np.linalg.trace(x, /, *, offset=0, dtype=None)", "np.trace(x, offset=offset, axis1=-2, axis2=-1, dtype=dtype)")
same("np.linalg.vecdot(x1, x2, /, *, axis=-1)", "np.vecdot(x1, x2, axis=axis)")
