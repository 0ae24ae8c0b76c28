"""A map as a table that Apple's Embedding Atlas opens:

embedding-atlas words.parquet --text word --x projection_x --y projection_y --neighbors neighbors

https://apple.github.io/embedding-atlas/tool.html has the convention: a column of neighbours holds
`{"ids": [...], "distances": [...]}`, where an id is the number of a row.
"""

import io
from typing import Any

import numpy as np

from w2v.maps.word_map import WordMap
from w2v.system.extras import optional
from w2v.system.files import PathLike, atomic_writer


def check_arrow() -> None:
    """Raise `MissingPackageError` where no Parquet file can be written."""
    optional("pyarrow", "a Parquet file", "parquet")


def write_atlas(path: PathLike, one: WordMap) -> None:
    """Write a row for each word: word, count, cluster, label, projection_x, projection_y, neighbors.

    Neighbours that are not on the map have no row, and are left out; a distance is 1 - cosine. Raises
    `MissingPackageError`.
    """
    check_arrow()
    import pyarrow as pa
    from pyarrow import parquet

    n = len(one)
    here = one.neighbours.rows < n
    offsets = np.concatenate([[0], here.sum(axis=1).cumsum()]).astype(np.int32)
    ids = pa.ListArray.from_arrays(offsets, one.neighbours.rows[here].astype(np.int64))
    distances = pa.ListArray.from_arrays(offsets, 1 - one.neighbours.cosines[here])
    names = [", ".join(words) for words in one.clusters]
    table: dict[str, Any] = {
        "word": [word.encode("utf-8", "replace").decode() for word in one.words[:n]],
        "cluster": [names[group] for group in one.groups.tolist()],
    }
    if one.counts is not None:
        table["count"] = one.counts
    if one.labels is not None:
        table["label"] = [one.label_names[label] if label >= 0 else None for label in one.labels.tolist()]
    table |= {"projection_x": one.places[:, 0], "projection_y": one.places[:, 1]}
    table["neighbors"] = pa.StructArray.from_arrays([ids, distances], ["ids", "distances"])
    written = io.BytesIO()
    parquet.write_table(pa.table(table), written, compression="zstd")
    with atomic_writer(path) as file:
        file.write(written.getvalue())
