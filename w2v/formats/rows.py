"""What the row formats (word2vec binary and text, GloVe) share: the header, the words, the rows read so far.

A row is a word and its d numbers. A header is never trusted: memory is taken for what was read, not for what
was announced.
"""

import codecs
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from w2v.errors import ConfigError, FormatError
from w2v.system.files import PathLike, plain_size
from w2v.system.parallel import ordered_map

Packed = TypeVar("Packed")

BOM = codecs.BOM_UTF8
HEADER = re.compile(rb"\s*(\d+)\s+(\d+)\s*")
_HEADER_BYTES = 200  # ample for two numbers
_MAX_DIGITS = 15
# In these encodings the byte of a space is always a space, so many words can be decoded in one go.
_JOINABLE = {"utf-8", "ascii", "iso8859-1"}


class Reading(NamedTuple):
    """How to read a row format."""

    limit: int | None = None  # at most this many rows
    encoding: str = "utf-8"  # any encoding that leaves ASCII as it is
    errors: str = "strict"  # or "replace", "ignore": what to do with bytes that are not of that encoding
    datatype: npt.DTypeLike = np.float32

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


class Place(NamedTuple):
    """Where the rows of a block go."""

    rows: slice
    kept: list[int] | None  # rows of the block whose word had not occurred before; None for all


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

    def add(self, keys: list[str], block: np.ndarray) -> int | None:
        """Append rows (n, d); returns the index in `block` of a row that is not finite in the wanted type, if
        any.
        """
        return self.fill(self.place(keys), block)

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
            # Large blocks are remapped by the system when they grow, not copied.
            self._vectors.resize((end + end // 2, self._vectors.shape[1]), refcheck=False)
        self._keys += keys
        return Place(slice(start, end), kept)

    def fill(self, place: Place, block: np.ndarray) -> int | None:
        """Put in the vectors (n, d) of placed keys; returns the same as `add`."""
        rows = self._vectors[place.rows]
        with np.errstate(over="ignore"):
            rows[:] = block if place.kept is None else block[place.kept]
        row = first_unusable_row(rows)
        return row if row is None or place.kept is None else place.kept[row]

    def finish(self) -> tuple[list[str], np.ndarray]:
        """The words and the vectors (V, d); warns when rows were dropped."""
        if self._n_repeats:
            warnings.warn(
                f"{self._path}: dropped {self._n_repeats} rows whose word had occurred before "
                f"(the first is {self._first_repeat!r})",
                stacklevel=4,
            )
        self._vectors.resize((len(self._keys), self._vectors.shape[1]), refcheck=False)
        return self._keys, self._vectors

    def _first_rows(self, keys: list[str], seen: set[str]) -> Iterator[int]:
        block_seen: set[str] = set()
        for row, key in enumerate(keys):
            if key in seen or key in block_seen:
                self._first_repeat = self._first_repeat if self._n_repeats else key
                self._n_repeats += 1
            else:
                block_seen.add(key)
                yield row


def first_unusable_row(block: np.ndarray) -> int | None:
    """The first row (of n, d) that holds nan or infinity, or None."""
    if block.dtype == np.float32 and block.flags.c_contiguous:
        flat = block.reshape(-1)
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.dot(flat, flat)
        if np.isfinite(total):  # one fast pass; where the sum is too large, the numbers are looked at below
            return None
    unusable = ~np.isfinite(block).all(axis=1)
    return int(unusable.argmax()) if unusable.any() else None


def read_header(
    path: PathLike, stream: IO[bytes], row_bytes: Callable[[int], int], limit: int | None
) -> tuple[int, int]:
    """Read the line "V d" and return both numbers.

    `row_bytes(d)` is the least space of one row. Raises `FormatError` when the line is no header, or
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
    if size is not None and len(line) + n_wanted * row_bytes(n_columns) > size:
        n_possible = (size - len(line)) // row_bytes(n_columns)
        raise FormatError(
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
                raise FormatError(
                    f"{where(row)}: the word {word[:40]!r} is not valid {reading.encoding}; "
                    "give its encoding, or errors='replace' or 'ignore'"
                ) from error
        raise


class Token(NamedTuple):
    """The rule that the tokens of a format obey."""

    format: str
    forbidden: re.Pattern[str]
    advice: str


def encode_tokens(path: PathLike, keys: Sequence[Any], prefix: str, rule: Token) -> list[bytes]:
    """`prefix` + key in UTF-8, for each key; raises `FormatError` for a token that would not be read back as
    it is.
    """
    tokens = [f"{prefix}{key}" for key in keys] if prefix else list(map(str, keys))
    try:
        if all(tokens) and rule.forbidden.search("".join(tokens)) is None:  # which looks for spaces in every format
            return " ".join(tokens).encode("utf-8").split(b" ")
    except UnicodeEncodeError:
        pass
    for token in tokens:
        what = _fault(token, rule)
        if what is not None:
            raise FormatError(
                f"cannot write {path}: the word {token[:80]!r} {what}, which {rule.format} cannot hold; {rule.advice}"
            )
    raise AssertionError("a token was refused and none is at fault")


def _fault(token: str, rule: Token) -> str | None:
    if not token:
        return "is empty"
    if rule.forbidden.search(token):
        return "holds whitespace"
    try:
        token.encode("utf-8")
    except UnicodeEncodeError:
        return "holds a lone surrogate"
    return None


def packed_blocks(
    path: PathLike,
    keys: Sequence[Any],
    vectors: np.ndarray,
    order: np.ndarray | None,
    n_block: int,
    pack: Callable[[list[Any], np.ndarray], Packed],
) -> Iterator[Packed]:
    """`pack` of keys and their float32 rows, `n_block` at a time, in the order of the row ids `order`; packing is
    shared out to threads. Rows with nan or infinity are refused.
    """

    def packed(first: int) -> Packed:
        rows: Any = slice(first, min(first + n_block, n_rows))
        if order is not None:
            rows = order[rows]
            block_keys = [keys[row] for row in rows.tolist()]
        else:
            block_keys = list(keys[rows])
        block = np.ascontiguousarray(vectors[rows], dtype="<f4")
        row = first_unusable_row(block)
        if row is not None:
            raise FormatError(
                f"cannot write {path}: the vector of {str(block_keys[row])[:80]!r} holds nan or infinity; "
                "train again with a lower learning rate, or keep it in the native format (.w2v)"
            )
        return pack(block_keys, block)

    n_rows = len(keys) if order is None else len(order)
    return ordered_map(packed, range(0, n_rows, n_block))
