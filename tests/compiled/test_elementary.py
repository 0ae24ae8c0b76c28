"""Against NumPy, over the range that the training step uses."""

import numpy as np
import pytest
from numba import njit

from w2v.compiled import elementary, tiles
from w2v.compiled.registers import LANES


def applied(function, numbers):
    """`function` of one tile after the other, through the compiler."""

    @njit
    def apply(source, out):
        for row in range(len(source)):
            for column in range(0, source.shape[1], LANES):
                tile = tiles.load(tiles.pick_row(source, row), column)
                tiles.store(function(tile), tiles.pick_row(out, row), column)

    out = np.zeros_like(numbers)
    apply(numbers, out)
    return out


@pytest.fixture(params=[np.float32, np.float64])
def positive(request):
    """Positive numbers over many powers of two, with the borders of the mantissa among them."""
    numbers = np.exp(12 * np.random.default_rng(1).normal(size=(5, 4 * LANES))).astype(request.param)
    numbers[0, :5] = 1, 2, np.sqrt(0.5), np.nextafter(np.sqrt(numbers.dtype.type(0.5)), 0), 0.7
    return numbers


def test_mantissa_and_exponent_make_the_number(positive):
    mantissas, exponents = applied(elementary.mantissa, positive), applied(elementary.exponent, positive)
    np.testing.assert_array_equal(mantissas * np.exp2(exponents), positive)
    root = positive.dtype.type(np.sqrt(0.5))
    assert (mantissas >= root).all() and (mantissas <= 2 * root).all()
    np.testing.assert_array_equal(exponents, np.round(exponents))


def test_log(positive):
    expected, precision = np.log(positive.astype(float)), 4e-7 if positive.dtype == np.float32 else 2e-9
    np.testing.assert_allclose(applied(elementary.log, positive), expected, rtol=precision, atol=precision)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exp(dtype):
    numbers = np.linspace(-20, 20, 5 * 64 * LANES).reshape(5, -1).astype(dtype)
    expected = np.exp(numbers.astype(float))
    # 64 roundings are raised to the power along with the sum
    np.testing.assert_allclose(applied(elementary.exp, numbers), expected, rtol=2e-5 if dtype == np.float32 else 2e-7)
    for end in (-30, 30):  # what lies beyond is as far as that, and the terms left out are 6e-6 of it
        far = applied(elementary.exp, np.full((5, LANES), end * 1000, dtype))
        np.testing.assert_allclose(far, np.exp(float(end)), rtol=5e-5 if dtype == np.float32 else 1e-5)
