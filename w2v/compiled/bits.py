"""The few machine instructions that NumPy and Numba do not have and text scanning needs: eight bytes as one number,
white space of 64 bytes as bits; and asking for a cache line, which training needs too.

Each takes pointers and is written twice: as LLVM instructions and, for `NUMBA_DISABLE_JIT=1`, as Python.
"""

import numpy as np
from llvmlite import ir
from numba import types

from w2v.compiled.operation import ALL_LEVELS, operation, prefetch

GROUP = 64  # bytes looked at together
WHITE = (*range(9, 14), 32)  # ASCII white space
_INT = ir.IntType(64)
_BYTES = ir.VectorType(ir.IntType(8), GROUP)


@operation(np.ravel)
def pointer(typing, array):
    """The numbers of a contiguous array, of any shape, in a row, without its length.

    It goes from function to function for free, where an array has its references counted at each call. Nothing is
    checked: whoever takes it reads and writes within the array, and sees that it lives on (compiled code frees an
    array of its own after the last use by name).
    """

    def generate(context, builder, signature, args):
        return context.make_array(array)(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), generate


def _load(builder, args, kind):
    text, start = args
    value = builder.load(builder.bitcast(builder.gep(text, [start]), kind.as_pointer()))
    value.align = 1  # words begin anywhere
    return value


@operation(lambda text, start: text[start : start + 8].view("<u8")[0])
def load_8(typing, text, start):
    """Bytes text[start : start + 8] as one number."""

    def generate(context, builder, signature, args):
        return _load(builder, args, _INT)

    return types.uint64(text, types.int64), generate


def _bits_twin(wanted):
    return lambda text, start: np.uint64(sum(1 << k for k in range(GROUP) if text[start + k] in wanted))


@operation(_bits_twin(WHITE))
def white_bits(typing, text, start):
    """Bit k says whether text[start + k] is ASCII white space, for k < 64."""

    def generate(context, builder, signature, args):
        value = _load(builder, args, _BYTES)
        shifted = builder.sub(value, ir.Constant(_BYTES, [9] * GROUP))
        control = builder.icmp_unsigned("<", shifted, ir.Constant(_BYTES, [5] * GROUP))
        blank = builder.icmp_unsigned("==", value, ir.Constant(_BYTES, [32] * GROUP))
        return builder.bitcast(builder.or_(control, blank), _INT)

    return types.uint64(text, types.int64), generate


@operation(_bits_twin((10,)))
def newline_bits(typing, text, start):
    """Bit k says whether text[start + k] is a newline, for k < 64."""

    def generate(context, builder, signature, args):
        value = _load(builder, args, _BYTES)
        return builder.bitcast(builder.icmp_unsigned("==", value, ir.Constant(_BYTES, [10] * GROUP)), _INT)

    return types.uint64(text, types.int64), generate


@operation(lambda bits: (int(bits) & -int(bits)).bit_length() - 1 if bits else 64)
def lowest_bit(typing, bits):
    """The place of the lowest bit that is set; 64 when there is none."""

    def generate(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@operation(lambda bits: int(bits).bit_count())
def count_bits(typing, bits):
    """How many bits are set."""

    def generate(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.int64(types.uint64), generate


@operation(lambda numbers, index: None)
def ask_for(typing, numbers, index):
    """Prefetch the cache line of numbers[index]."""

    def generate(context, builder, signature, args):
        prefetch(builder, builder.bitcast(builder.gep(args[0], [args[1]]), ir.IntType(8).as_pointer()), ALL_LEVELS)
        return context.get_dummy_value()

    return types.void(numbers, types.int64), generate
