"""Register tiles: the few vector operations that the training step is made of.

A *tile* is `n_rows` × `LANES` numbers held in vector registers; *rows* are the addresses of `n_rows` matrix rows.
Both are values of a compiled function, never objects in memory. LLVM's loop vectoriser sees only innermost loops and,
on many processors, uses half the register width; with explicit tiles the step keeps one column of registers of some
output rows while it walks over the input rows, on matrices of any width, compiled once.

    pick_row, pick_rows, pick_either, pick_part, parts   addresses of rows, or of parts of one
    load, store                                          memory ↔ tile
    scatter_add         row[n] += tile[n], one row after the other
    broadcast           one number in every place of a tile
    add, subtract, multiply, divide, scaled, clamped     number by number
    multiply_add        tile[n] += a[n] · b, for each row n
    row_sums            the sum of each row of a tile, to memory
    prefetch_row        ask for a row before it is needed

Matrices are C-contiguous with rows padded to a multiple of `matrix.ROW_ALIGN` numbers; the padding is zero and stays
zero. Each operation is written twice, a few lines apart: as LLVM instructions and, for `NUMBA_DISABLE_JIT=1`, as NumPy.
"""

from functools import partial

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from w2v.compiled.operation import SECOND_LEVEL, operation, prefetch
from w2v.compiled.registers import LANES, RowsType, TileType, number_type

INDEX = ir.IntType(64)


# ---- addresses ---------------------------------------------------------------------------------------------


def _row_pointer(context, builder, array_type, array, row):
    """Address of the first number of a row; rows are far apart, so the arithmetic is in 64 bits."""
    data = context.make_array(array_type)(context, builder, array)
    stride = builder.extract_value(data.strides, 0)
    raw = builder.bitcast(data.data, ir.IntType(8).as_pointer())
    return builder.bitcast(builder.gep(raw, [builder.mul(stride, row)]), data.data.type)


def element_pointer(context, builder, array_type, array, row, column):
    return builder.gep(_row_pointer(context, builder, array_type, array, row), [column])


def _vector_at(builder, pointer, column, dtype):
    """(address as a vector pointer, its natural alignment): rows may start anywhere, so only number alignment is
    promised."""
    vector = ir.VectorType(number_type(dtype), LANES)
    return builder.bitcast(builder.gep(pointer, [column]), vector.as_pointer())


def load_vector(builder, pointer, column, dtype):
    value = builder.load(_vector_at(builder, pointer, column, dtype))
    value.align = dtype.bitwidth // 8
    return value


def store_vector(builder, value, pointer, column, dtype):
    builder.store(value, _vector_at(builder, pointer, column, dtype)).align = dtype.bitwidth // 8


def splat(builder, number):
    vector = ir.VectorType(number.type, LANES)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def multiply_and_add(builder, a, b, c):
    return builder.fadd(builder.fmul(a, b, flags=["fast"]), c, flags=["fast"])


def each(builder, tile, function):
    """The tile of `function` of each register (of those of several tiles: of a tuple of them)."""
    tiles = tile if isinstance(tile, tuple) else (tile,)
    value = tiles[0]
    for n in range(value.type.count):
        value = builder.insert_value(value, function(*(builder.extract_value(one, n) for one in tiles)), n)
    return value


# ---- the operations ----------------------------------------------------------------------------------------


def _addresses(context, builder, result, address):
    """The value of type `result` made of `address(n)` for each row n."""
    value = cgutils.get_null_value(context.get_value_type(result))
    for n in range(result.n_rows):
        value = builder.insert_value(value, address(n), n)
    return value


@operation(lambda n_rows, matrix, row_ids, first: [matrix[row_ids[first + n]] for n in range(n_rows)])
def pick_rows(typing, n_rows, matrix, row_ids, first):
    """Rows `row_ids[first : first + n_rows]` of `matrix`; `n_rows` is a constant of the calling code."""
    if not isinstance(n_rows, types.IntegerLiteral):
        return None  # Numba asks again with the literal type
    result = RowsType(n_rows.literal_value, matrix.dtype)

    def generate(context, builder, signature, args):
        ids = context.make_array(row_ids)(context, builder, args[2]).data

        def address(n):
            row = builder.load(builder.gep(ids, [builder.add(args[3], INDEX(n))]))
            row = builder.sext(row, INDEX) if row.type.width < 64 else row
            return _row_pointer(context, builder, matrix, args[1], row)

        return _addresses(context, builder, result, address)

    return result(n_rows, matrix, row_ids, types.int64), generate


def _pick_either_twin(n_rows, matrix, more, row_ids, first):
    ids = [row_ids[first + n] for n in range(n_rows)]
    return [matrix[row] if row < len(matrix) else more[row - len(matrix)] for row in ids]


