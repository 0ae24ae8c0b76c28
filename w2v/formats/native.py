"""The native vector file `.w2v`: a container (safetensors layout) with fixed names, mapped instead of read.

Arrays: those of the table `_ARRAYS`, of which only `input_vectors` must be there; `words` U8, the JSON array of the V
keys, so that any string can be a key; `checksums` U8. Strings: `format` = "w2v", `format_version` = "1", `metadata` =
JSON.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, overload

import numpy as np

from w2v.errors import ConfigError, FormatError
from w2v.formats.format import Format, Reading, VectorTable
from w2v.formats.sample import Sample
from w2v.formats.small import restored
from w2v.formats.subwords import check_ngrams, first_words
from w2v.system.container import damaged, read_container, verify_container, write_container
from w2v.system.files import PathLike

_VERSION = 1


class _Array(NamedTuple):
    """What is known of an array before it is read."""

    field: str  # of `VectorTable`
    dtype: np.dtype[Any]
    # V: the number of words; d: the length of a vector; t: the length that training gave it; any other letter: any
    shape: tuple[str, ...]
    others: tuple[np.dtype[Any], ...] = ()  # types that it may have as well

    def has_type(self, array: np.ndarray) -> bool:
        """Whether it has one of the types."""
        return array.dtype in (self.dtype, *self.others)

    def fits(self, array: np.ndarray, vectors: np.ndarray, trained: np.ndarray | None = None) -> bool:
        """Whether it has the shape it needs beside the input vectors (V, d), and the trained ones (V, t) where these
        are others."""
        known = {"V": vectors.shape[0], "V + 1": vectors.shape[0] + 1, "d": vectors.shape[1]}
        known["t"] = vectors.shape[1] if trained is None else trained.shape[-1]
        return array.ndim == len(self.shape) and all(
            known.get(wanted, there) == there for wanted, there in zip(self.shape, array.shape, strict=True)
        )


_OTHER_FLOATS = (np.dtype("<f8"), np.dtype("<f2"))
# A further array is a line here and a field of `VectorTable`.
_ARRAYS = {
    "input_vectors": _Array("vectors", np.dtype("<f4"), ("V", "d"), (*_OTHER_FLOATS, np.dtype("i1"))),
    "vector_scales": _Array("vector_scales", np.dtype("<f4"), ("V",)),
    "trained_vectors": _Array("trained_vectors", np.dtype("<f4"), ("V", "t"), _OTHER_FLOATS),
    "output_vectors": _Array("output_vectors", np.dtype("<f4"), ("R", "t")),
    "counts": _Array("counts", np.dtype("<i8"), ("V",)),
    "input_rows": _Array("input_rows", np.dtype("<f4"), ("R", "t"), (np.dtype("<f2"), np.dtype("i1"))),
    "input_row_scales": _Array("input_row_scales", np.dtype("<f4"), ("R",)),
    "row_offsets": _Array("row_offsets", np.dtype("<i8"), ("V + 1",)),
    "row_ids": _Array("row_ids", np.dtype("<i4"), ("N",)),
    "row_shares": _Array("row_shares", np.dtype("<f4"), ("V",)),
    "row_change_shares": _Array("row_change_shares", np.dtype("<f4"), ("V",)),
    "ngram_buckets": _Array("ngram_buckets", np.dtype("<i4"), ("G",)),
}


INDEX_FORMAT = "w2v-neighbours"  # what `vectors.ann` writes
# Other containers of this package, by their string `format`: what they are and what to do with them.
RELATIVES = {
    "w2v-classifier": "a text classifier, not word vectors; use it with: w2v classify predict, w2v classify test, "
    "or w2v.TextClassifier.load",
    INDEX_FORMAT: "an index of neighbours, not word vectors; w2v nn MODEL --approx uses the one beside the model",
    "w2v-classifier-checkpoint": "the checkpoint of a classifier's training, not word vectors; the same "
    "w2v classify train with --checkpoint goes on from it",
}


def relative(path: PathLike) -> str | None:
    """What a container of this package is that holds no word vectors, and what to do with it; None for one that does.
    Raises `FormatError`."""
    return RELATIVES.get(read_container(path)[1].get("format", ""))


class StoredKeys(Sequence[Any]):
    """The keys of a native file, decoded from its JSON on first use; their number is known before that.

    Using them raises `FormatError` when the JSON is damaged or does not hold that many different keys.
    """

    def __init__(self, path: PathLike, text: np.ndarray, n_keys: int) -> None:
        self._path = path
        self._text = text
        self._n_keys = n_keys
        self._keys: list[Any] | None = None
        self._positions: dict[Any, int] = {}

    def __len__(self) -> int:
        return self._n_keys

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.decoded()[index]

    def __iter__(self) -> Any:
        return iter(self.decoded())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, StoredKeys):
            return self.decoded() == other.decoded()
        return isinstance(other, list | tuple) and self.decoded() == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"StoredKeys({self._n_keys} keys of {self._path})"

    def decoded(self) -> list[Any]:
        """All keys, as a list that is made once."""
        if self._keys is None:
            self._keys, self._positions = self._decode()
        return self._keys

    def positions(self) -> dict[Any, int]:
        """Key -> its place, in a dictionary that is made once."""
        self.decoded()
        return self._positions

    def _decode(self) -> tuple[list[Any], dict[Any, int]]:
        try:
            keys = json.loads(self._text.tobytes().decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError) as error:
            raise self._bad_words(f"is not valid JSON ({error})") from error
        if not isinstance(keys, list) or len(keys) != self._n_keys:
            raise self._bad_words(f"is not a list of {self._n_keys} keys")
        kinds = set(map(type, keys))
        if not (kinds <= {str} or kinds <= {int}):
            raise self._bad_words("mixes kinds of keys")
        positions = dict(zip(keys, range(len(keys)), strict=True))
        if len(positions) != len(keys):
            raise self._bad_words("holds a key twice")
        return keys, positions

    def _bad_words(self, what: str) -> FormatError:
        return damaged(self._path, f"the array 'words' {what}")


def looks_native(sample: Sample) -> bool:
    """Whether a file's first bytes are the start of a safetensors layout."""
    head = sample.head
    return len(head) > 9 and head[8:10] == b'{"' and 2 <= int.from_bytes(head[:8], "little") < 1 << 32


