"""Decimal text of numbers and back, for whole blocks of rows at once: integer arithmetic on NumPy arrays.

A row is a word, then d numbers, each after one space, then a line end. The common spelling of a number
(`-0.123`: one digit, a point, more digits) is handled here; the others are left to Python, one by one, so
the text and the numbers are the same as Python's in every case.
"""

from collections.abc import Sequence

import numpy as np

_NUMBERS_AT_ONCE = 8192  # the arrays made on the way stay in the processor's cache

# ---- numbers to text -------------------------------------------------------------------------------------------------

_CELL_BYTES = 16  # the longest number is " -1.23456789e-38"
_N_DIGITS = 9
_SMALLEST_PLACE = -4  # below, and from 10 on, "%.9g" is spelled by Python
_N_PLACES = 1 - _SMALLEST_PLACE
_BORDERS = [10.0**place for place in range(_SMALLEST_PLACE, 2)]
# To nine digits before the point. A float32 has 24 bits and 5**12 has 28, so the products are exact in float64.
_SCALES = np.array([0.0] + [10.0 ** (_N_DIGITS - 1 - place) for place in range(_SMALLEST_PLACE, 1)] + [0.0])


def _four_digits() -> tuple[np.ndarray, np.ndarray]:
    """For 0 … 9999: the four characters as one integer, and the number of zeros at their end."""
    numbers = np.arange(10_000)
    digits = numbers[:, None] // [1000, 100, 10, 1] % 10
    n_zeros = sum((numbers % power == 0).astype(np.int64) for power in (10, 100, 1000, 10_000))
    return (digits + ord("0")).astype(np.uint8).view("<u4").ravel(), n_zeros


def _cell_masks() -> np.ndarray:
    """Which bytes of a cell are kept, by (place + 1, number of digits, sign): bool (7, 10, 2, 16).

    A cell is ` -0.000` and the digits, or ` -000` and the first digit, the point, the other digits for numbers
    from 1 on. Place 0 is here for zero.
    """
    keep = np.zeros((_N_PLACES + 2, _N_DIGITS + 1, 2, _CELL_BYTES), dtype=bool)
    keep[..., 0] = True
    keep[:, :, 1, 1] = True
    keep[0, ..., 2] = True  # zero is " 0"
    first_digit = _CELL_BYTES - _N_DIGITS
    for n_digits in range(1, _N_DIGITS + 1):
        for number in range(1, _N_PLACES):
            n_zeros = _N_PLACES - 1 - number
            keep[number, n_digits, :, 2:4] = True
            keep[number, n_digits, :, first_digit - n_zeros : first_digit + n_digits] = True
        last = first_digit - 1 if n_digits == 1 else first_digit + n_digits - 1
        keep[_N_PLACES, n_digits, :, first_digit - 1 : last + 1] = True
    return keep


_CHARACTERS, _N_END_ZEROS = _four_digits()
_KEPT = (_cell_masks() * np.uint8(255)).view("<u8").reshape(-1, 2)
_LENGTHS = np.count_nonzero(_cell_masks(), axis=-1).ravel()


