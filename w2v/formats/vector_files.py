"""Vector files of any format to plain arrays and back, and the files of word counts beside them.

Nothing here knows `KeyedVectors`. A word that occurs twice in a format of rows keeps its first row, with a
warning, as in gensim. Integer keys are written as decimal text in these formats and come back as strings; only
the native format keeps them.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from w2v.corpus.word_counts import read_word_counts, write_word_counts
from w2v.errors import ConfigError
from w2v.formats.binary import read_binary, write_binary
from w2v.formats.format import Reading, VectorTable
from w2v.formats.rows import TokenRule, Writing, encode_tokens
from w2v.formats.table import format_of, format_to_read
from w2v.formats.text import read_text, write_text
from w2v.system.files import PathLike

_COUNTS_RULE = TokenRule("a file of word counts", re.compile(r"[ \t\n\v\f\r]"), empty=False)


def read_vectors(
    path: PathLike,
    format: str | None = None,
    limit: int | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> VectorTable:
    """Read any vector file, at most its first `limit` rows; the format is sniffed when `format` is None.

    A native file is mapped, not read. With a `limit` below V it comes without output vectors, since they no
    longer match. Raises `FormatError` for a malformed file, `ConfigError` for wrong settings, `W2VError` for
    a file that cannot be opened.
    """
    reading = Reading(limit, encoding, errors)
    reading.check()
    return format_to_read(path, format).read(path, reading)


def write_vectors(path: PathLike, table: VectorTable, format: str | None = None) -> None:
    """Write `table`, whole or not at all; the format comes from the suffix when `format` is None.

    The formats of rows keep keys and input vectors only; .gz, .bz2, .xz or .zst after the suffix compresses them.
    Raises `FormatError` for a word or number that the format cannot hold, `W2VError` when the file cannot be
    written.
    """
    known = format_of(path, format)
    _check_shapes(table)
    known.write(path, table)


# ---- gensim's functions


def read_word2vec(
    path: PathLike,
    binary: bool = False,
    *,
    limit: int | None = None,
    no_header: bool = False,
    encoding: str = "utf-8",
    errors: str = "strict",
    datatype: npt.DTypeLike = np.float32,
) -> VectorTable:
    """gensim's `load_word2vec_format` without `fvocab`: keys and vectors (of `datatype`); see `read_counts`
    for the counts.
    """
    if binary and no_header:
        raise ConfigError("no_header is for text files; a binary file needs its header")
    reading = Reading(limit or None, encoding, errors, datatype, surplus=True)
    return read_binary(path, reading) if binary else read_text(path, reading, not no_header)


def write_word2vec(
    path: PathLike,
    table: VectorTable,
    binary: bool = False,
    *,
    order: np.ndarray | None = None,
    prefix: str = "",
    append: bool = False,
    write_header: bool = True,
    total_vec: int | None = None,
) -> None:
    """gensim's `save_word2vec_format` without `fvocab`.

    `order` holds the row ids in the order to write them (for `sort_attr`), `total_vec` replaces the header's
    count. With `append` the rows are added to an existing file, which gets its old length back on any error.
    """
    _check_shapes(table)
    write = write_binary if binary else write_text
    write(path, table, Writing(write_header, total_vec, order, prefix, append=append))


def read_counts(path: PathLike, encoding: str = "utf-8", errors: str = "strict") -> dict[str, int]:
    """A file of word counts (`fvocab`); of a word that comes again the last count is taken, as in gensim.

    Raises `FormatError`, naming the line, for one that is not a word and its count.
    """
    Reading(None, encoding, errors).check()
    return {word: count for _, word, count in read_word_counts(path, encoding, errors)}


def write_counts(
    path: PathLike,
    keys: Sequence[str] | Sequence[int],
    counts: np.ndarray,
    *,
    prefix: str = "",
    append: bool = False,
) -> None:
    """Write a file of word counts: one line "word count" per key, in the order given.

    Raises `FormatError` for a word that such a file cannot hold.
    """
    if len(keys) != len(counts):
        raise ConfigError(f"{len(keys)} words and {len(counts)} counts do not match; give one count per word")
    write_word_counts(path, encode_tokens(path, keys, prefix, _COUNTS_RULE), np.asarray(counts), append)


def _check_shapes(table: VectorTable) -> None:
    """Raises `ConfigError` when the table's parts do not fit together."""
    shape = table.vectors.shape
    if len(shape) != 2 or shape[0] != len(table.keys) or shape[1] < 1:
        raise ConfigError(f"{len(table.keys)} words and vectors of shape {shape} do not match; give one row per word")
    if table.counts is not None and table.counts.shape != shape[:1]:
        raise ConfigError(f"{shape[0]} words and counts of shape {table.counts.shape} do not match; give one per word")
    output, trained = table.output_vectors, table.vectors if table.trained_vectors is None else table.trained_vectors
    if output is not None and (output.ndim != 2 or output.shape[1:] != trained.shape[1:]):
        raise ConfigError(
            f"output vectors of shape {output.shape} do not match vectors of shape {trained.shape}; give equal lengths"
        )