def read_native(path: PathLike, reading: Reading) -> VectorTable:
    """The table of a native file: arrays are mapped, keys decoded on first use.

    Numbers of 8 bits are read into memory, as 16. With a limit below V what does not belong to single words or n-grams
    is left out, since it no longer matches. Raises `FormatError`.
    """
    tensors, strings = read_container(path)
    if (kind := strings.get("format")) in RELATIVES:
        raise FormatError(f"{path} is {RELATIVES[kind]}")
    if kind != "w2v":
        raise FormatError(f"{path} is a safetensors file but no w2v file; only files that w2v wrote hold a vocabulary")
    version = strings.get("format_version", "")
    if not (version.isascii() and version.isdigit()) or int(version[:9]) < 1:
        raise damaged(path, f"the format version is {version[:20]!r}")
    if int(version[:9]) > _VERSION:
        raise FormatError(
            f"{path} has format version {version[:20]} and this w2v reads up to {_VERSION}; "
            "update w2v (pip install -U w2v)"
        )
    words = tensors.pop("words", None)
    vectors = tensors.get("input_vectors")
    if vectors is None or words is None:
        raise damaged(path, "the array 'input_vectors' or 'words' is missing")
    _check_arrays(path, tensors, vectors, words)
    try:
        metadata = json.loads(strings.get("metadata", "{}"))
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"the metadata is not valid JSON ({error})") from error
    if not isinstance(metadata, dict):
        raise damaged(path, "the metadata is not a JSON object")
    keys: Sequence[Any] = StoredKeys(path, words, len(vectors))
    arrays = {known.field: tensors[name] for name, known in _ARRAYS.items() if name in tensors}
    for name, scales in (("vectors", "vector_scales"), ("input_rows", "input_row_scales")):
        if scales in arrays:
            arrays[name] = restored(arrays[name], _checked_scales(path, arrays.pop(scales)))
    table = VectorTable(keys, metadata=metadata, **arrays)
    if table.ngram_buckets is not None:
        try:
            check_ngrams(table)
        except ValueError as error:
            raise damaged(path, str(error)) from error
    return table if reading.limit is None or reading.limit >= len(keys) else first_words(table, reading.limit)