@operation(_pick_either_twin)
def pick_either(typing, n_rows, matrix, more, row_ids, first):
    """Like `pick_rows`, but ids beyond the last row of `matrix` count on in `more`, which has the same row length."""
    if not isinstance(n_rows, types.IntegerLiteral):
        return None
    result = RowsType(n_rows.literal_value, matrix.dtype)

    def generate(context, builder, signature, args):
        ids = context.make_array(row_ids)(context, builder, args[3]).data
        n_first = builder.extract_value(context.make_array(matrix)(context, builder, args[1]).shape, 0)

        def address(n):
            row = builder.load(builder.gep(ids, [builder.add(args[4], INDEX(n))]))
            near = _row_pointer(context, builder, matrix, args[1], row)
            far = _row_pointer(context, builder, more, args[2], builder.sub(row, n_first))
            return builder.select(builder.icmp_signed("<", row, n_first), near, far)

        return _addresses(context, builder, result, address)

    return result(n_rows, matrix, more, types.Array(types.int64, 1, "C"), types.int64), generate


@operation(lambda n_parts, rows: [rows[0][n * LANES :] for n in range(n_parts)])
def parts(typing, n_parts, rows):
    """`n_parts` neighbouring registers of one row, as if they were rows."""
    if not isinstance(n_parts, types.IntegerLiteral):
        return None
    result = RowsType(n_parts.literal_value, rows.dtype)

    def generate(context, builder, signature, args):
        row = builder.extract_value(args[1], 0)
        return _addresses(context, builder, result, lambda n: builder.gep(row, [INDEX(n * LANES)]))

    return result(n_parts, rows), generate


@operation(lambda matrix, row: [matrix[row]])
def pick_row(typing, matrix, row):
    """One row of `matrix`."""
    result = RowsType(1, matrix.dtype)

    def generate(context, builder, signature, args):
        return _addresses(context, builder, result, lambda _: _row_pointer(context, builder, matrix, *args))

    return result(matrix, types.int64), generate


@operation(lambda vector, first: [vector[first:]])
def pick_part(typing, vector, first):
    """The numbers of a one-dimensional array from `first` on, as one row."""
    result = RowsType(1, vector.dtype)

    def generate(context, builder, signature, args):
        data = context.make_array(vector)(context, builder, args[0]).data
        return _addresses(context, builder, result, lambda _: builder.gep(data, [args[1]]))

    return result(vector, types.int64), generate


@operation(lambda rows: np.zeros((len(rows), LANES), rows[0].dtype))
def zero_tile(typing, rows):
    """A tile of zeros, as high as `rows`."""
    result = TileType(rows.n_rows, rows.dtype)

    def generate(context, builder, signature, args):
        return cgutils.get_null_value(context.get_value_type(result))

    return result(rows), generate


@operation(lambda rows, column: np.stack([row[column : column + LANES] for row in rows]))
def load(typing, rows, column):
    """The tile at columns `column : column + LANES` of `rows`."""
    result = TileType(rows.n_rows, rows.dtype)

    def generate(context, builder, signature, args):
        value = cgutils.get_null_value(context.get_value_type(result))
        for n in range(rows.n_rows):
            pointer = builder.extract_value(args[0], n)
            value = builder.insert_value(value, load_vector(builder, pointer, args[1], rows.dtype), n)
        return value

    return result(rows, types.int64), generate


def _store_twin(tile, rows, column):
    for n, row in enumerate(rows):
        row[column : column + LANES] = tile[n]


@operation(_store_twin)
def store(typing, tile, rows, column):
    """Write a tile to columns `column : column + LANES` of `rows`."""

    def generate(context, builder, signature, args):
        for n in range(tile.n_rows):
            vector, pointer = builder.extract_value(args[0], n), builder.extract_value(args[1], n)
            store_vector(builder, vector, pointer, args[2], tile.dtype)
        return context.get_dummy_value()

    return types.void(tile, rows, types.int64), generate


def add_to_twin(tile, rows, column):
    for n, row in enumerate(rows):
        row[column : column + LANES] += tile[n]


@operation(add_to_twin)
def scatter_add(typing, tile, rows, column):
    """Add a tile to `rows`, one row after the other, so that a row named twice gets both its shares."""

    def generate(context, builder, signature, args):
        for n in range(tile.n_rows):
            vector, pointer = builder.extract_value(args[0], n), builder.extract_value(args[1], n)
            total = builder.fadd(load_vector(builder, pointer, args[2], tile.dtype), vector, flags=["fast"])
            store_vector(builder, total, pointer, args[2], tile.dtype)
        return context.get_dummy_value()

    return types.void(tile, rows, types.int64), generate


def _elementwise(name, twin, instruction, meaning, flags=("fast",)):
    """An operation on two tiles of one height; flags: the liberties that LLVM has."""

    def generator(typing, a, b):
        def generate(context, builder, signature, args):
            return each(builder, tuple(args), partial(getattr(builder, instruction), flags=flags))

        return a(a, b), generate

    generator.__name__, generator.__doc__ = name, meaning
    return operation(twin)(generator)


