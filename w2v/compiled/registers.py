"""Registers as values of compiled functions: how wide they are, tiles of them, and addresses of matrix rows."""

from llvmlite import binding, ir
from numba import types
from numba.core.datamodel import models
from numba.extending import register_model

from w2v.compiled.jit import CONFIG


def _has_large_registers() -> bool:
    """Whether there are 512-bit registers: on this processor, or on the one that Numba was told to compile for."""
    if CONFIG.CPU_NAME:
        return "+avx512f" in str(CONFIG.CPU_FEATURES).split(",")
    return bool(dict(binding.get_host_cpu_features()).get("avx512f"))


LANES = 16 if _has_large_registers() else 8  # numbers per register; older processors split 256 bits in two


class TileType(types.Type):
    """`n_rows` vector registers of `LANES` numbers of type `dtype`."""

    def __init__(self, n_rows: int, dtype: types.Type) -> None:
        self.n_rows, self.dtype = n_rows, dtype
        super().__init__(name=f"Tile({n_rows}, {LANES}, {dtype})")


class RowsType(types.Type):
    """The addresses of `n_rows` matrix rows of type `dtype`."""

    def __init__(self, n_rows: int, dtype: types.Type) -> None:
        self.n_rows, self.dtype = n_rows, dtype
        super().__init__(name=f"Rows({n_rows}, {dtype})")


def number_type(dtype: types.Type) -> ir.Type:
    """LLVM's type of a number."""
    return ir.FloatType() if dtype == types.float32 else ir.DoubleType()


@register_model(TileType)
class _TileModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.ArrayType(ir.VectorType(number_type(kind.dtype), LANES), kind.n_rows))


@register_model(RowsType)
class _RowsModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.ArrayType(number_type(kind.dtype).as_pointer(), kind.n_rows))
