"""The native vector file `.w2v`: a container (safetensors layout) with fixed names, mapped instead of read.

Arrays: `input_vectors` F32 (V, d); `output_vectors` F32 (rows, d) and `counts` I64 (V,), both optional;
`words` U8, the JSON array of the V keys, so that any string can be a key; `checksums` U8. Strings: `format` = "w2v",
`format_version` = "1", `metadata` = JSON.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np

from w2v.errors import ConfigError, FormatError
from w2v.system.container import read_container, write_container
from w2v.system.files import PathLike

_VERSION = 1
_DTYPES: dict[str, np.dtype[Any]] = {
    "input_vectors": np.dtype("<f4"),
    "output_vectors": np.dtype("<f4"),
    "counts": np.dtype("<i8"),
}


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
            raise self._fault(f"is not valid JSON ({error})") from error
        if not isinstance(keys, list) or len(keys) != self._n_keys:
            raise self._fault(f"is not a list of {self._n_keys} keys")
        kinds = set(map(type, keys))
        if not (kinds <= {str} or kinds <= {int}):
            raise self._fault("mixes kinds of keys")
        positions = dict(zip(keys, range(len(keys)), strict=True))
        if len(positions) != len(keys):
            raise self._fault("holds a key twice")
        return keys, positions

    def _fault(self, what: str) -> FormatError:
        return FormatError(f"{self._path}: the array 'words' {what}; the file is damaged, write it again")


def looks_native(head: bytes) -> bool:
    """Whether a file's first bytes are the start of a safetensors layout."""
    return len(head) > 9 and head[8:10] == b'{"' and 2 <= int.from_bytes(head[:8], "little") < 1 << 32


def read_native(path: PathLike) -> tuple[StoredKeys, dict[str, np.ndarray], dict[str, Any]]:
    """The keys, the mapped arrays (without `words`) and the metadata. Raises `FormatError`."""
    tensors, strings = read_container(path)
    if strings.get("format") != "w2v":
        raise FormatError(f"{path} is a safetensors file but no w2v file; only files that w2v wrote hold a vocabulary")
    version = strings.get("format_version", "")
    if not (version.isascii() and version.isdigit()) or int(version[:9]) < 1:
        raise FormatError(f"{path}: the format version is {version[:20]!r}; the file is damaged")
    if int(version[:9]) > _VERSION:
        raise FormatError(
            f"{path} has format version {version[:20]} and this w2v reads up to {_VERSION}; "
            "update w2v (pip install -U w2v)"
        )
    words = tensors.pop("words", None)
    _check_arrays(path, tensors, words)
    assert words is not None
    try:
        metadata = json.loads(strings.get("metadata", "{}"))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: the metadata is not valid JSON ({error}); the file is damaged") from error
    if not isinstance(metadata, dict):
        raise FormatError(f"{path}: the metadata is not a JSON object; the file is damaged")
    return StoredKeys(path, words, len(tensors["input_vectors"])), tensors, metadata


def write_native(
    path: PathLike, keys: Sequence[Any], tensors: Mapping[str, np.ndarray], metadata: Mapping[str, Any]
) -> None:
    """Write keys, arrays (`input_vectors`, and `output_vectors`, `counts` if there are any) and metadata.

    Raises `ConfigError` for metadata that JSON cannot hold, `W2VError` when the file cannot be written.
    """
    # Not ASCII-only: the escapes of two lone surrogates side by side would be read back as one character.
    text = json.dumps([key if isinstance(key, str) else int(key) for key in keys], ensure_ascii=False)
    words = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    try:
        strings = {
            "format": "w2v",
            "format_version": str(_VERSION),
            "metadata": json.dumps(dict(metadata), default=_plain_number),
        }
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"cannot write {path}: the metadata does not fit in JSON ({error}); use plain values"
        ) from error
    arrays = {
        name: array if array.dtype == _DTYPES[name] else array.astype(_DTYPES[name]) for name, array in tensors.items()
    }
    write_container(path, {**arrays, "words": words}, strings)


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no JSON type")


def _check_arrays(path: PathLike, tensors: Mapping[str, np.ndarray], words: np.ndarray | None) -> None:
    vectors = tensors.get("input_vectors")
    if vectors is None or words is None:
        raise FormatError(f"{path}: the array 'input_vectors' or 'words' is missing; the file is damaged")
    for name, dtype in _DTYPES.items():
        if name in tensors and tensors[name].dtype != dtype:
            raise FormatError(f"{path}: the array {name!r} is {tensors[name].dtype}, not {dtype}; the file is damaged")
    output, counts = tensors.get("output_vectors"), tensors.get("counts")
    fits = vectors.ndim == 2 and vectors.shape[1] > 0 and words.ndim == 1 and words.dtype == np.uint8
    fits = fits and (counts is None or counts.shape == vectors.shape[:1])
    fits = fits and (output is None or (output.ndim == 2 and output.shape[1] == vectors.shape[1]))
    if not fits:
        shapes = {name: array.shape for name, array in {**tensors, "words": words}.items()}
        raise FormatError(f"{path}: the shapes {shapes} do not fit together; the file is damaged")
