"""What gensim's `save` writes, read as data: word vectors of gensim 0.12 to 4, and those of a model's file.

It is a pickle, with large arrays in `.npy` files beside it. No code of it is run (`pickled.py`). Training can go on
from a model of negative sampling, whose output vectors and settings are read too; the tree of hierarchical softmax is
another one here.
"""

import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from w2v.errors import ConfigError, FormatError, MissingFileError
from w2v.formats.format import Format, Reading, VectorTable
from w2v.formats.pickled import Noted, array_of, brief, read_pickled
from w2v.formats.rows import repeats_note
from w2v.formats.sample import Sample
from w2v.system.files import PathLike, decompressing_reader
from w2v.system.stored import MALFORMED

_CLASSES = ("KeyedVectors", "Word2VecKeyedVectors", "EuclideanKeyedVectors", "Word2Vec")
_MATRICES = ("vectors", "syn0")  # since gensim 3.3, and before
_PARTS = ("vocabulary", "trainables")
_SETTINGS = (
    "alpha", "window", "min_count", "sample", "seed", "workers", "min_alpha", "sg", "hs", "negative", "ns_exponent",
    "cbow_mean", "epochs", "max_final_vocab", "shrink_windows", "corpus_count", "corpus_total_words",
)  # fmt: skip
_KEYS = ("index_to_key", "index2word")  # since gensim 4, and before


def _recognises(sample: Sample) -> bool:
    """Whether it is a pickle that begins with one of gensim's classes."""
    return sample.head.startswith(b"\x80") and b"gensim.models." in sample.head[:200]


def read_gensim(path: PathLike, reading: Reading) -> VectorTable:
    """Keys, vectors and counts, and what training needs.

    Raises `FormatError` for a damaged file and for what is no `KeyedVectors` or `Word2Vec`, `MissingFileError` for a
    file beside it.
    """
    with decompressing_reader(path) as stream:
        data = stream.read()
    try:
        return _table(path, read_pickled(data), reading)
    except MALFORMED as error:
        what = error if isinstance(error, FormatError) else f"it is damaged ({brief(error)})"
        raise FormatError(f"{path}: {what}; load it in gensim and call save_word2vec_format") from error


def _table(path: PathLike, saved: Any, reading: Reading) -> VectorTable:
    kind = saved.name.rpartition(".")[2] if isinstance(saved, Noted) else type(saved).__name__
    if kind not in _CLASSES:
        raise FormatError(f"it holds gensim's {brief(kind)}, and what is read here is KeyedVectors and Word2Vec")
    for fields, prefix in _places(saved, os.fspath(path)):
        keys = next((fields[name] for name in _KEYS if name in fields), None)
        matrix = next((found for name in _MATRICES if (found := _matrix(fields, name, prefix)) is not None), None)
        if keys is not None and matrix is not None:
            break
    else:
        raise FormatError("it holds no words with vectors")
    if not isinstance(keys, list) or not (_all_of(str, keys) or _all_of(int, keys)):
        raise FormatError("its words are neither all str nor all int")
    if matrix.dtype.kind != "f" or matrix.dtype.itemsize > 8:
        raise FormatError("its vectors are no floats of 16, 32 or 64 bits")
    if matrix.ndim != 2 or len(matrix) != len(keys) or not matrix.shape[1]:
        raise FormatError(f"{len(keys)} words and vectors of shape {matrix.shape} do not match")
    if not np.isfinite(matrix).all():
        raise FormatError("a vector holds nan or infinity")
    counts = _counts(fields, keys)
    n_rows = len(keys) if reading.limit is None else min(reading.limit, len(keys))
    counts = None if counts is None else counts[:n_rows]
    outputs, settings = _training(saved, os.fspath(path)) if kind == "Word2Vec" else (None, {})
    table = VectorTable(keys[:n_rows], matrix[:n_rows], counts)
    if outputs is not None and outputs.shape == table.vectors.shape and outputs.dtype == np.float32:
        table = table._replace(output_vectors=outputs, metadata={"gensim": settings})
    return _without_repeats(path, table)


def _without_repeats(path: PathLike, table: VectorTable) -> VectorTable:
    """The table with the first row of each word only, and a warning where a word came again."""
    rows: dict[Any, int] = {}
    again: list[Any] = [key for row, key in enumerate(table.keys) if rows.setdefault(key, row) != row]
    if not again:
        return table
    warnings.warn(repeats_note(path, len(again), again[0]), stacklevel=5)
    kept = list(rows.values())
    counts, outputs = (None if part is None else part[kept] for part in (table.counts, table.output_vectors))
    return table._replace(keys=list(rows), vectors=table.vectors[kept], counts=counts, output_vectors=outputs)


def _training(model: Noted, prefix: str) -> tuple[np.ndarray | None, dict[str, Any]]:
    """Output vectors, None where they are not those of the words alone, and settings by gensim 4's names. Those of
    gensim 3.3 to 3.8 are attributes of two parts of the model."""
    parts = {name: found for name in _PARTS if isinstance(found := model.fields.get(name), Noted)}
    every = {key: value for part in (*parts.values(), model) for key, value in part.fields.items()}
    every.setdefault("epochs", every.get("iter"))
    settings = {name: every[name] for name in _SETTINGS if isinstance(every.get(name), int | float)}
    if settings.get("hs") or not settings.get("negative"):
        return None, settings
    places = [(model.fields, prefix), *((part.fields, f"{prefix}.{name}") for name, part in parts.items())]
    found = [outputs for place in places if (outputs := _matrix(place[0], "syn1neg", place[1])) is not None]
    return (found[0] if found else None), settings


def _all_of(kind: type, keys: list[Any]) -> bool:
    return all(type(key) is kind for key in keys)  # True is no number of a word


def _places(saved: Noted, prefix: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Where vectors may be: the attributes of an object, and what the files beside it begin with."""
    if isinstance(inner := saved.fields.get("wv"), Noted):
        yield inner.fields, f"{prefix}.wv"
    yield saved.fields, prefix


def _matrix(fields: dict[str, Any], name: str, prefix: str) -> np.ndarray | None:
    """An array of the pickle, or of the file beside it."""
    if name not in fields.get("__numpys", ()):
        return array_of(fields.get(name))
    beside = f"{prefix}.{name}.npy"
    if not os.path.isfile(beside):
        raise MissingFileError(f"{beside} is missing, which gensim wrote beside the file; put both into one folder")
    try:
        return np.lib.format.open_memmap(beside, mode="c")  # of a .npy alone, where np.load takes archives, too
    except Exception as error:  # its header is read by Python's own parser, which raises all kinds
        raise FormatError(f"{beside} beside it is damaged ({brief(error)})") from error


def _counts(fields: dict[str, Any], keys: list[Any]) -> np.ndarray | None:
    """How often each word occurred: an attribute since gensim 4, before that an object for each word."""
    expandos, vocab = fields.get("expandos"), fields.get("vocab")
    if isinstance(expandos, dict):
        counts = array_of(expandos.get("count"))
        return counts if counts is not None and counts.shape == (len(keys),) and counts.dtype.kind in "iu" else None
    if not isinstance(vocab, dict):
        return None
    found = [vocab[key].fields.get("count") if isinstance(vocab.get(key), Noted) else None for key in keys]
    return np.array(found, np.int64) if _all_of(int, found) else None


def _write(path: PathLike, table: VectorTable) -> None:
    raise ConfigError(f"{path}: files of gensim's own are read and not written; gensim reads word2vec text and binary")


FORMAT = Format("gensim", "gensim's own", (), recognises=_recognises, read=read_gensim, write=_write, has_mark=True)
