"""What the row formats (word2vec binary and text, GloVe) share: the header, the words, the rows read so far.

A row is a word and its d numbers. A header is never trusted: memory is taken for what was read, not for what
was announced.
"""

import codecs
import contextlib
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from w2v.errors import CutOffError, FormatError, UndecodableError
from w2v.formats.format import Reading, VectorTable
from w2v.formats.sample import BOM, HEADER
from w2v.system.files import PathLike, compressing_writer, plain_size
from w2v.system.parallel import ordered_map

Packed = TypeVar("Packed")

_HEADER_BYTES = 200  # ample for two numbers
_MAX_DIGITS = 15
# In these encodings the byte of a space is always a space, so many words can be decoded in one go.
_JOINABLE = {"utf-8", "ascii", "iso8859-1"}


class Writing(NamedTuple):
    """How to write a format of rows."""

    header: bool = True  # a first line "V d"
    n_announced: int | None = None  # the V of the header, where it is not the number of rows
    order: np.ndarray | None = None  # row ids in the order to write them, for all in theirs
    prefix: str = ""  # of each word
    more: bytes = b""  # of the first line
    append: bool = False  # to a file that is there, which gets its old length back on any error


WHOLE = Writing()  # a file of all rows as they are


class Place(NamedTuple):
    """Where the rows of a batch go."""

    rows: slice
    kept: list[int] | None  # rows of the batch whose word had not occurred before; None for all


