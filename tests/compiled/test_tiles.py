import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit
from support import python_environment

from w2v.compiled import products, tiles
from w2v.compiled.matrix import ROW_ALIGN, padded
from w2v.compiled.registers import LANES

N_COLUMNS, COLUMN = 3 * LANES, LANES  # the operations work on the second of three column blocks
BLOCK = slice(COLUMN, COLUMN + LANES)
ROW_IDS = np.array([9, 4, 4, 0, 7, 2, 5, 1])
FIRST, SCALE_ROW, SCALE_FIRST = 1, 2, 3  # offsets that are not 0, so forgetting one shows


@pytest.fixture(params=[np.float32, np.float64])
def matrix(request):
    return np.random.default_rng(1).normal(size=(10, N_COLUMNS)).astype(request.param)


@pytest.fixture
def scale(matrix):
    return np.random.default_rng(2).normal(size=(4, 12)).astype(matrix.dtype)


@pytest.fixture(params=[1, 3, 6])
def n_rows(request):
    return request.param


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 if found.dtype == np.float32 else 1e-13)


def chosen(n_rows):
    return ROW_IDS[FIRST : FIRST + n_rows]


def only_block(matrix, change):
    """`matrix` with `change` (n, LANES) in the rows 0 … n − 1 of the block, and nothing else moved."""
    expected = np.zeros_like(matrix)
    expected[: len(change), BLOCK] = change
    return expected


@pytest.mark.parametrize("id_type", [np.int64, np.int32])
def test_load_and_store(matrix, n_rows, id_type):
    @njit
    def copy(matrix, row_ids, places, out):
        tiles.store(
            tiles.load(tiles.pick_rows(n_rows, matrix, row_ids, FIRST), COLUMN),
            tiles.pick_rows(n_rows, out, places, 0),
            COLUMN,
        )

    out = np.zeros_like(matrix)
    copy(matrix, ROW_IDS.astype(id_type), np.arange(8), out)
    np.testing.assert_array_equal(out, only_block(matrix, matrix[chosen(n_rows), BLOCK]))


def test_pick_either_goes_on_in_the_second_matrix(matrix, n_rows):
    more = matrix[:4] + 100
    ids = np.array([9, 12, 4, 10, 0, 13, 11, 3])

    @njit
    def copy(matrix, more, ids, places, out):
        rows = tiles.pick_either(n_rows, matrix, more, ids, FIRST)
        tiles.store(tiles.load(rows, COLUMN), tiles.pick_rows(n_rows, out, places, 0), COLUMN)

    out = np.zeros_like(matrix)
    copy(matrix, more, ids, np.arange(8), out)
    expected = np.concatenate([matrix, more])[ids[FIRST : FIRST + n_rows]]
    assert_close(out, only_block(matrix, expected[:, BLOCK]))


@pytest.mark.parametrize("n_parts", [1, 2])
def test_parts_of_a_row_are_like_rows(matrix, n_parts):
    @njit
    def copy(matrix, out):
        tile = tiles.load(tiles.parts(n_parts, tiles.pick_row(matrix, 7)), COLUMN)
        tiles.store(tile, tiles.parts(n_parts, tiles.pick_row(out, 0)), COLUMN)

    out = np.zeros_like(matrix)
    copy(matrix, out)
    expected = np.zeros_like(matrix)
    expected[0, COLUMN : COLUMN + n_parts * LANES] = matrix[7, COLUMN : COLUMN + n_parts * LANES]
    np.testing.assert_array_equal(out, expected)


def test_rows_of_a_large_matrix_are_addressed_in_64_bits():
    """The last row lies beyond 2³² bytes; the memory before it is reserved and never touched."""
    last = 2**24 + 7
    try:
        rows = np.zeros((last + 1, 64), np.float32)
    except MemoryError:
        pytest.skip("this machine does not hand out 4 GiB")
    rows[last] = 5

    @njit
    def copy(matrix, row, out):
        tiles.store(tiles.load(tiles.pick_row(matrix, row), 0), tiles.pick_row(out, 0), 0)

    out = np.zeros((1, LANES), np.float32)
    copy(rows, np.int32(last), out)
    assert (out == 5).all()


def test_zero_tile_overwrites(matrix, n_rows):
    @njit
    def clear(matrix, row_ids):
        rows = tiles.pick_rows(n_rows, matrix, row_ids, FIRST)
        tiles.store(tiles.zero_tile(rows), rows, COLUMN)

    expected = matrix.copy()
    expected[chosen(n_rows), BLOCK] = 0
    clear(matrix, ROW_IDS)
    np.testing.assert_array_equal(matrix, expected)


