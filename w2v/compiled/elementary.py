"""eˣ and ln x of tiles (`tiles.py`): the library functions work on one number, these on a register full of them."""

import numpy as np
from llvmlite import ir

from w2v.compiled.jit import inlined
from w2v.compiled.operation import operation
from w2v.compiled.registers import LANES, number_type
from w2v.compiled.tiles import add, broadcast, clamped, divide, each, multiply, multiply_add, scaled

_FRACTION_BITS = {32: 23, 64: 52}


def _bits(builder, vector, dtype):
    """The vector's bits as integers, less those of √½: so the exponent field is that of a mantissa in [√½, √2)."""
    width = dtype.bitwidth
    integers = ir.VectorType(ir.IntType(width), LANES)
    base = int(np.array(np.sqrt(0.5), f"f{width // 8}").view(f"i{width // 8}"))
    return builder.sub(builder.bitcast(vector, integers), ir.Constant(integers, [base] * LANES)), integers, base


def _exponent_twin(tile):
    mantissas, exponents = np.frexp(tile)
    return (exponents - (mantissas < np.sqrt(0.5))).astype(tile.dtype)


@operation(_exponent_twin)
def exponent(typing, tile):
    """The whole numbers k for which tile / 2ᵏ lies in [√½, √2); for positive numbers."""

    def generate(context, builder, signature, args):
        def one(vector):
            bits, integers, _ = _bits(builder, vector, tile.dtype)
            field = builder.ashr(bits, ir.Constant(integers, [_FRACTION_BITS[tile.dtype.bitwidth]] * LANES))
            return builder.sitofp(field, ir.VectorType(number_type(tile.dtype), LANES))

        return each(builder, args[0], one)

    return tile(tile), generate


@operation(lambda tile: tile / np.exp2(_exponent_twin(tile)))
def mantissa(typing, tile):
    """tile / 2ᵏ, in [√½, √2); for positive numbers."""

    def generate(context, builder, signature, args):
        def one(vector):
            bits, integers, base = _bits(builder, vector, tile.dtype)
            fraction = (1 << _FRACTION_BITS[tile.dtype.bitwidth]) - 1
            kept = builder.and_(bits, ir.Constant(integers, [fraction] * LANES))
            kept = builder.add(kept, ir.Constant(integers, [base] * LANES))
            return builder.bitcast(kept, ir.VectorType(number_type(tile.dtype), LANES))

        return each(builder, args[0], one)

    return tile(tile), generate


@inlined
def exp(x):
    """eˣ of a tile of one row, |x| <= 30 (clamped), as (e^(x/64))^64 with seven Taylor terms: a relative error below
    2 · 10⁻⁷ for |x| < 20 in float64; float32 adds its rounding, 64 times."""
    y = scaled(clamped(x, 30), 1 / 64)
    p = multiply_add(broadcast(y, 1 / 720), broadcast(y, 1 / 5040), y)
    p = multiply_add(broadcast(y, 1 / 120), p, y)
    p = multiply_add(broadcast(y, 1 / 24), p, y)
    p = multiply_add(broadcast(y, 1 / 6), p, y)
    p = multiply_add(broadcast(y, 1 / 2), p, y)
    p = multiply_add(broadcast(y, 1), p, y)
    p = multiply_add(broadcast(y, 1), p, y)
    for _ in range(6):
        p = multiply(p, p)
    return p


@inlined
def log(x):
    """ln x of one row of positive numbers: exponent × ln 2 + 2 artanh((m − 1) / (m + 1)), m in [√½, √2), within
    10⁻⁹."""
    m = mantissa(x)
    one = broadcast(x, 1)
    s = divide(add(m, broadcast(x, -1)), add(m, one))
    s2 = multiply(s, s)
    p = multiply_add(broadcast(x, 2 / 7), broadcast(x, 2 / 9), s2)
    p = multiply_add(broadcast(x, 2 / 5), p, s2)
    p = multiply_add(broadcast(x, 2 / 3), p, s2)
    p = multiply_add(broadcast(x, 2), p, s2)
    return multiply_add(multiply(p, s), exponent(x), broadcast(x, 0.6931471805599453))
