"""Rows of numbers to decimal text: compiled, since it is a walk over characters."""

import math

import numpy as np

from w2v.compiled.jit import entry, inlined

# Numbers from SMALLEST up to LARGEST, and without it, are spelled here. No float32 is 0.0001; this is the next above.
SMALLEST, LARGEST = float(np.nextafter(np.float32(1e-4), np.float32(1))), 10.0
N_CHARACTERS = 16  # of the longest, " -1.23456789e-38"
_SPACE, _MINUS, _POINT, _ZERO, _LINE_END = 32, 45, 46, 48, 10
_NINE_DIGITS = 1e8  # times a number from 1 to 10: nine digits before the point
_FOUR_DIGITS = (np.arange(10_000)[:, None] // [1000, 100, 10, 1] % 10 + _ZERO).astype(np.uint8)


@inlined
def spell_number(number, four_digits, out, end):
    """Write 0, or a number of a size between the bounds, from out[end] on; returns the new end."""
    if math.copysign(1.0, number) < 0:
        out[end] = _MINUS
        end += 1
    size = abs(np.float64(number))
    if size == 0:
        out[end] = _ZERO
        return end + 1
    # A float32 has 24 bits and 5**12 has 28, so the products are exact in float64. Half to even, as C rounds.
    scale = _NINE_DIGITS
    if size < 1:
        out[end], out[end + 1] = _ZERO, _POINT
        end += 2
        scale *= 10
        while size * scale < _NINE_DIGITS:
            out[end] = _ZERO
            end += 1
            scale *= 10
    digits = np.uint32(np.rint(size * scale))
    high, low = digits // np.uint32(10_000), digits % np.uint32(10_000)
    out[end] = _ZERO + high // np.uint32(10_000)
    end += 1
    if size >= 1:
        out[end] = _POINT
        end += 1
    high %= np.uint32(10_000)
    for k in range(4):
        out[end + k], out[end + 4 + k] = four_digits[high, k], four_digits[low, k]
    end += 8
    while out[end - 1] == _ZERO:
        end -= 1
    return end - 1 if out[end - 1] == _POINT else end


@entry
def spell(words, word_ends, numbers, unusual, four_digits, out):
    """Write lines of a word and the numbers of its row (n, d) to `out`; returns how many bytes.

    words: uint8, the words' bytes one after another. unusual: uint8 (m, N_CHARACTERS), the texts of the numbers
    that are not spelled here, in order, each with a space before and zero bytes after it.
    """
    end, start, n_unusual = 0, 0, 0
    for row in range(len(numbers)):
        for place in range(start, word_ends[row]):
            out[end] = words[place]
            end += 1
        start = word_ends[row]
        for column in range(numbers.shape[1]):
            number = numbers[row, column]
            size = abs(number)
            if size >= SMALLEST and size < LARGEST or size == 0:
                out[end] = _SPACE
                end = spell_number(number, four_digits, out, end + 1)
            else:
                for k in range(N_CHARACTERS):
                    if unusual[n_unusual, k] != 0:
                        out[end] = unusual[n_unusual, k]
                        end += 1
                n_unusual += 1
        out[end] = _LINE_END
        end += 1
    return end


def spell_rows(words: list[bytes], numbers: np.ndarray) -> memoryview:
    """The text of the rows: float32 (n, d), finite, each number as C's "%.9g" has it.

    Nine significant digits give every float32 back exactly (Goldberg 1991, "What Every Computer Scientist
    Should Know About Floating-Point Arithmetic", theorem 15). Numbers of unusual size are left to Python.
    """
    numbers = np.ascontiguousarray(numbers, dtype=np.float32)
    sizes = np.abs(numbers).ravel()
    unusual = numbers.ravel()[((sizes < SMALLEST) & (sizes > 0)) | (sizes >= LARGEST)]
    texts = np.array([b" %.9g" % number for number in unusual.tolist()], dtype=f"S{N_CHARACTERS}")
    ends = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
    out = np.empty(int(ends[-1]) + len(words) + N_CHARACTERS * numbers.size, dtype=np.uint8)
    joined = np.frombuffer(b"".join(words), dtype=np.uint8)
    n_bytes = spell(joined, ends, numbers, texts.view(np.uint8).reshape(-1, N_CHARACTERS), _FOUR_DIGITS, out)
    return out[:n_bytes].data