add = _elementwise("add", lambda a, b: a + b, "fadd", "`a` + `b`.")
subtract = _elementwise("subtract", lambda a, b: a - b, "fsub", "`a` − `b`.")
multiply = _elementwise("multiply", lambda a, b: a * b, "fmul", "`a` × `b`, number by number.")
divide = _elementwise("divide", lambda a, b: a / b, "fdiv", "`a` / `b`, number by number.")
divide_exactly = _elementwise(
    "divide_exactly",
    lambda a, b: a / b,
    "fdiv",
    "`a` / `b`, rounded to the nearest, never from an estimate of 1 / `b`.",
    (),
)


@operation(lambda tile, number: np.full_like(tile, number))
def broadcast(typing, tile, number):
    """A tile as high as `tile` with `number` everywhere."""

    def generate(context, builder, signature, args):
        vector = splat(builder, args[1])
        return each(builder, args[0], lambda _: vector)

    return tile(tile, tile.dtype), generate


@operation(lambda tile, number: bool((tile > number).any()))
def any_above(typing, tile, number):
    """Whether any number of a tile of one row is above `number`."""

    def generate(context, builder, signature, args):
        vector = builder.extract_value(args[0], 0)
        above = builder.fcmp_ordered(">", vector, splat(builder, args[1]))
        bits = builder.bitcast(above, ir.IntType(LANES))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(tile, tile.dtype), generate


@operation(lambda tile, bound: np.clip(tile, -bound, bound))
def clamped(typing, tile, bound):
    """`tile` with all numbers brought into ± `bound`."""

    def generate(context, builder, signature, args):
        high = splat(builder, args[1])
        low = builder.fneg(high)

        def clamp(vector):
            vector = builder.select(builder.fcmp_ordered("<", vector, low), low, vector)
            return builder.select(builder.fcmp_ordered(">", vector, high), high, vector)

        return each(builder, args[0], clamp)

    return tile(tile, tile.dtype), generate


@operation(lambda tile, factor: tile * tile.dtype.type(factor))
def scaled(typing, tile, factor):
    """`tile` × the number `factor`."""

    def generate(context, builder, signature, args):
        factor = splat(builder, args[1])
        return each(builder, args[0], lambda vector: builder.fmul(vector, factor, flags=["fast"]))

    return tile(tile, tile.dtype), generate


@operation(lambda total, tile, vector: total + tile * vector)
def multiply_add(typing, total, tile, vector):
    """`total[n] + tile[n] * vector[0]` for each row n."""

    def generate(context, builder, signature, args):
        factor = builder.extract_value(args[2], 0)
        return each(builder, (args[0], args[1]), lambda sum, vector: multiply_and_add(builder, vector, factor, sum))

    return total(total, tile, vector), generate


def _row_sums_twin(tile, out, row, first):
    out[row, first : first + len(tile)] = tile.sum(axis=1)


@operation(_row_sums_twin)
def row_sums(typing, tile, out, row, first):
    """`out[row, first + n]` = sum of the tile's row n."""

    def generate(context, builder, signature, args):
        vectors = [builder.extract_value(args[0], n) for n in range(tile.n_rows)]
        pointer = element_pointer(context, builder, out, args[1], args[2], args[3])
        total = _reduce(builder, vectors)
        for n in range(tile.n_rows):
            number = builder.extract_element(total, ir.Constant(ir.IntType(32), n))
            builder.store(number, builder.gep(pointer, [INDEX(n)]))
        return context.get_dummy_value()

    return types.void(tile, out, types.int64, types.int64), generate


def _reduce(builder, vectors):
    """One vector whose lane n is the sum of `vectors[n]`: pairs are folded together, so n sums cost little more than
    one."""
    lane = ir.IntType(32)
    vectors = vectors + [ir.Constant(vectors[0].type, None)] * (LANES - len(vectors))
    even = ir.Constant(ir.VectorType(lane, LANES), list(range(0, 2 * LANES, 2)))
    odd = ir.Constant(ir.VectorType(lane, LANES), list(range(1, 2 * LANES, 2)))
    while len(vectors) > 1:
        vectors = [
            builder.fadd(builder.shuffle_vector(a, b, even), builder.shuffle_vector(a, b, odd), flags=["fast"])
            for a, b in zip(vectors[0::2], vectors[1::2], strict=True)
        ]
    return vectors[0]


@operation(lambda matrix, row: None)
def prefetch_row(typing, matrix, row):
    """Ask for a row before it is needed: random rows of a large matrix miss every cache. It comes into the second level
    only: in the first one, a block's rows and the next one's have no room together."""

    def generate(context, builder, signature, args):
        start = builder.bitcast(_row_pointer(context, builder, matrix, *args), ir.IntType(8).as_pointer())
        data = context.make_array(matrix)(context, builder, args[0])
        n_lines = builder.udiv(builder.add(builder.extract_value(data.strides, 0), INDEX(63)), INDEX(64))
        with cgutils.for_range(builder, n_lines) as loop:
            prefetch(builder, builder.gep(start, [builder.mul(loop.index, INDEX(64))]), SECOND_LEVEL)
        return context.get_dummy_value()

    return types.void(matrix, types.int64), generate
