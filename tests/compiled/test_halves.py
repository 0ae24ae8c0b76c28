"""float16 as NumPy has it, bit for bit."""

import numpy as np

from w2v.compiled.halves import narrowed, widened
from w2v.compiled.jit import entry


@entry
def _narrow(numbers, bits):
    for k in range(len(numbers)):
        bits[k] = narrowed(numbers[k])


@entry
def _widen(bits, numbers):
    for k in range(len(bits)):
        numbers[k] = widened(bits[k])


def test_every_finite_float16_is_widened():
    bits = np.arange(1 << 16, dtype=np.uint16)
    bits = bits[np.isfinite(bits.view(np.float16))]
    found = np.empty(len(bits), np.float32)
    _widen(bits, found)
    assert (found.view(np.uint32) == bits.view(np.float16).astype(np.float32).view(np.uint32)).all()


def test_numbers_are_narrowed_to_the_nearest():
    """At each float16, half way to the next one (a tie) and just beside that; and bits at random."""
    exact = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    ties = np.append((exact[1:] + exact[:-1]) / 2, np.float32(65520))
    chance = np.random.default_rng(0).integers(0, 1 << 32, 100_000, np.uint32).view(np.float32)
    beside = (np.nextafter(ties, np.float32(end)) for end in (0, np.inf))
    numbers = np.concatenate([exact, ties, *beside, chance, np.array([np.inf], np.float32)])
    numbers = np.concatenate([numbers, -numbers])
    numbers = numbers[~np.isnan(numbers)]
    found = np.empty(len(numbers), np.uint16)
    _narrow(numbers, found)
    with np.errstate(over="ignore"):
        assert (found == numbers.astype(np.float16).view(np.uint16)).all()


def test_no_number_is_infinite():
    found = np.empty(1, np.uint16)
    _narrow(np.array([np.nan], np.float32), found)
    assert np.isinf(found.view(np.float16)).all()
