"""The machine instructions of text scanning against Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from w2v.compiled import bits


@njit
def at(text, start):
    """Everything that is read at one place."""
    place = bits.pointer(text)
    bits.ask_for(place, start)
    return bits.load_8(place, start), bits.white_bits(place, start), bits.newline_bits(place, start)


@njit
def lowest_and_count(number):
    return bits.lowest_bit(number), bits.count_bits(number)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=bits.GROUP, max_size=bits.GROUP), st.integers(0, 9))
def test_reading(group, start):
    number, white, newline = at(np.frombuffer(bytearray(start) + group, np.uint8), start)
    assert number == int.from_bytes(group[:8], "little")
    assert [white >> k & 1 for k in range(bits.GROUP)] == [bytes([byte]).isspace() for byte in group]
    assert [newline >> k & 1 for k in range(bits.GROUP)] == [byte == ord("\n") for byte in group]


def test_white_space_is_what_bytes_split_takes():
    """All 256 bytes, at every place of a group."""
    everything = np.arange(256, dtype=np.uint8)
    for shift in range(bits.GROUP):
        turned = np.roll(everything, shift)
        for start in range(0, 256, bits.GROUP):
            _, white, _ = at(turned, start)
            group = turned[start : start + bits.GROUP].tolist()
            assert [white >> k & 1 for k in range(bits.GROUP)] == [byte in bits.WHITE for byte in group]
    assert [byte for byte in range(256) if bytes([byte]).isspace()] == list(bits.WHITE)


@pytest.mark.parametrize("number", [0, 1, 2, 1 << 63, (1 << 64) - 1, 0b1011000, 3 << 40])
def test_counting(number):
    lowest = next((k for k in range(64) if number >> k & 1), 64)
    assert lowest_and_count(np.uint64(number)) == (lowest, number.bit_count())


def test_pointer_sees_the_whole_matrix():
    matrix = np.arange(12).reshape(3, 4)
    assert njit(lambda a: bits.pointer(a)[7])(matrix) == 7
