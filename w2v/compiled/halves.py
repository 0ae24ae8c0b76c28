"""float32 ↔ float16, number by number, with whole numbers: Numba has no float16, and not every processor that it may be
told to compile for has instructions for it. Loops over them are vectorised, several times as fast as NumPy's.
"""

import numpy as np
from llvmlite import ir
from numba import types

from w2v.compiled.operation import operation

_INT, _FLOAT, _SIGN, _DIGITS = ir.IntType(32), ir.FloatType(), 1 << 31, 13  # that float32 has more
_LEAST = 113 << 23  # float32's bits of 2⁻¹⁴, float16's least number with all its digits
_BEYOND = 0x477FF000  # of 65,520, which float16 rounds to infinity
_INFINITE = 0x7C00  # float16's bits


def _int(number):
    return ir.Constant(_INT, number)


def _narrowed_twin(number):
    with np.errstate(over="ignore"):
        return np.float16(number).view(np.uint16)


@operation(_narrowed_twin)
def narrowed(typing, number):
    """The bits of the float16 nearest to a float32; those of infinity for what is beyond, or no number."""

    def generate(context, builder, signature, args):
        bits = builder.bitcast(args[0], _INT)
        size = builder.and_(bits, _int(_SIGN - 1))
        odd = builder.and_(builder.lshr(size, _int(_DIGITS)), _int(1))  # a tie goes to the even one
        rounded = builder.add(builder.add(size, _int((1 << _DIGITS - 1) - 1 - (112 << 23))), odd)
        # ½ has float16's least number as its last digit, so adding it rounds.
        half = ir.Constant(_FLOAT, 0.5)
        small = builder.sub(builder.bitcast(builder.fadd(builder.bitcast(size, _FLOAT), half), _INT), _int(126 << 23))
        is_small = builder.icmp_unsigned("<", size, _int(_LEAST))
        found = builder.select(is_small, small, builder.lshr(rounded, _int(_DIGITS)))
        found = builder.select(builder.icmp_unsigned("<", size, _int(_BEYOND)), found, _int(_INFINITE))
        sign = builder.lshr(builder.and_(bits, _int(_SIGN)), _int(16))
        return builder.trunc(builder.or_(found, sign), ir.IntType(16))

    return types.uint16(types.float32), generate


@operation(lambda bits: np.float32(np.uint16(bits).view(np.float16)))
def widened(typing, bits):
    """The float32 of a float16's bits, which are those of a finite number."""

    def generate(context, builder, signature, args):
        bits = builder.zext(args[0], _INT)
        size = builder.shl(builder.and_(bits, _int(0x7FFF)), _int(_DIGITS))
        value = builder.fmul(builder.bitcast(size, _FLOAT), ir.Constant(_FLOAT, 2.0**112))  # the exponents' difference
        sign = builder.shl(builder.and_(bits, _int(0x8000)), _int(16))
        return builder.bitcast(builder.or_(builder.bitcast(value, _INT), sign), _FLOAT)

    return types.float32(types.uint16), generate
