"""Operations that Numba does not have: each is written twice, as LLVM instructions and, for `NUMBA_DISABLE_JIT=1`, as
Python."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.extending import intrinsic

from w2v.compiled.jit import CONFIG

ALL_LEVELS, SECOND_LEVEL = 3, 2  # the caches that a line is asked into, in LLVM's numbers: from the first or second on


def operation(twin: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """Declare an operation: compiled from the decorated code generator, or `twin` where the JIT is off."""

    def declare(generator: Callable[..., Any]) -> Any:
        return twin if CONFIG.DISABLE_JIT else intrinsic(generator)

    return declare


def prefetch(builder: Any, address: Any, level: int) -> None:
    """Ask for the cache line of an address, to be read, into the caches from `level` on."""
    flag = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [address.type, flag, flag, flag])
    function = builder.module.declare_intrinsic("llvm.prefetch", [address.type], kind)
    builder.call(function, [address, flag(0), flag(level), flag(1)])