def test_add_to_gives_rows_that_repeat_both_shares(matrix, n_rows):
    @njit
    def add(matrix, sources, row_ids):
        tile = tiles.load(tiles.pick_rows(n_rows, sources, row_ids, 0), COLUMN)
        tiles.scatter_add(tile, tiles.pick_rows(n_rows, matrix, row_ids, FIRST), COLUMN)

    sources, expected = matrix[::-1].copy(), matrix.copy()
    np.add.at(expected[:, BLOCK], chosen(n_rows), sources[ROW_IDS[:n_rows], BLOCK])
    add(matrix, sources, ROW_IDS)
    assert_close(matrix, expected)


@pytest.mark.parametrize("factor", [-0.3, 2])
def test_scaled(matrix, n_rows, factor):
    @njit
    def scale_rows(matrix, row_ids, factor, places, out):
        tile = tiles.load(tiles.pick_rows(n_rows, matrix, row_ids, FIRST), COLUMN)
        tiles.store(tiles.scaled(tile, factor), tiles.pick_rows(n_rows, out, places, 0), COLUMN)

    out = np.zeros_like(matrix)
    scale_rows(matrix, ROW_IDS, factor, np.arange(8), out)
    assert_close(out, only_block(matrix, matrix[chosen(n_rows), BLOCK] * factor))


@pytest.mark.parametrize(
    "name, twin",
    [
        ("add", np.add),
        ("subtract", np.subtract),
        ("multiply", np.multiply),
        ("divide", np.divide),
        ("divide_exactly", np.divide),
    ],
)
def test_elementwise(matrix, n_rows, name, twin):
    operation = getattr(tiles, name)

    @njit
    def combine(matrix, row_ids, places, out):
        a = tiles.load(tiles.pick_rows(n_rows, matrix, row_ids, FIRST), COLUMN)
        b = tiles.load(tiles.pick_rows(n_rows, matrix, row_ids, FIRST + 1), COLUMN)
        tiles.store(operation(a, b), tiles.pick_rows(n_rows, out, places, 0), COLUMN)

    matrix[:] = np.sign(matrix) * (1 + np.abs(matrix))  # nothing near 0 to divide by
    out = np.zeros_like(matrix)
    combine(matrix, ROW_IDS, np.arange(8), out)
    rows, others = chosen(n_rows), ROW_IDS[FIRST + 1 : FIRST + 1 + n_rows]
    assert_close(out, only_block(matrix, twin(matrix[rows, BLOCK], matrix[others, BLOCK])))


def test_filled_and_clamped(matrix, n_rows):
    @njit
    def change(matrix, row_ids, places, out, clipped):
        tile = tiles.load(tiles.pick_rows(n_rows, matrix, row_ids, FIRST), COLUMN)
        tiles.store(tiles.broadcast(tile, 0.25), tiles.pick_rows(n_rows, out, places, 0), COLUMN)
        tiles.store(tiles.clamped(tile, 0.5), tiles.pick_rows(n_rows, clipped, places, 0), COLUMN)

    out, clipped = np.zeros_like(matrix), np.zeros_like(matrix)
    change(matrix, ROW_IDS, np.arange(8), out, clipped)
    assert_close(out, only_block(matrix, np.full((n_rows, LANES), 0.25)))
    expected = np.clip(matrix[chosen(n_rows), BLOCK], -0.5, 0.5)
    assert np.abs(expected).max() == 0.5 and np.abs(expected).min() < 0.5
    assert_close(clipped, only_block(matrix, expected))


def test_pick_part_starts_anywhere(matrix):
    @njit
    def copy(vector, out):
        tiles.store(tiles.load(tiles.pick_part(vector, 3), COLUMN), tiles.pick_row(out, 0), COLUMN)

    vector, out = np.ascontiguousarray(matrix.reshape(-1)), np.zeros_like(matrix)
    copy(vector, out)
    assert_close(out, only_block(matrix, vector[None, 3 + COLUMN : 3 + COLUMN + LANES]))


def test_multiply_add(matrix, n_rows):
    @njit
    def accumulate(matrix, row_ids, places, out):
        rows, into = tiles.pick_rows(n_rows, matrix, row_ids, FIRST), tiles.pick_rows(n_rows, out, places, 0)
        vector = tiles.load(tiles.pick_row(matrix, 8), COLUMN)
        tiles.store(tiles.multiply_add(tiles.load(into, COLUMN), tiles.load(rows, COLUMN), vector), into, COLUMN)

    out = np.ones_like(matrix)
    accumulate(matrix, ROW_IDS, np.arange(8), out)
    expected = np.ones_like(matrix)
    expected[:n_rows, BLOCK] += matrix[chosen(n_rows), BLOCK] * matrix[8, BLOCK]
    assert_close(out, expected)


