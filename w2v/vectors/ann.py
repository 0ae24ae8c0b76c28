"""Neighbours at scale: an index that finds nearly all of the nearest rows and looks at few (extra `ann`).

The graph is voyager's, a hierarchical navigable small world (Malkov & Yashunin 2018), with 8 bits for a number. Rows
that it names are ranked by their exact cosines, so the scores are those of exact search; a neighbour may be missed.
"""

import io
import os
import zlib
from typing import Any, Self

import numpy as np

from w2v.errors import ConfigError, FormatError
from w2v.formats.native import INDEX_FORMAT
from w2v.system.container import read_container, verify_container, write_container
from w2v.system.extras import optional
from w2v.system.files import PathLike
from w2v.system.parallel import usable_cpus
from w2v.vectors.search import Neighbours, checked, cosines, ranked
from w2v.vectors.store import VectorStore

SUFFIX = ".ann"  # after the name of the model's file
_LINKS = 16  # of a row in the graph: M of the paper
_BUILD_BREADTH = 128  # efConstruction
_BREADTH = 128  # ef: rows kept in mind while searching, at least
_SPARE = 3  # times as many rows as asked for are ranked by their exact cosines
_LOOKED_AT = 1000  # rows that tell whether an index is that of the vectors
_BATCH = 1 << 14


class NeighbourIndex:
    """An index of a store's rows as they were when it was built. `most_similar(..., indexer=index)` asks it."""

    def __init__(self, store: VectorStore, graph: Any) -> None:
        self.store, self.graph = store, graph

    def rows(self, query: np.ndarray, n: int) -> np.ndarray:
        """About the `n` rows nearest to a vector (d,), in no order."""
        n = min(n, len(self.store))
        found, _ = self.graph.query(np.asarray(query, np.float32), k=n, query_ef=max(n, _BREADTH))
        return np.asarray(found, np.int64)

    def nearest(self, query: np.ndarray, topn: int, used: list[int]) -> Neighbours:
        """The `topn` keys nearest to a unit vector (d,) with their cosines, but for those of the rows in `used`."""
        rows = np.sort(self.rows(query, _SPARE * topn + len(used)))
        return ranked(self.store, cosines(self.store, query, rows), rows, used, topn)

    def most_similar(self, vector: np.ndarray, num_neighbors: int = 10) -> Neighbours:
        """gensim's method of indexers: the keys nearest to a vector (d,), with their cosines."""
        vector = checked(self.store, vector)
        length = float(np.linalg.norm(vector))
        return self.nearest(vector / length if length else vector, num_neighbors, [])

    def save(self, path: PathLike | None = None) -> str:
        """Write the index to a file, by default the model's name and `.ann`; returns its name. Raises `ConfigError`
        where there is no name, `W2VError`."""
        path = _path(self.store, path)
        graph = np.frombuffer(self.graph.as_bytes(), np.uint8)
        write_container(path, {"graph": graph}, {"format": INDEX_FORMAT, "vectors": _fingerprint(self.store)})
        return path

    @classmethod
    def load(cls, store: VectorStore, path: PathLike | None = None) -> Self:
        """Read the index of these vectors. Raises `FormatError` for a damaged file, `ConfigError` for the index of
        other vectors, `MissingFileError`, `MissingPackageError`."""
        path = _path(store, path)
        arrays, strings = read_container(path)
        if strings.get("format") != INDEX_FORMAT or "graph" not in arrays:
            raise FormatError(f"{path} is no index of neighbours; KeyedVectors.build_index makes one")
        if strings.get("vectors") != _fingerprint(store):
            raise ConfigError(f"{path} is the index of other vectors; remove it, and it is made anew")
        verify_container(path)
        try:
            graph = _voyager().Index.load(io.BytesIO(arrays["graph"].tobytes()))
        except (RuntimeError, ValueError, TypeError) as error:
            raise FormatError(f"{path}: the graph cannot be read ({error}); remove it, and it is made anew") from error
        return cls(store, graph)


def build_index(store: VectorStore, threads: int | None = None) -> NeighbourIndex:
    """An index of all rows. threads: None for one per processor. It is not kept in step: after a change build another.

    Raises `MissingPackageError` without the extra `ann`, `ConfigError` for rows that wait for a key.
    """
    if not len(store) or store.n_free:
        raise ConfigError("an index is of rows that all have a key, and there must be one; fill them first")
    voyager = _voyager()
    graph = voyager.Index(
        voyager.Space.Cosine, num_dimensions=store.vector_size, M=_LINKS, ef_construction=_BUILD_BREADTH,
        max_elements=len(store), storage_data_type=voyager.StorageDataType.E4M3,
    )  # fmt: skip
    for first in range(0, len(store), _BATCH):
        rows = slice(first, min(first + _BATCH, len(store)))
        unit = np.asarray(store.matrix[rows] / store.divisors(rows)[:, None], np.float32)
        graph.add_items(unit, list(range(rows.start, rows.stop)), num_threads=threads or usable_cpus())
    return NeighbourIndex(store, graph)


def _voyager() -> Any:
    return optional("voyager", "an index of neighbours", "ann")


def _path(store: VectorStore, path: PathLike | None) -> str:
    if path is None and store.source is None:
        raise ConfigError("these vectors come from no file beside which the index could lie; name its path")
    return os.fspath(path) if path is not None else f"{store.source}{SUFFIX}"


def _fingerprint(store: VectorStore) -> str:
    """Of the shape, and of the numbers of some rows."""
    rows = np.unique(np.linspace(0, len(store) - 1, min(_LOOKED_AT, len(store))).astype(np.int64))
    chosen = np.ascontiguousarray(store.matrix[rows])
    return f"{len(store)} x {store.vector_size} {chosen.dtype} {zlib.crc32(chosen.tobytes()):08x}"
