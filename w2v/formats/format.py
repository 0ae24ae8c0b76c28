"""What a format is: a record that says how its files are named, known, read and written.

Each format makes its record in its own file, and `table.py` lists them. Nobody else compares names of formats: what
sets one apart is asked of its record.
"""

import codecs
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from w2v.corpus.ngrams import Ngrams
from w2v.errors import ConfigError, FormatError
from w2v.formats.sample import Sample
from w2v.system.files import PathLike

MADE_UP_COUNTS = {"counts": "made up from the rank"}  # metadata of a table whose counts nobody counted


class VectorTable(NamedTuple):
    """What a vector file holds."""

    keys: Sequence[str] | Sequence[int]  # int keys only from an integer-id corpus; decoded on first use if native
    vectors: np.ndarray  # floats (V, d), input vectors; if native a memory map, changes to which stay in memory
    counts: np.ndarray | None = None  # int64 (V,)
    output_vectors: np.ndarray | None = None  # float32 (rows, d), native format only
    metadata: dict[str, Any] = {}  # never changed in place; native format only; JSON-able
    # Native format only, and only where `vectors` were changed after training: what training left, (V, its size)
    trained_vectors: np.ndarray | None = None
    # Native format only, and only where words have several input rows (`kernel.layout.WordRows`):
    input_rows: np.ndarray | None = None  # float32 (input rows, d), of which `vectors` are made
    row_offsets: np.ndarray | None = None  # int64 (V + 1,)
    row_ids: np.ndarray | None = None  # int32, those of word i from row_offsets[i] on
    row_shares: np.ndarray | None = None  # float32 (V,)
    row_change_shares: np.ndarray | None = None  # float32 (V,)
    ngram_buckets: np.ndarray | None = None  # int32 (G,), of the last G input rows (`kernel.subword_rows`)
    # Only of a table that is to be written with int8 `vectors` and `input_rows` (`formats.small`); float32 (rows,)
    vector_scales: np.ndarray | None = None
    input_row_scales: np.ndarray | None = None


class Reading(NamedTuple):
    """How to read a file. Formats of rows heed all of it, the native one only the limit."""

    limit: int | None = None  # at most this many rows
    encoding: str = "utf-8"  # any encoding that leaves ASCII as it is
    errors: str = "strict"  # or "replace", "ignore": what to do with bytes that are not of that encoding
    datatype: npt.DTypeLike = np.float32
    surplus: bool = False  # whether rows after those that line 1 announces are left out with a warning, as in gensim

    def check(self) -> None:
        """Raises `ConfigError` for settings that cannot work."""
        if self.limit is not None and self.limit < 1:
            raise ConfigError(f"limit is {self.limit}; give a number of rows of at least 1, or None for all")
        try:
            codecs.lookup_error(self.errors)
            ascii_kept = " \n0".encode(self.encoding) == b" \n0"
        except LookupError as error:
            raise ConfigError(f"{error}; try encoding='utf-8' and errors='strict'") from error
        if not ascii_kept:
            raise ConfigError(f"vector files in {self.encoding} cannot be read; convert the file to UTF-8")
        if np.dtype(self.datatype).kind != "f":
            raise ConfigError(f"datatype is {np.dtype(self.datatype)}; give a floating-point type")


def unread(path: PathLike, reading: Reading) -> VectorTable:
    """The reader of formats that are written for other programs only. Raises `FormatError`."""
    raise FormatError(f"{path} is of a format that is written and not read; keep the .w2v file")


class Format(NamedTuple):
    """A format of vector files, and what sets it apart from the others."""

    name: str  # what --format takes, and what errors and `info` say
    title: str  # what the help calls it
    suffixes: tuple[str, ...]  # in lower case, with the point, the usual one first
    write: Callable[[PathLike, VectorTable], None]  # whole or not at all; the table's shapes are checked
    recognises: Callable[[Sample], bool] = lambda sample: False  # whether a file that starts so is of this format
    read: Callable[[PathLike, Reading], VectorTable] = unread  # raises `FormatError` for a malformed file
    has_mark: bool = False  # its first bytes are its own, so it is asked before files of other programs are refused
    has_header: bool = True  # that says how many vectors follow, and how long they are
    is_folder: bool = False  # a new folder of files
    is_mapped: bool = False  # read by memory-mapping, so it cannot be compressed
    keeps_training: bool = False  # holds all that training needs to go on, n-grams too
    # Of such a format: whether training can go on from what it writes of a table.
    goes_on: Callable[[VectorTable], bool] = lambda table: table.output_vectors is not None
    # Raises `ConfigError` for n-grams that it cannot hold.
    check_ngrams: Callable[[PathLike, Ngrams], None] = lambda path, ngrams: None
    # Whether a file that is recognised cannot be a corpus: lines of integers look like rows of vectors.
    is_no_corpus: Callable[[PathLike], bool] = lambda path: True
    verify: Callable[[PathLike], None] = lambda path: None  # raises `FormatError` where checksums say it is damaged
