"""Vectors to files and records, and from a file into vectors that are there: gensim 4's names over `w2v.formats`.

These are functions of a `VectorStore`; `KeyedVectors` binds them as its methods, and reads new vectors from files.
"""

import os
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from w2v.errors import ConfigError, MissingAttributeError
from w2v.formats.small import small
from w2v.formats.vector_files import read_word2vec, write_counts, write_vectors, write_word2vec
from w2v.system.files import PathLike
from w2v.vectors.store import Key, VectorStore


def save(
    store: VectorStore,
    fname: PathLike,
    separately: Any = None,
    sep_limit: int = 10 << 20,
    ignore: Any = frozenset(),
    pickle_protocol: int = 4,
    *,
    dtype: str | None = None,
    max_words: int | None = None,
    prune_buckets: int | None = None,
) -> None:
    """Write the native format, whatever the suffix: one file that is mapped. Of the attributes only "count" is stored;
    others get a warning.

    dtype ("float32", "float16", "int8"), max_words, prune_buckets: any of them makes a small model, to ask and not to
    train (`w2v.formats.small`); the arguments from `separately` to `pickle_protocol` are there for gensim's callers:
    they are about pickle and files beside it. Raises `ConfigError`.
    """
    if not isinstance(fname, str | os.PathLike):
        raise ConfigError(f"cannot write to {fname!r}; give the name of a file, which can be mapped when it is read")
    lost = sorted(set(store.expandos) - {"count"})
    if lost:
        warnings.warn(f"attributes not stored in {fname}: {', '.join(lost)}", stacklevel=2)
    table = store.to_table()
    if (dtype, max_words, prune_buckets) != (None, None, None):
        table = small(table, dtype, max_words, prune_buckets)
    write_vectors(fname, table, format="w2v")


def save_word2vec_format(
    store: VectorStore,
    fname: PathLike,
    fvocab: PathLike | None = None,
    binary: bool = False,
    total_vec: int | None = None,
    write_header: bool = True,
    prefix: str = "",
    append: bool = False,
    sort_attr: str = "count",
) -> None:
    """Write word2vec text or binary, by descending `sort_attr` where it is set; `fvocab` gets "word
    value" lines.

    `total_vec` overrides the number in the header, `prefix` is put before each word. Raises `ConfigError`
    for `fvocab` without the attribute, `FormatError` for a word the format cannot hold.
    """
    table, order = store.to_table(), None
    if sort_attr in store.expandos:
        values = store.expandos[sort_attr][[key is not None for key in store.index_to_key]]
        order = np.argsort(-values.astype(np.float64), kind="stable")
        if fvocab is not None:
            ordered = [table.keys[index] for index in order.tolist()]
            write_counts(fvocab, ordered, values[order], prefix=prefix, append=append)
    elif fvocab is not None:
        raise MissingAttributeError(
            f"these vectors carry no attribute {sort_attr!r} to write to {fvocab}; leave fvocab out"
        )
    write_word2vec(
        fname,
        table,
        binary,
        order=order,
        prefix=prefix,
        append=append,
        write_header=write_header,
        total_vec=total_vec,
    )


def intersect_word2vec_format(
    store: VectorStore,
    fname: PathLike,
    lockf: float = 0.0,
    binary: bool = False,
    encoding: str = "utf8",
    unicode_errors: str = "strict",
) -> int:
    """Take the file's vectors for the words that are here too; other words stay as they are. Returns how
    many.

    `lockf` goes to `vectors_lockf` (V,), 1 for other words. Raises `FormatError`, `ConfigError` for
    another vector size.
    """
    table = read_word2vec(fname, binary, encoding=encoding, errors=unicode_errors, datatype=store.matrix.dtype)
    if table.vectors.shape[1] != store.vector_size:
        raise ConfigError(f"{fname} has vectors of {table.vectors.shape[1]} numbers; give one with {store.vector_size}")
    shared = [(row, store.key_to_index[key]) for row, key in enumerate(table.keys) if key in store.key_to_index]
    theirs, ours = np.array(shared, dtype=np.int64).reshape(-1, 2).T
    store.own_vectors()[ours] = table.vectors[theirs]
    store.norms = None
    if not hasattr(store, "vectors_lockf"):
        store.vectors_lockf = np.ones(len(store), dtype=np.float32)
    store.vectors_lockf[ours] = lockf
    return len(shared)


def to_records(store: VectorStore, keys: Iterable[Key] | None = None) -> Iterator[dict[str, Any]]:
    """One flat dictionary per key, for `csv.DictWriter` or a data frame: key, its attributes, then v0,
    v1, ...
    """
    names = [f"v{column}" for column in range(store.vector_size)]
    for key in store.to_table().keys if keys is None else keys:
        index = store.get_index(key)
        attributes = {attr: values[index] for attr, values in store.expandos.items()}
        plain = {attr: value.item() if isinstance(value, np.generic) else value for attr, value in attributes.items()}
        yield {"key": key, **plain, **dict(zip(names, store.matrix[index].tolist(), strict=True))}