class RowCollector:
    """The words and vectors read so far; of a word that comes again, only the first row is kept (as in
    gensim).

    `n_expected` rows are made ready at once; give a number only after checking that the file can hold it.
    """

    def __init__(self, path: PathLike, n_columns: int, datatype: npt.DTypeLike, n_expected: int = 0) -> None:
        self._path = path
        self.n_columns = n_columns
        self._keys: list[str] = []
        self._seen: set[str] = set()
        self._vectors = np.empty((n_expected, n_columns), dtype=datatype)
        self._n_repeats = 0
        self._first_repeat = ""

    def add(self, keys: list[str], batch: np.ndarray) -> int | None:
        """Append rows (n, d); returns the index in `batch` of a row that is not finite in the wanted type, if
        any.
        """
        return self.fill(self.place(keys), batch)

    def place(self, keys: list[str]) -> Place:
        """Append keys, whose vectors `fill` gives later, in any thread as long as no more rows than expected come."""
        kept, n_seen = None, len(self._seen)
        if not self._seen.isdisjoint(keys):
            kept = list(self._first_rows(keys, self._seen))
        self._seen.update(keys)
        if kept is None and len(self._seen) < n_seen + len(keys):
            kept = list(self._first_rows(keys, set()))
        if kept is not None:
            keys = [keys[row] for row in kept]
        start, end = len(self._keys), len(self._keys) + len(keys)
        if end > len(self._vectors):
            # Large arrays are remapped by the system when they grow, not copied.
            self._vectors.resize((end + end // 2, self._vectors.shape[1]), refcheck=False)
        self._keys += keys
        return Place(slice(start, end), kept)

    def fill(self, place: Place, batch: np.ndarray) -> int | None:
        """Put in the vectors (n, d) of placed keys; returns the same as `add`."""
        rows = self._vectors[place.rows]
        with np.errstate(over="ignore"):
            rows[:] = batch if place.kept is None else batch[place.kept]
        row = first_unusable_row(rows)
        return row if row is None or place.kept is None else place.kept[row]

    def finish(self, notes: Sequence[str] = ()) -> VectorTable:
        """The words and the vectors (V, d) of the wanted type; warns of `notes`, and when rows were dropped."""
        if self._n_repeats:
            notes = [*notes, repeats_note(self._path, self._n_repeats, self._first_repeat)]
        for note in notes:
            warnings.warn(note, stacklevel=4)
        self._vectors.resize((len(self._keys), self._vectors.shape[1]), refcheck=False)
        return VectorTable(self._keys, self._vectors)

    def _first_rows(self, keys: list[str], seen: set[str]) -> Iterator[int]:
        batch_seen: set[str] = set()
        for row, key in enumerate(keys):
            if key in seen or key in batch_seen:
                self._first_repeat = self._first_repeat if self._n_repeats else key
                self._n_repeats += 1
            else:
                batch_seen.add(key)
                yield row


def repeats_note(path: PathLike, n_repeats: int, first: str | int) -> str:
    """What is warned of when rows were dropped."""
    return f"{path}: dropped {n_repeats} rows whose word had occurred before (the first is {first!r})"


def first_unusable_row(batch: np.ndarray) -> int | None:
    """The first row (of n, d) that holds nan or infinity, or None."""
    if batch.dtype == np.float32 and batch.flags.c_contiguous:
        flat = batch.reshape(-1)
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.dot(flat, flat)
        if np.isfinite(total):  # one fast pass; where the sum is too large, the numbers are looked at below
            return None
    unusable = ~np.isfinite(batch).all(axis=1)
    return int(unusable.argmax()) if unusable.any() else None


def read_header(
    path: PathLike, stream: IO[bytes], row_bytes: Callable[[int], int], limit: int | None
) -> tuple[int, int]:
    """Read the line "V d" and return both numbers.

    `row_bytes(d)` is the least space of one row. Raises `FormatError` when the line is no header, `CutOffError` when it
    announces more than the file can hold (only the first `limit` rows are asked for).
    """
    line = stream.readline(_HEADER_BYTES)
    if not line:
        raise FormatError(f"{path} is empty; give a file with vectors")
    match = HEADER.fullmatch(line.removeprefix(BOM))
    if match is None or not line.endswith(b"\n"):
        shown = line[:40].decode("utf-8", "replace")
        raise FormatError(
            f"{path}: line 1 is {shown!r} where the number of vectors and their size are expected; "
            "for a file without that line use format 'glove' (no_header=True)"
        )
    if max(len(match[1]), len(match[2])) > _MAX_DIGITS:
        raise FormatError(f"{path}: line 1 announces numbers of more than {_MAX_DIGITS} digits; the file is damaged")
    n_rows, n_columns = int(match[1]), int(match[2])
    if n_columns < 1:
        raise FormatError(f"{path}: line 1 announces vectors of {n_columns} numbers; at least 1 is needed")
    size = plain_size(stream)
    n_wanted = n_rows if limit is None else min(n_rows, limit)
    room = None if size is None else size - len(line) + 1  # the last line end may be missing
    if room is not None and n_wanted * row_bytes(n_columns) > room:
        n_possible = room // row_bytes(n_columns)
        raise CutOffError(
            f"{path}: line 1 announces {n_rows} vectors of {n_columns} numbers, but the file's {size} bytes "
            f"hold at most {n_possible}; it is cut off or of another format"
        )
    return n_rows, n_columns


def decode_words(words: list[bytes], reading: Reading, where: Callable[[int], str]) -> list[str]:
    """Decode words; `where(row)` names the file and place for the `FormatError` that an undecodable word
    raises.
    """
    try:
        if codecs.lookup(reading.encoding).name in _JOINABLE and words:
            decoded = b" ".join(words).decode(reading.encoding, reading.errors).split(" ")
            if len(decoded) == len(words):
                return decoded
        return [word.decode(reading.encoding, reading.errors) for word in words]
    except UnicodeDecodeError:
        for row, word in enumerate(words):
            try:
                word.decode(reading.encoding, reading.errors)
            except UnicodeDecodeError as error:
                raise UndecodableError(
                    f"{where(row)}: the word {word[:40]!r} is not valid {reading.encoding}; "
                    "give its encoding, or errors='replace' or 'ignore'",
                    error,
                ) from error
        raise


class TokenRule(NamedTuple):
    """The rule that the tokens of a format obey."""

    format: str
    forbidden: re.Pattern[str]
    empty: bool = True  # whether a token may be empty


def encode_tokens(path: PathLike, keys: Sequence[Any], prefix: str, rule: TokenRule) -> list[bytes]:
    """`prefix` + key in UTF-8, for each key; raises `FormatError` for a token that would not be read back as
    it is.
    """
    tokens = [f"{prefix}{key}" for key in keys] if prefix else list(map(str, keys))
    try:
        allowed = rule.forbidden.search("".join(tokens)) is None and (rule.empty or all(tokens))
        if allowed:  # no space is, in any format
            return " ".join(tokens).encode("utf-8").split(b" ")
    except UnicodeEncodeError:
        pass
    for token in tokens:
        what = _why_not(token, rule)
        if what is not None:
            raise FormatError(
                f"cannot write {path}: the word {token[:80]!r} {what}, which {rule.format} cannot hold; "
                "use the native format (.w2v), which holds any string"
            )
    raise AssertionError("a token was refused and none is at fault")


def _why_not(token: str, rule: TokenRule) -> str | None:
    """What the rule has against a token."""
    if not (token or rule.empty):
        return "is empty"
    if rule.forbidden.search(token):
        return "holds whitespace"
    try:
        token.encode("utf-8")
    except UnicodeEncodeError:
        return "holds a lone surrogate"
    return None


@contextlib.contextmanager
def rows_writer(path: PathLike, table: VectorTable, how: Writing) -> Iterator[IO[bytes]]:
    """Open `path` for the rows, compressed as its suffix says, with the header written; the file appears, or grows,
    only if the block ends without an error.

    Raises `W2VError` when the file cannot be written.
    """
    n_rows = len(table.keys) if how.order is None else len(how.order)
    with compressing_writer(path, how.append) as stream:
        if how.header:
            n_announced = n_rows if how.n_announced is None else how.n_announced
            stream.write(b"%d %d%b\n" % (n_announced, table.vectors.shape[1], how.more))
        yield stream


def packed_batches(
    path: PathLike,
    table: VectorTable,
    how: Writing,
    n_batch: int,
    pack: Callable[[list[Any], np.ndarray], Packed],
    keep_double: bool = False,
) -> Iterator[Packed]:
    """`pack` of keys and their float32 rows (or float64, if they are and `keep_double`), `n_batch` at a time, in the
    order asked for; packing is shared out to threads. Raises `FormatError` for a row with nan or infinity, which also
    becomes of what float32 cannot hold.
    """
    keys, vectors, order = table.keys, table.vectors, how.order
    dtype = "<f8" if keep_double and vectors.dtype == np.float64 else "<f4"

    def packed(first: int) -> Packed:
        rows: Any = slice(first, min(first + n_batch, n_rows))
        if order is not None:
            rows = order[rows]
            batch_keys = [keys[row] for row in rows.tolist()]
        else:
            batch_keys = list(keys[rows])
        with np.errstate(over="ignore"):
            batch = np.ascontiguousarray(vectors[rows], dtype=dtype)
        row = first_unusable_row(batch)
        if row is not None:
            raise FormatError(
                f"cannot write {path}: the vector of {str(batch_keys[row])[:80]!r} holds nan or infinity; "
                "train again with a lower learning rate, or keep it in the native format (.w2v)"
            )
        return pack(batch_keys, batch)

    n_rows = len(keys) if order is None else len(order)
    return ordered_map(packed, range(0, n_rows, n_batch))
