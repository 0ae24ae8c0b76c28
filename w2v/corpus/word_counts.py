"""Files of lines "word count", as word2vec.c's -save-vocab writes them: a vocabulary, or the counts beside vectors.

This is the one place that reads and writes such lines. Which words they may hold, and what a word that comes twice
means, is up to the callers.
"""

import codecs
import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import IO, Any

from numpy.typing import NDArray

from w2v.errors import FormatError, UndecodableError
from w2v.system.files import compressing_writer, decompressing_reader

_MAX_LINE_BYTES = 16 << 20  # little that unpacks to much must not fill the memory
_MAX_DIGITS = 19  # of 2^63


def read_word_counts(
    path: str | os.PathLike[str], encoding: str = "utf-8", errors: str = "strict", opened: IO[bytes] | None = None
) -> Iterator[tuple[int, str, int]]:
    """(line number, word, count below 2^63) of each line that is not blank. The file may be compressed.

    opened: the file, if it is open already. Raises `FormatError`, naming the line, for one that is not a word and its
    count, `W2VError` for a file that cannot be opened.
    """
    number = 0
    with decompressing_reader(path, opened) as stream:
        for text in iter(partial(stream.readline, _MAX_LINE_BYTES), b""):
            if len(text) == _MAX_LINE_BYTES:
                raise FormatError(
                    f"{path}: line {number + 1} is over {_MAX_LINE_BYTES} bytes; is this a file of word counts?"
                )
            for line in (text if number else text.removeprefix(codecs.BOM_UTF8)).splitlines():  # "\r" ends one too
                number += 1
                fields = line.split()
                if fields:
                    yield number, *_word_and_count(f"{path}: line {number}", line, fields, encoding, errors)


def _word_and_count(place: str, line: bytes, fields: list[bytes], encoding: str, errors: str) -> tuple[str, int]:
    """place: file and line, for errors."""
    if len(fields) != 2 or not fields[1].isdigit() or len(fields[1]) > _MAX_DIGITS or int(fields[1]) >= 2**63:
        raise FormatError(f"{place}: expected a word and its count, found {line[:60]!r}")
    try:
        return fields[0].decode(encoding, errors), int(fields[1])
    except UnicodeDecodeError as error:
        raise UndecodableError(
            f"{place}: the word {fields[0][:40]!r} is not valid {encoding}; "
            "save the file as UTF-8, or give its encoding",
            error,
        ) from error


def write_word_counts(
    path: str | os.PathLike[str], words: Sequence[bytes], counts: NDArray[Any], append: bool = False
) -> None:
    """Write a line for each word, or add it to the file, compressed as the suffix says; whole or not at all.

    words: encoded, without white space. counts: (V,), whole numbers. Raises `W2VError` when the file cannot be written.
    """
    with compressing_writer(path, append) as stream:
        stream.writelines(b"%b %d\n" % pair for pair in zip(words, counts.tolist(), strict=True))
