"""Vector files to plain arrays and back: the native format, word2vec binary and text, fastText `.vec`, GloVe
text.

Nothing here knows `KeyedVectors`. A word that occurs twice in a row format keeps its first row, with a
warning, as in gensim. Integer keys are written as decimal text in the row formats and come back as strings;
only the native format keeps them.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from w2v.errors import ConfigError, FormatError
from w2v.formats.binary import read_binary, write_binary
from w2v.formats.native import looks_native, read_native, write_native
from w2v.formats.rows import BOM, HEADER, Reading
from w2v.formats.text import read_text, write_count_rows, write_text
from w2v.system.compression import COMPRESSION_SUFFIXES
from w2v.system.files import PathLike, compressing_writer, decompressing_reader

FORMATS = ("w2v", "word2vec-binary", "word2vec-text", "glove")

_SUFFIXES = {
    ".w2v": "w2v",
    ".bin": "word2vec-binary",
    ".txt": "word2vec-text",
    ".vec": "word2vec-text",
    ".glove": "glove",
}
_SNIFF_BYTES = 1 << 16
_MAX_COUNT_LINE = 16 << 20
# Possessive, or many digits before a letter would take quadratic time.
_NUMBER = re.compile(rb"[+-]?(\d++\.?\d*+|\.\d++)([eE][+-]?\d++)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_FOREIGN = {
    b"\xba\x16\x4f\x2f": "a fastText model (.bin); export its vectors as .vec",
    b"\x93NUMPY": "a NumPy array; words are missing there",
    b"\x80": "a Python pickle, as gensim's save() writes; load it in gensim and call save_word2vec_format",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\x89HDF": "an HDF5 file; export it as word2vec text",
}


class VectorTable(NamedTuple):
    """What a vector file holds."""

    keys: Sequence[str] | Sequence[int]  # int keys only from an integer-id corpus; decoded on first use if native
    vectors: np.ndarray  # float32 (V, d), input vectors; a read-only memory map if native
    counts: np.ndarray | None = None  # int64 (V,)
    output_vectors: np.ndarray | None = None  # float32 (rows, d), native format only
    metadata: dict[str, Any] = {}  # never changed in place; native format only; JSON-able


def format_of(path: PathLike, override: str | None = None) -> str:
    """The format's name: `override` if given, else from the suffix (one for compression, as in .txt.gz, is
    passed over).

    Raises `ConfigError` for a name or suffix that is not known.
    """
    name, packed = Path(path), Path(path).suffix.lower() in COMPRESSION_SUFFIXES
    if packed:
        name = name.with_suffix("")
    if override not in (None, *FORMATS):
        raise ConfigError(f"format {override!r} is not known; choose one of {', '.join(FORMATS)}")
    found = override or _SUFFIXES.get(name.suffix.lower())
    if found == "w2v" and packed:
        raise ConfigError(f"{path}: the native format is memory-mapped and cannot be compressed; use the suffix .w2v")
    if found is None:
        raise ConfigError(
            f"the suffix of {path} names no format; use one of {' '.join(_SUFFIXES)} or give the format "
            f"({', '.join(FORMATS)})"
        )
    return found


def sniff_format(path: PathLike) -> str:
    """The format's name from the first bytes, unpacked if the file is compressed; the suffix plays no part.

    Raises `FormatError` if none fits. A file with no header whose vectors have one number is taken for GloVe
    unless its first line is also a header that fits the second.
    """
    with decompressing_reader(path) as stream:
        head = stream.read(_SNIFF_BYTES)
    if not head:
        raise FormatError(f"{path} is empty; give a file with vectors")
    if looks_native(head):
        return "w2v"
    for mark, what in _FOREIGN.items():
        if head.startswith(mark):
            raise FormatError(f"{path} is {what}")
    first, _, rest = head.removeprefix(BOM).partition(b"\n")
    header = HEADER.fullmatch(first)
    if header is not None and len(header[2]) <= len(str(1 << 32)):
        n_columns = int(header[2])
        if not rest.strip() or _starts_with_row(rest, n_columns):
            return "word2vec-text"
        if not _starts_with_row(first + b"\n" + rest, 1) or not _starts_with_row(rest, 1):
            return "word2vec-binary"
    n_fields = len(first.split())
    if n_fields >= 2 and (_starts_with_row(first, None) or _starts_with_row(rest, None)):
        return "glove"
    shown = first[:40].decode("utf-8", "replace")
    raise FormatError(f"{path} is no vector file: it starts with {shown!r}; known formats are {', '.join(FORMATS)}")


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
    if format is None and Path(path).is_fifo():
        raise ConfigError(f"{path} is a pipe, which cannot be looked at twice; give its format ({', '.join(FORMATS)})")
    name = sniff_format(path) if format is None else format_of(path, format)
    if name == "w2v":
        keys, tensors, metadata = read_native(path)
        table = VectorTable(
            keys, tensors["input_vectors"], tensors.get("counts"), tensors.get("output_vectors"), metadata
        )
        return table if limit is None or limit >= len(table.vectors) else _first_rows(table, limit)
    if name == "word2vec-binary":
        return VectorTable(*read_binary(path, reading))
    return VectorTable(*read_text(path, name == "word2vec-text", reading))


def write_vectors(path: PathLike, table: VectorTable, format: str | None = None) -> None:
    """Write `table`, whole or not at all; the format comes from the suffix when `format` is None.

    The row formats keep keys and input vectors only; .gz, .bz2, .xz or .zst after the suffix compresses them.
    Raises `FormatError` for a word or number that the format cannot hold, `W2VError` when the file cannot be
    written.
    """
    name = format_of(path, format)
    if name == "w2v":
        _check_shapes(table)
        tensors = {
            "input_vectors": table.vectors,
            "output_vectors": table.output_vectors,
            "counts": table.counts,
        }
        given = {key: array for key, array in tensors.items() if array is not None}
        write_native(path, table.keys, given, table.metadata)
    else:
        write_word2vec(path, table, name == "word2vec-binary", write_header=name != "glove")


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
    reading = Reading(limit or None, encoding, errors, datatype)
    return VectorTable(*(read_binary(path, reading) if binary else read_text(path, not no_header, reading)))


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
    n_rows = len(table.keys) if order is None else len(order)
    with compressing_writer(path, append) as stream:
        if write_header:
            stream.write(b"%d %d\n" % (n_rows if total_vec is None else total_vec, table.vectors.shape[1]))
        elif not append and n_rows and not binary:
            _refuse_leading_mark(path, f"{prefix}{table.keys[0 if order is None else int(order[0])]}")
        write = write_binary if binary else write_text
        write(path, stream, table.keys, table.vectors, prefix=prefix, order=order)


def read_counts(path: PathLike, encoding: str = "utf-8", errors: str = "strict") -> dict[str, int]:
    """A counts file (`fvocab`): lines "word count"; raises `FormatError` with the line for anything else."""
    reading = Reading(None, encoding, errors)
    reading.check()
    counts: dict[str, int] = {}
    with decompressing_reader(path) as stream:
        for number, line in enumerate(iter(partial(stream.readline, _MAX_COUNT_LINE), b""), start=1):
            if len(line) == _MAX_COUNT_LINE:
                raise FormatError(f"{path}: line {number} is over {_MAX_COUNT_LINE} bytes; is this a counts file?")
            fields = (line.removeprefix(BOM) if number == 1 else line).split()
            if not fields:
                continue
            if len(fields) != 2 or not fields[1].isdigit() or len(fields[1]) > 18:
                shown = line[:40].decode("utf-8", "replace").rstrip()
                raise FormatError(f"{path}: line {number} is {shown!r} where a word and its count are expected")
            try:
                counts[fields[0].decode(encoding, errors)] = int(fields[1])
            except UnicodeDecodeError as error:
                raise FormatError(
                    f"{path}: line {number}: the word {fields[0][:40]!r} is not valid {encoding}; give its encoding"
                ) from error
    return counts


def write_counts(
    path: PathLike,
    keys: Sequence[str] | Sequence[int],
    counts: np.ndarray,
    *,
    prefix: str = "",
    append: bool = False,
) -> None:
    """Write a counts file: one line "word count" per key, in the order given."""
    if len(keys) != len(counts):
        raise ConfigError(f"{len(keys)} words and {len(counts)} counts do not match; give one count per word")
    with compressing_writer(path, append) as stream:
        write_count_rows(path, stream, keys, counts, prefix)


def _first_rows(table: VectorTable, limit: int) -> VectorTable:
    counts = None if table.counts is None else table.counts[:limit]
    return VectorTable(table.keys[:limit], table.vectors[:limit], counts, None, table.metadata)


def _check_shapes(table: VectorTable) -> None:
    """Raises `ConfigError` when the table's parts do not fit together."""
    shape = table.vectors.shape
    if len(shape) != 2 or shape[0] != len(table.keys) or shape[1] < 1:
        raise ConfigError(f"{len(table.keys)} words and vectors of shape {shape} do not match; give one row per word")
    if table.counts is not None and table.counts.shape != shape[:1]:
        raise ConfigError(f"{shape[0]} words and counts of shape {table.counts.shape} do not match; give one per word")
    output = table.output_vectors
    if output is not None and (output.ndim != 2 or output.shape[1] != shape[1]):
        raise ConfigError(
            f"output vectors of shape {output.shape} do not match vectors of shape {shape}; give equal lengths"
        )


def _refuse_leading_mark(path: PathLike, token: str) -> None:
    if token.startswith("\ufeff"):
        raise FormatError(
            f"cannot write {path}: the first word {token[:80]!r} starts with a byte order mark, "
            "which GloVe text cannot hold; "
            "use a format with a header line, or the native format (.w2v)"
        )


def _starts_with_row(text: bytes, n_columns: int | None) -> bool:
    """Whether the first line that is not blank is a word and `n_columns` (or any) numbers, as far as it is at
    hand.
    """
    line, end, _ = text.lstrip(b"\r\n").partition(b"\n")
    fields = line.split()
    if not end and len(line) > _SNIFF_BYTES // 2:
        numbers = fields[1:-1]  # a line longer than the sample, whose last number may be cut
    elif n_columns is None:
        numbers = fields[1:]
    else:
        numbers = fields[-n_columns:] if len(fields) > n_columns else []
    return bool(numbers) and all(_NUMBER.fullmatch(field) for field in numbers)
