"""The first bytes of a file, by which formats know theirs."""

import codecs
import re
from functools import cached_property

BOM = codecs.BOM_UTF8
HEADER = re.compile(rb"\s*(\d+)\s+(\d+)\s*")  # the line "V d" of the word2vec formats
SAMPLE_BYTES = 1 << 16

_MAX_DIGITS = len(str(1 << 32))
# Possessive, or many digits before a letter would take quadratic time.
_NUMBER = re.compile(rb"[+-]?(\d++\.?\d*+|\.\d++)([eE][+-]?\d++)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)


class Sample:
    """The start of a file, unpacked if the file is compressed."""

    def __init__(self, head: bytes) -> None:
        self.head = head  # at most SAMPLE_BYTES
        self.first, _, self.rest = head.removeprefix(BOM).partition(b"\n")  # line 1, and what follows it

    @cached_property
    def n_columns(self) -> int | None:
        """How many numbers a row has, if line 1 is a header that says so."""
        found = HEADER.fullmatch(self.first)
        return None if found is None or len(found[2]) > _MAX_DIGITS else int(found[2])


def starts_with_row(text: bytes, n_columns: int | None) -> bool:
    """Whether the first line that is not blank is a word and `n_columns` (or any) numbers, as far as it is at
    hand.
    """
    line, end, _ = text.lstrip(b"\r\n").partition(b"\n")
    fields = line.split()
    if not end and len(line) > SAMPLE_BYTES // 2:
        numbers = fields[1:-1]  # a line longer than the sample, whose last number may be cut
    elif n_columns is None:
        numbers = fields[1:]
    else:
        has_word = len(fields) > n_columns or (len(fields) == n_columns and line[:1].isspace())  # it may be empty
        numbers = fields[-n_columns:] if has_word else []
    return bool(numbers) and all(_NUMBER.fullmatch(field) for field in numbers)