def write_native(path: PathLike, table: VectorTable) -> None:
    """Write all that the table holds, whole or not at all.

    Raises `ConfigError` for metadata that JSON cannot hold or an array that does not fit, `W2VError` when the file
    cannot be written.
    """
    # Not ASCII-only: the escapes of two lone surrogates side by side would be read back as one character.
    text = json.dumps([key if isinstance(key, str) else int(key) for key in table.keys], ensure_ascii=False)
    words = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    try:
        strings = {
            "format": "w2v",
            "format_version": str(_VERSION),
            "metadata": json.dumps(dict(table.metadata), default=_plain_number),
        }
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"cannot write {path}: the metadata does not fit in JSON ({error}); use plain values"
        ) from error
    arrays: dict[str, np.ndarray] = {}
    for name, known in _ARRAYS.items():
        array = getattr(table, known.field)
        if array is None:
            continue
        if not known.fits(array, table.vectors, table.trained_vectors):
            raise ConfigError(
                f"cannot write {path}: the shape {array.shape} of the array {name!r} does not fit vectors of shape "
                f"{table.vectors.shape}; give it the shape ({', '.join(known.shape)})"
            )
        arrays[name] = array if known.has_type(array) else array.astype(known.dtype)
    write_container(path, {**arrays, "words": words}, strings)


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no JSON type")


def _check_arrays(path: PathLike, tensors: Mapping[str, np.ndarray], vectors: np.ndarray, words: np.ndarray) -> None:
    """Raises `FormatError` for an array of another type or shape than the table says."""
    there = [(name, known, tensors[name]) for name, known in _ARRAYS.items() if name in tensors]
    for name, known, array in there:
        if not known.has_type(array):
            raise damaged(path, f"the array {name!r} is {array.dtype}, not {known.dtype}")
    trained = tensors.get("trained_vectors")
    fits = vectors.ndim == 2 and vectors.shape[1] > 0 and words.ndim == 1 and words.dtype == np.uint8
    fits = fits and (trained is None or trained.ndim == 2)
    for rows, scales in (("input_vectors", "vector_scales"), ("input_rows", "input_row_scales")):
        is_scaled = rows in tensors and tensors[rows].dtype == np.int8
        if is_scaled != (scales in tensors):
            raise damaged(path, f"{scales!r} belongs to an array {rows!r} of int8, and only one of them is there")
        fits = fits and (not is_scaled or tensors[scales].shape == tensors[rows].shape[:1])
    if not (fits and all(known.fits(array, vectors, trained) for _, known, array in there)):
        shapes = {name: array.shape for name, array in {**tensors, "words": words}.items()}
        raise damaged(path, f"the shapes {shapes} do not fit together")


def _checked_scales(path: PathLike, scales: np.ndarray) -> np.ndarray:
    if not (np.isfinite(scales).all() and (scales >= 0).all()):
        raise damaged(path, "some scales of its rows are no lengths")
    return scales


FORMAT = Format(
    "w2v",
    "native",
    (".w2v",),
    recognises=looks_native,
    read=read_native,
    write=write_native,
    has_mark=True,
    is_mapped=True,
    keeps_training=True,
    verify=verify_container,
)
