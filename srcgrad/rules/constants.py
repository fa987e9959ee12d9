"""Which functions have derivative zero wherever they have one, or give no number?"""

from __future__ import annotations

from srcgrad.rules.registry import constant

constant("np.sign", "np.signbit", "np.floor", "np.ceil", "np.trunc", "np.rint", "np.fix", "np.round", "np.around")
constant("np.isnan", "np.isinf", "np.isfinite", "np.isclose", "np.allclose", "np.array_equal", "np.array_equiv")
constant("np.isreal", "np.iscomplex")
constant("np.iscomplexobj", "np.isrealobj", "np.isscalar", "np.isposinf", "np.isneginf", "np.isin", "np.any", "np.all")
constant("np.shape", "np.size", "np.ndim", "np.count_nonzero", "np.result_type", "np.can_cast", "np.iterable")
constant("np.broadcast_shapes", "np.may_share_memory", "np.shares_memory", "np.spacing")
constant("np.linalg.matrix_rank", "np.dtype", "np.finfo")
constant("np.hamming", "np.hanning", "np.blackman", "np.bartlett", "np.issubdtype", "np.isdtype", "np.promote_types")
constant("np.diag_indices_from", "np.tril_indices_from", "np.triu_indices_from", "np.unravel_index")
constant("np.int64", "np.int32", "np.int16", "np.int8", "np.uint8", "np.bool_", "np.intp")
constant(
    "np.gcd", "np.lcm", "np.bitwise_count", "np.packbits", "np.unpackbits", "np.ravel_multi_index", "np.mask_indices"
)
constant("np.isfortran", "np.common_type", "np.min_scalar_type", "np.typename")
