"""Products of tiles (`tiles.py`) and a matrix in memory, the errors of a step.

    rank_1_update       tile += w vᵀ: one input row's share in the gradient of n output rows
    weighted_row_sums   tile[m] += Σₙ w[m, n] · tile[n]: n output rows' share in the gradient of input rows
    scatter_product     row[n] += Σₘ w[m, n] · tile[m]: all input rows' share in that of n output rows, to memory
    scaled_rows         w[n] · tile[n]

Each is written twice, as there.
"""

from numba import types

from w2v.compiled.operation import operation
from w2v.compiled.tiles import INDEX, add_to_twin, element_pointer, load_vector, multiply_and_add, splat, store_vector


def _scales(scale, row, n_rows, first, n_columns):
    return scale[row : row + n_rows, first : first + n_columns]


def _scale_reader(context, builder, scale, array, row, first):
    """The function (m, n) → `scale[row + m, first + n]` in all places of a register."""

    def read(m, n):
        row_m = builder.add(row, INDEX(m))
        pointer = builder.gep(element_pointer(context, builder, scale, array, row_m, first), [INDEX(n)])
        return splat(builder, builder.load(pointer))

    return read


@operation(lambda total, scale, row, first, vector: total + _scales(scale, row, 1, first, len(total)).T * vector)
def rank_1_update(typing, total, scale, row, first, vector):
    """`total[n] + scale[row, first + n] * vector[0]` for each row n: one input's share in the output rows' gradient."""

    def generate(context, builder, signature, args):
        value, read = args[0], _scale_reader(context, builder, scale, *args[1:4])
        factor = builder.extract_value(args[4], 0)
        for n in range(total.n_rows):
            total_n = multiply_and_add(builder, read(0, n), factor, builder.extract_value(value, n))
            value = builder.insert_value(value, total_n, n)
        return value

    return total(total, scale, types.int64, types.int64, vector), generate


@operation(lambda tile, scale, row, first: _scales(scale, row, len(tile), first, 1) * tile)
def scaled_rows(typing, tile, scale, row, first):
    """`scale[row + n, first] * tile[n]` for each row n."""

    def generate(context, builder, signature, args):
        value, read = args[0], _scale_reader(context, builder, scale, *args[1:])
        for n in range(tile.n_rows):
            vector = builder.fmul(read(n, 0), builder.extract_value(value, n), flags=["fast"])
            value = builder.insert_value(value, vector, n)
        return value

    return tile(tile, scale, types.int64, types.int64), generate


@operation(lambda total, scale, row, first, tile: total + _scales(scale, row, len(total), first, len(tile)) @ tile)
def weighted_row_sums(typing, total, scale, row, first, tile):
    """`total[m] + Σ_n scale[row + m, first + n] * tile[n]` for each row m: the outputs' share in inputs' gradient."""

    def generate(context, builder, signature, args):
        value, read = args[0], _scale_reader(context, builder, scale, *args[1:4])
        for m in range(total.n_rows):
            vector = builder.extract_value(value, m)
            for n in range(tile.n_rows):
                vector = multiply_and_add(builder, read(m, n), builder.extract_value(args[4], n), vector)
            value = builder.insert_value(value, vector, m)
        return value

    return total(total, scale, types.int64, types.int64, tile), generate


def _scatter_product_twin(scale, row, first, tile, rows, column):
    add_to_twin(_scales(scale, row, len(tile), first, len(rows)).T @ tile, rows, column)


@operation(_scatter_product_twin)
def scatter_product(typing, scale, row, first, tile, rows, column):
    """`rows[n] += Σ_m scale[row + m, first + n] * tile[m]`, one row after the other: inputs' share in the outputs.

    `scale` is read again for each row: LLVM would keep what `weighted_row_sums` read, and registers would not do.
    """

    def generate(context, builder, signature, args):
        read = _scale_reader(context, builder, scale, *args[:3])
        for n in range(rows.n_rows):
            pointer = builder.extract_value(args[4], n)
            total = load_vector(builder, pointer, args[5], rows.dtype)
            for m in range(tile.n_rows):
                total = multiply_and_add(builder, read(m, n), builder.extract_value(args[3], m), total)
            store_vector(builder, total, pointer, args[5], rows.dtype)
        return context.get_dummy_value()

    return types.void(scale, types.int64, types.int64, tile, rows, types.int64), generate
