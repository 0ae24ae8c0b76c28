"""Keys and their vectors: look-up, attributes and changes, with gensim 4's names. The queries are in
`w2v.vectors.queries`, and nothing of them is known here.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from w2v.errors import ConfigError, MissingAttributeError, UnknownWordError
from w2v.formats.format import MADE_UP_COUNTS, VectorTable
from w2v.system.files import PathLike
from w2v.vectors.normed import NormedMatrix
from w2v.vectors.spelling import UnknownWord

Key = str | int | np.integer
KEY_TYPES = (str, int, np.integer)
MISSING = ("raise", "skip", "zero")


class VectorStore:
    """A matrix of vectors (V, d) with one key per row.

    In a store of str keys an int is a row number, as in gensim; in a store of int keys it is always a key.
    `vectors` may be written into: of a file it is a map whose changes stay in memory. What only reads the matrix takes
    `matrix`, so that norms can be kept. All that works with a store sees it through the methods here: a subclass
    overrides these. One that makes vectors of keys without a row says so in `has_index_for` and makes them in
    `get_vector`.
    """

    vectors_lockf: np.ndarray  # float32 (V,), gensim's locks: only there once `intersect_word2vec_format` has set them

    def __init__(self, vector_size: int, count: int = 0, dtype: npt.DTypeLike = np.float32) -> None:
        """`count` rows are laid out in advance, for `add_vector` to fill."""
        self.vector_size = int(vector_size)
        self._keys: Sequence[Any] = [None] * count  # None: a row that waits for `add_vector`
        self.next_index = 0  # the next row that `add_vector` fills
        self.n_free = count  # rows that still wait
        self.expandos: dict[str, np.ndarray] = {}  # attribute name -> one value per row
        self.output_vectors: np.ndarray | None = None
        self.trained_vectors: np.ndarray | None = None  # where `vectors` were changed after training (postprocessing)
        self.metadata: dict[str, Any] = {}
        self.source: str | None = None  # the file it came from
        self._key_to_index: dict[Any, int] | None = None
        self._rows = NormedMatrix(np.zeros((count, self.vector_size), dtype=dtype))

    # ---- data

    @property
    def vectors(self) -> np.ndarray:
        """(V, d), to write into, too: `norms` and all questions see it. Assigning a new matrix replaces it."""
        return self._rows.hand_out()

    @vectors.setter
    def vectors(self, matrix: np.ndarray) -> None:
        self._rows = NormedMatrix(matrix, shared=True)

    @property
    def matrix(self) -> np.ndarray:
        """(V, d), `vectors` for one who reads them now and neither writes nor keeps them."""
        return self._rows.array

    def hold(self, matrix: np.ndarray) -> None:
        """Replace `vectors` by a matrix whose owner sets `norms` to None after each change: they are kept till then."""
        self._rows = NormedMatrix(matrix)

    @property
    def index_to_key(self) -> list[Any]:
        """The keys by row; those of a native file are decoded at the first use."""
        if not isinstance(self._keys, list):
            self._keys = list(self._keys)
        return self._keys

    @index_to_key.setter
    def index_to_key(self, keys: Sequence[Any]) -> None:
        self._keys = keys

    @property
    def key_to_index(self) -> dict[Any, int]:
        """Key -> row, built at the first use; of equal keys the first counts."""
        if self._key_to_index is None:
            if hasattr(self._keys, "positions"):  # the keys of a native file know them
                found = self._keys.positions().copy()
            else:
                found = _first_places(self._keys)
            self._key_to_index = found
        return self._key_to_index

    @key_to_index.setter
    def key_to_index(self, mapping: dict[Any, int] | None) -> None:  # None: it is built anew
        self._key_to_index = mapping

    @property
    def norms(self) -> np.ndarray:
        """(V,) Euclidean lengths, those of `vectors` as they are now."""
        return self._rows.lengths()

    @norms.setter
    def norms(self, norms: None) -> None:
        self._rows.forget()

    def fill_norms(self, force: bool = False) -> None:
        """gensim's name for: have `norms` ready, computed anew with `force`. There is no need to."""
        if force:
            self._rows.forget()
        self._rows.lengths()

    def divisors(self, rows: Any = slice(None)) -> np.ndarray:
        """Norms to divide by: a zero vector's is 1, so that it stays zero instead of becoming NaN."""
        return self._rows.divisors(rows)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: Any) -> bool:
        return self.has_index_for(key)

    def __getitem__(self, key_or_keys: Any) -> np.ndarray:
        """(d,) read-only for one key, (n, d) copied for several. Raises `UnknownWordError`."""
        if isinstance(key_or_keys, KEY_TYPES):
            return self.get_vector(key_or_keys)
        return self.get_vectors(key_or_keys)

    def __setitem__(self, keys: Any, weights: Any) -> None:
        """`add_vectors` that replaces."""
        self.add_vectors(keys, weights, replace=True)

    # ---- look-up

    @property
    def has_int_keys(self) -> bool:
        """Whether ints are keys here, and not row numbers; the first key decides."""
        return len(self) > 0 and isinstance(self._keys[0], int | np.integer)

    def get_index(self, key: Key, default: int | None = None) -> int:
        """Row of `key`; `default`, if given, for an unknown one. Raises `UnknownWordError`."""
        index = self.key_to_index.get(key)
        if index is not None:
            return index
        if isinstance(key, int | np.integer) and not self.has_int_keys and 0 <= key < len(self):
            return int(key)
        if default is not None:
            return default
        raise UnknownWordError(UnknownWord(key, self._keys, self.key_to_index))

    def has_index_for(self, key: Key) -> bool:
        """Whether the key has a vector; `key in vectors` asks here."""
        return self.get_index(key, -1) >= 0

    def get_vector(self, key: Key, norm: bool = False) -> np.ndarray:
        """(d,), read-only; of unit length with `norm` (a zero vector stays zero). Raises
        `UnknownWordError`.
        """
        index = self.get_index(key)
        vector = self.matrix[index]
        if norm:
            vector = vector / self.divisors(index)
        vector.setflags(write=False)
        return vector

    def get_vectors(self, keys: Iterable[Key], missing: str = "raise", norm: bool = False) -> np.ndarray:
        """(n, d), a copy. Unknown keys: "raise" `UnknownWordError`, "skip" (fewer rows), or a "zero" row."""
        keys = list(keys)
        check_missing(missing)
        indices = self.indices_of(keys, "zero")
        if missing == "skip":
            kept = [place for place, index in enumerate(indices.tolist()) if index >= 0 or keys[place] in self]
            keys, indices = [keys[place] for place in kept], indices[kept]
        known = indices >= 0
        rows = np.zeros((len(indices), self.vector_size), dtype=self.matrix.dtype)
        rows[known] = self.matrix[indices[known]]
        if norm:
            rows[known] /= self.divisors(indices[known])[:, None]
        for place in np.flatnonzero(~known).tolist():  # made by a subclass, or an error
            if missing == "raise" or keys[place] in self:
                rows[place] = self.get_vector(keys[place], norm)
        return rows

    def indices_of(self, keys: Iterable[Key], missing: str = "raise") -> np.ndarray:
        """int64 (n,) rows of the keys; under "zero" a key without a row is -1, under "skip" it is left out.

        Raises `UnknownWordError` under "raise".
        """
        check_missing(missing)
        if missing == "raise":
            return np.array([self.get_index(key) for key in keys], dtype=np.int64)
        keys = list(keys)
        is_plain = type(self).get_index is VectorStore.get_index  # then most need no call: they are in the dictionary
        rows = map(self.key_to_index.get, keys, itertools.repeat(-1)) if is_plain else itertools.repeat(-1)
        indices = np.fromiter(rows, dtype=np.int64, count=len(keys))
        for place in np.flatnonzero(indices < 0).tolist():
            if not (is_plain and isinstance(keys[place], str)):
                indices[place] = self.get_index(keys[place], -1)
        return indices if missing == "zero" else indices[indices >= 0]

    def get_normed_vectors(self) -> np.ndarray:
        """(V, d), a copy with rows of unit length (zero vectors stay zero)."""
        return self.matrix / self.divisors()[:, None]

    # ---- attributes

    def get_vecattr(self, key: Key, attr: str) -> Any:
        """Value of an attribute of one key. Raises `UnknownWordError`, `KeyError` for an attribute nobody
        set.
        """
        index = self.get_index(key)
        if attr not in self.expandos:
            raise MissingAttributeError(f"attribute {attr!r} is not set in these vectors; set it with set_vecattr")
        return self.expandos[attr][index]

    def set_vecattr(self, key: Key, attr: str, val: Any) -> None:
        """Set an attribute of one key. The first value fixes the type; other keys get zero."""
        index = self.get_index(key)
        self.allocate_vecattrs([attr], [type(val)])
        if attr == "count" and self.counts_are_made_up:
            self.metadata = {name: fact for name, fact in self.metadata.items() if name not in MADE_UP_COUNTS}
        if not self.expandos[attr].flags.writeable:
            self.expandos[attr] = self.expandos[attr].copy()
        self.expandos[attr][index] = val

    def allocate_vecattrs(self, attrs: Iterable[str] | None = None, types: Iterable[Any] | None = None) -> None:
        """Make the attributes' arrays exist and have one value per key. Raises `TypeError` for another type
        than before.
        """
        if attrs is None or types is None:
            attrs, types = list(self.expandos), [array.dtype for array in self.expandos.values()]
        for attr, wanted in zip(attrs, types, strict=True):
            dtype = np.dtype(object if wanted is str else np.int64 if wanted is int else wanted)
            old = self.expandos.get(attr)
            if old is None:
                self.expandos[attr] = np.zeros(len(self), dtype=dtype)
                continue
            if not np.can_cast(dtype, old.dtype, casting="same_kind"):
                raise TypeError(f"attribute {attr!r} holds {old.dtype}, not {dtype}; convert the value first")
            if len(old) != len(self):
                self.expandos[attr] = np.zeros(len(self), dtype=old.dtype)
                n_kept = min(len(old), len(self))
                self.expandos[attr][:n_kept] = old[:n_kept]

    # ---- changes

    def add_vector(self, key: Key, vector: npt.ArrayLike) -> int:
        """Add one key and return its row; a key that is there keeps its vector. Without a free row all
        vectors are copied.
        """
        if key in self.key_to_index:
            return self.key_to_index[key]
        if not self.n_free:
            self.add_vectors([key], np.reshape(np.asarray(vector), (1, -1)))
            self.next_index = len(self)
            return len(self) - 1
        index = self.next_index
        self.own_vectors()[index] = vector
        self.own_keys()[index] = key
        self.key_to_index[key] = index
        self.next_index += 1
        self.n_free -= 1
        self._rows.forget()
        return index

    def add_vectors(
        self,
        keys: Any,
        weights: Any,
        extras: Mapping[str, np.ndarray] | None = None,
        replace: bool = False,
    ) -> None:
        """Append keys (n) with their vectors (n, d) and attributes (`extras`: name -> n values).

        A key that is there keeps its vector unless `replace`. Of equal new keys the first counts, or under
        `replace` the last. The output vectors, which no longer fit, are dropped. Raises `ConfigError` for a
        wrong shape.
        """
        if isinstance(keys, KEY_TYPES):
            keys, weights = [keys], np.reshape(np.asarray(weights), (1, -1))
        keys, extras = list(keys), extras or {}
        matrix = np.asarray(weights, dtype=self.matrix.dtype).reshape(len(keys), -1)
        if len(keys) and matrix.shape[1] != self.vector_size:
            raise ConfigError(f"vectors of {matrix.shape[1]} numbers do not fit; give {self.vector_size} for each key")
        row_of: dict[Any, int] = {}  # key -> the row of `weights` that counts
        for row, key in enumerate(keys):
            if replace or key not in row_of:
                row_of[key] = row
        new = [key for key in row_of if key not in self.key_to_index]
        old = [key for key in row_of if key in self.key_to_index] if replace else []
        if new:
            added = matrix[[row_of[key] for key in new]]
            self.key_to_index.update(zip(new, itertools.count(len(self))))
            self.own_keys().extend(new)
            self.hold(np.concatenate([self.matrix, added]))
            self.output_vectors = self.trained_vectors = None
        if old:
            self.own_vectors()[[self.key_to_index[key] for key in old]] = matrix[[row_of[key] for key in old]]
        self._rows.forget()
        self.allocate_vecattrs()
        for attr, values in extras.items():
            for key in itertools.chain(new, old):
                self.set_vecattr(key, attr, np.asarray(values)[row_of[key]])

    def own_vectors(self) -> np.ndarray:
        """The matrix to write into, copied first if it is read-only; set `norms` to None afterwards."""
        return self._rows.own()

    def own_keys(self) -> list[Any]:
        """The keys as a list that can grow."""
        return self.index_to_key

    def unit_normalize_all(self) -> None:
        """Scale every vector to unit length, in place (zero vectors stay zero)."""
        divisors = self.divisors()
        matrix = self.own_vectors()
        matrix /= divisors[:, None]
        self._rows.forget()

    def sort_by_descending_frequency(self) -> None:
        """Reorder by the attribute "count", highest first; equal counts keep their order (gensim reverses
        it). Raises `ConfigError` without it.
        """
        if not len(self):
            return
        if "count" not in self.expandos:
            raise MissingAttributeError(
                "these vectors carry no counts to sort by; set them with set_vecattr(key, 'count', n)"
            )
        order = np.argsort(-self.expandos["count"].astype(np.int64), kind="stable")
        self.index_to_key = [self.index_to_key[index] for index in order.tolist()]
        self.expandos = {attr: values[order] for attr, values in self.expandos.items()}
        self.hold(self.matrix[order])
        self.output_vectors = self.trained_vectors = None
        self._key_to_index = None

    def vectors_for_all(self, keys: Iterable[Key], allow_inference: bool = True, copy_vecattrs: bool = False) -> Self:
        """A new store with those of `keys` that are here, in the order given, each once.

        `allow_inference` is for subclasses that can make vectors of unknown words, whose attributes are then zero;
        here it changes nothing for str keys.
        """
        known = self if allow_inference else self.key_to_index
        chosen = [key for key in dict.fromkeys(keys) if key in known]
        result = type(self)(self.vector_size, dtype=self.matrix.dtype)
        result.index_to_key = chosen
        result.hold(self.get_vectors(chosen))
        result.make_up_counts()
        if copy_vecattrs:
            indices = self.indices_of(chosen, "zero")
            has_row = indices >= 0
            for attr, values in self.expandos.items():
                result.expandos[attr] = np.zeros(len(chosen), dtype=values.dtype)
                result.expandos[attr][has_row] = values[indices[has_row]]
            if "count" in self.expandos and not self.counts_are_made_up:
                result.metadata = {}
        return result

    # ---- to and from tables

    @classmethod
    def from_table(cls, table: VectorTable, source: PathLike | None = None) -> Self:
        """Vectors around the arrays of `table`, which are not copied."""
        matrix = np.asarray(table.vectors)
        result = cls(matrix.shape[1], dtype=matrix.dtype)
        result.hold(matrix)
        result.index_to_key = table.keys
        if table.counts is not None:
            result.expandos["count"] = np.asarray(table.counts)
        result.output_vectors, result.trained_vectors = table.output_vectors, table.trained_vectors
        result.metadata = dict(table.metadata)
        result.source = None if source is None else str(source)
        return result

    def to_table(self) -> VectorTable:
        """The table of all keys that have a vector; arrays are shared where they can be."""
        keys, matrix, counts = self._keys, self.matrix, self.expandos.get("count")
        if self.n_free:
            rows = [index for index, key in enumerate(keys) if key is not None]
            keys, matrix = [keys[index] for index in rows], matrix[rows]
            counts = None if counts is None else counts[rows]
        counts = None if counts is None else np.asarray(counts, dtype=np.int64)
        metadata = dict(self.metadata)
        return VectorTable(keys, np.asarray(matrix), counts, self.output_vectors, metadata, self.trained_vectors)

    @property
    def counts_are_made_up(self) -> bool:
        """Whether the attribute "count" is gensim's invention for words nobody counted: the last has 1, the one before
        2, and so on."""
        return MADE_UP_COUNTS.items() <= self.metadata.items()

    def make_up_counts(self) -> None:
        """Set such counts."""
        self.expandos["count"] = np.arange(len(self), 0, -1)
        self.metadata = {**self.metadata, **MADE_UP_COUNTS}


def _first_places(keys: Sequence[Any]) -> dict[Any, int]:
    """Key -> the first row with it, without the rows that wait for a key (None)."""
    places = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    places.pop(None, None)
    return dict(reversed(places.items()))


def check_missing(missing: str) -> None:
    """Raises `ConfigError` unless `missing` is one of raise, skip, zero."""
    if missing not in MISSING:
        raise ConfigError(f"missing is {missing!r}; choose raise, skip or zero")


def as_keys(store: VectorStore, words: Sequence[str]) -> list[Any]:
    """Words as the keys they are: where ints are keys, those of numbers are ints."""
    return [int(word) if word.lstrip("-").isdecimal() else word for word in words] if store.has_int_keys else [*words]