def test_spread(matrix, scale, n_rows):
    @njit
    def accumulate(matrix, scale, places, out):
        into, vector = tiles.pick_rows(n_rows, out, places, 0), tiles.load(tiles.pick_row(matrix, 8), COLUMN)
        tiles.store(
            products.rank_1_update(tiles.load(into, COLUMN), scale, SCALE_ROW, SCALE_FIRST, vector), into, COLUMN
        )

    out = np.ones_like(matrix)
    accumulate(matrix, scale, np.arange(8), out)
    expected = np.ones_like(matrix)
    expected[:n_rows, BLOCK] += np.outer(scale[SCALE_ROW, SCALE_FIRST : SCALE_FIRST + n_rows], matrix[8, BLOCK])
    assert_close(out, expected)


@pytest.fixture(params=[1, 2])
def n_inputs(request):
    return request.param


def weights_of(scale, n_inputs, n_rows):
    return scale[SCALE_ROW : SCALE_ROW + n_inputs, SCALE_FIRST : SCALE_FIRST + n_rows]


def test_gather(matrix, scale, n_rows, n_inputs):
    @njit
    def accumulate(matrix, row_ids, scale, places, out):
        tile = tiles.load(tiles.pick_rows(n_rows, matrix, row_ids, FIRST), COLUMN)
        into = tiles.pick_rows(n_inputs, out, places, 0)
        total = products.weighted_row_sums(tiles.load(into, COLUMN), scale, SCALE_ROW, SCALE_FIRST, tile)
        tiles.store(total, into, COLUMN)

    out = np.ones_like(matrix)
    accumulate(matrix, ROW_IDS, scale, np.arange(8), out)
    expected = np.ones_like(matrix)
    expected[:n_inputs, BLOCK] += weights_of(scale, n_inputs, n_rows) @ matrix[chosen(n_rows), BLOCK]
    assert_close(out, expected)


def test_scatter_product(matrix, scale, n_rows, n_inputs):
    @njit
    def accumulate(matrix, scale, places, row_ids, out):
        tile = tiles.load(tiles.pick_rows(n_inputs, matrix, places, 0), COLUMN)
        rows = tiles.pick_rows(n_rows, out, row_ids, FIRST)
        products.scatter_product(scale, SCALE_ROW, SCALE_FIRST, tile, rows, COLUMN)

    out, expected = np.ones_like(matrix), np.ones_like(matrix)
    accumulate(matrix, scale, np.arange(8), ROW_IDS, out)
    changes = weights_of(scale, n_inputs, n_rows).T @ matrix[:n_inputs, BLOCK]
    np.add.at(expected[:, BLOCK], chosen(n_rows), changes)  # row 4 is there twice
    assert_close(out, expected)


def test_scaled_rows(matrix, scale, n_inputs):
    @njit
    def scale_rows(matrix, row_ids, scale, places, out):
        tile = tiles.load(tiles.pick_rows(n_inputs, matrix, row_ids, FIRST), COLUMN)
        into = tiles.pick_rows(n_inputs, out, places, 0)
        tiles.store(products.scaled_rows(tile, scale, SCALE_ROW, SCALE_FIRST), into, COLUMN)

    out = np.zeros_like(matrix)
    scale_rows(matrix, ROW_IDS, scale, np.arange(8), out)
    assert_close(out, only_block(matrix, weights_of(scale, n_inputs, 1) * matrix[chosen(n_inputs), BLOCK]))


def test_row_sums(matrix, scale, n_rows):
    @njit
    def sum_rows(matrix, row_ids, out):
        tile = tiles.load(tiles.pick_rows(n_rows, matrix, row_ids, FIRST), COLUMN)
        tiles.row_sums(tile, out, SCALE_ROW, SCALE_FIRST)

    expected = scale.copy()
    expected[SCALE_ROW, SCALE_FIRST : SCALE_FIRST + n_rows] = matrix[chosen(n_rows), BLOCK].sum(axis=1)
    sum_rows(matrix, ROW_IDS, scale)
    assert_close(scale, expected)


def test_prefetch_changes_nothing(matrix):
    @njit
    def prefetch(matrix, row):
        tiles.prefetch_row(matrix, row)

    before = matrix.copy()
    for row in (0, len(matrix) - 1):
        prefetch(matrix, row)
    np.testing.assert_array_equal(matrix, before)


def test_padded_is_whole_cache_lines():
    assert [padded(n) for n in (1, 15, 16, 17, 100, 300)] == [16, 16, 16, 32, 112, 304]
    assert ROW_ALIGN % LANES == 0


@pytest.mark.skipif("W2V_TESTING_OTHER_LANES" in os.environ, reason="this is the inner run")
@pytest.mark.parametrize(
    "environment", [{"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma"}]
)
def test_operations_without_compiler_and_with_short_registers(environment):
    """These tests again, in a process where the operations are NumPy or have 8 numbers per register."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", __file__]
    environment = python_environment(W2V_TESTING_OTHER_LANES="1", **environment)
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, process.stdout
