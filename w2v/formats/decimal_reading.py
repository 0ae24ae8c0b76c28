"""Decimal text to numbers, for many rows at once: integer arithmetic on NumPy arrays.

A row is a word, then d numbers, each after one space, then a line end. The common spelling of a number
(`-0.123`: one digit, a point, more digits) is handled here; the others are left to Python, one by one, so
the numbers are the same as Python's in every case. The way back is in `decimal_writing.py`.
"""

import numpy as np

_CHARACTERS_AT_ONCE = 96 << 10  # the arrays made on the way stay in the processor's cache
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
    parts: list[np.ndarray] = []
    start = 0
    while start < len(text):
        cut = text.rfind(b"\n", start, start + _CHARACTERS_AT_ONCE) + 1 or text.find(b"\n", start) + 1
        part = _parse_part(text[start:cut], n_columns) if cut else None
        if part is None:
            return None
        words += part[0]
        parts.append(part[1])
        start = cut
    return words, np.concatenate(parts)


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