def spell_rows(words: Sequence[bytes], block: np.ndarray) -> bytes:
    """The text of the rows: float32 (n, d), finite, each number as C's "%.9g" has it.

    Nine significant digits give every float32 back exactly (Goldberg 1991, "What Every Computer Scientist
    Should Know About Floating-Point Arithmetic", theorem 15).
    """
    n_rows = max(1, _NUMBERS_AT_ONCE // block.shape[1])
    pieces: list[bytes] = []
    for first in range(0, len(words), n_rows):
        rows = slice(first, first + n_rows)
        cells, lengths = _spell(np.ascontiguousarray(block[rows], dtype=np.float32).reshape(-1))
        text = cells.tobytes().translate(None, b"\0")
        start = 0
        for word, length in zip(words[rows], lengths.reshape(-1, block.shape[1]).sum(axis=1).tolist(), strict=True):
            pieces += (word, text[start : start + length], b"\n")
            start += length
    return b"".join(pieces)


def _spell(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each number a cell of 16 bytes, its text among zero bytes: uint8 (n, 16); and the lengths of the texts."""
    sizes = np.abs(numbers).astype(np.float64)
    places = sum((sizes >= border).view(np.uint8) for border in _BORDERS).astype(np.int64)
    # Half to even, as C rounds; exact, see `_SCALES`.
    digits = np.rint(sizes * _SCALES.take(places)).astype(np.uint32)
    high = digits // np.uint32(10_000)
    low = digits - high * np.uint32(10_000)
    first = high // np.uint32(10_000)
    middle = high - first * np.uint32(10_000)
    cells = np.empty((len(sizes), 4), dtype="<u4")
    cells[:, 0] = int.from_bytes(b" -0.", "little")
    from_one = (first << np.uint32(16)) + np.uint32(int.from_bytes(b"000.", "little"))
    cells[:, 1] = np.where(
        places == _N_PLACES, from_one, (first << np.uint32(24)) + np.uint32(int.from_bytes(b"0000", "little"))
    )
    cells[:, 2] = _CHARACTERS.take(middle)
    cells[:, 3] = _CHARACTERS.take(low)
    n_zeros = _N_END_ZEROS.take(low)
    n_zeros += np.where(low == 0, _N_END_ZEROS.take(middle), 0)
    codes = (places * (_N_DIGITS + 1) + (_N_DIGITS - n_zeros)) * 2 + np.signbit(numbers)
    words = cells.view("<u8")
    words &= _KEPT.take(codes, axis=0, mode="clip")
    lengths = _LENGTHS.take(codes)
    unusual = np.flatnonzero(((digits < 100_000_000) | (digits > 999_999_999)) & (sizes > 0))
    if len(unusual):
        texts = np.array([b" %.9g" % number for number in numbers[unusual].tolist()], dtype=f"S{_CELL_BYTES}")
        words[unusual] = texts.view("<u8").reshape(-1, 2)
        lengths[unusual] = np.char.str_len(texts)
    return cells.view(np.uint8), lengths


# ---- text to numbers -------------------------------------------------------------------------------------------------

_CHARACTERS_AT_ONCE = 12 * _NUMBERS_AT_ONCE
_MAX_DECIMALS = 15
_POWERS = 10 ** np.arange(_MAX_DECIMALS + 1, dtype=np.int64)
_DIVISORS = np.concatenate([_POWERS, -_POWERS]).astype(np.float64)  # the second half gives negative numbers, and -0
_MAX_EXACT = np.uint64(1 << 53)  # whole numbers up to here are exact in float64
_WORD = 8  # characters read at a time, as one integer
# The last n of eight characters, the first of which is the lowest byte.
_LAST = np.array([((1 << 8 * n) - 1) << 8 * (_WORD - n) for n in range(_WORD + 1)], dtype=np.uint64)
_LOW_MASKS = _LAST[np.minimum(np.arange(_MAX_DECIMALS + 1), _WORD)]
_HIGH_MASKS = _LAST[np.maximum(np.arange(_MAX_DECIMALS + 1) - _WORD, 0)]
_PADDING = b" " * 2 * _WORD  # so that sixteen characters can be read before any end


def parse_rows(text: bytes, n_columns: int) -> tuple[list[bytes], np.ndarray] | None:
    """Words and numbers, float64 (n, d), of lines that are all regular: a word, then `n_columns` numbers, each after
    one space, then a line end. None when any line is not, or holds what is no number.
    """
    words: list[bytes] = []
    blocks: list[np.ndarray] = []
    start = 0
    while start < len(text):
        cut = text.rfind(b"\n", start, start + _CHARACTERS_AT_ONCE) + 1 or text.find(b"\n", start) + 1
        part = _parse_part(text[start:cut], n_columns) if cut else None
        if part is None:
            return None
        words += part[0]
        blocks.append(part[1])
        start = cut
    return words, np.concatenate(blocks)


def _parse_part(text: bytes, n_columns: int) -> tuple[list[bytes], np.ndarray] | None:
    padded = _PADDING + text
    characters = np.frombuffer(padded, dtype=np.uint8)
    marks = np.flatnonzero(characters <= ord(" "))[len(_PADDING) :]
    if len(marks) == 0 or len(marks) % (n_columns + 1):
        return None
    marks = marks.reshape(-1, n_columns + 1)
    kinds = characters.take(marks)
    if (kinds[:, :-1] != ord(" ")).any() or (kinds[:, -1] != ord("\n")).any():
        return None
    word_starts = np.concatenate(([len(_PADDING)], marks[:-1, -1] + 1))
    if (word_starts == marks[:, 0]).any():
        return None
    words = [padded[start:end] for start, end in zip(word_starts.tolist(), marks[:, 0].tolist(), strict=True)]
    numbers = _parse(padded, characters, marks[:, :-1].ravel() + 1, marks[:, 1:].ravel())
    return None if numbers is None else (words, numbers.reshape(len(words), n_columns))


def _parse(text: bytes, characters: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray | None:
    """The numbers text[start:end]; None when one is no number.

    With up to 15 decimals, digits without the point are a whole number that float64 holds, and one division by an
    exact power of ten rounds once, so the result is the nearest float64 (Clinger 1990, "How to Read Floating
    Point Numbers Accurately").
    """
    negative = characters.take(starts) == ord("-")
    first = starts + negative
    units = characters.take(first) - np.uint8(ord("0"))
    n_decimals = ends - first - 2
    usual = (units <= 9) & (characters.take(first + 1, mode="clip") == ord("."))
    usual &= (n_decimals > 0) & (n_decimals <= _MAX_DECIMALS)
    n_decimals = np.minimum(np.maximum(n_decimals, 0), _MAX_DECIMALS)
    windows = np.ndarray(len(text) - _WORD + 1, dtype="<u8", buffer=text, strides=(1,))
    low, low_usual = _eight_digits(windows[ends - _WORD], _LOW_MASKS.take(n_decimals))
    high, high_usual = _eight_digits(windows[ends - 2 * _WORD], _HIGH_MASKS.take(n_decimals))
    whole = units * _POWERS.view(np.uint64).take(n_decimals) + high * np.uint64(10**_WORD) + low
    usual &= low_usual & high_usual & (whole <= _MAX_EXACT)
    numbers = whole.astype(np.float64)
    numbers /= _DIVISORS.take(n_decimals + len(_POWERS) * negative)
    unusual = np.flatnonzero(~usual)
    if len(unusual):
        fields = [text[start:end] for start, end in zip(starts[unusual].tolist(), ends[unusual].tolist(), strict=True)]
        if any(b"_" in field for field in fields):  # Python's own, no number in a file
            return None
        try:
            numbers[unusual] = [float(field) for field in fields]
        except ValueError:
            return None
    return numbers


def _eight_digits(words: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values of eight characters each (uint64), those outside the masks taken for zeros, and whether all are
    digits.

    Neighbours are joined to numbers below 100, then 10,000, then 100,000,000 (Lemire 2021, "Number Parsing at a
    Gigabyte per Second", section 8).
    """
    words = (words ^ np.uint64(0x3030303030303030)) & masks
    wrong = ((words + np.uint64(0x7676767676767676)) | words) & np.uint64(0x8080808080808080)
    words = words * np.uint64(10 * (1 << 8) + 1) >> np.uint64(8)
    words = (words & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(100 * (1 << 16) + 1) >> np.uint64(16)
    words = (words & np.uint64(0x0000FFFF0000FFFF)) * np.uint64(10_000 * (1 << 32) + 1) >> np.uint64(32)
    return words, wrong == 0
