"""Columns beside rows of numbers as a Parquet file, which DuckDB, polars, pandas and vector databases read (extra
`parquet`)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from w2v.formats.format import Format, VectorTable
from w2v.system.extras import optional
from w2v.system.files import PathLike, atomic_writer

ROWS = "vector"  # the name of the column of vectors
_GROUP = 1 << 16  # rows of a row group


def write_parquet(path: PathLike, columns: Mapping[str, Sequence[Any] | np.ndarray], rows: np.ndarray) -> None:
    """Write `columns` (n values each) and `rows` (n, d), a fixed-size list for each; whole or not at all.

    Raises `MissingPackageError` without pyarrow, `W2VError` when the file cannot be written.
    """
    arrow = optional("pyarrow", "a Parquet file", "parquet")
    parquet = optional("pyarrow.parquet", "a Parquet file", "parquet")
    flat = arrow.array(np.ascontiguousarray(rows).reshape(-1))
    lists = arrow.FixedSizeListArray.from_arrays(flat, rows.shape[1])
    table = arrow.table({**{name: arrow.array(values) for name, values in columns.items()}, ROWS: lists})
    with atomic_writer(path) as file:
        parquet.write_table(table, file, row_group_size=_GROUP)


def _write(path: PathLike, table: VectorTable) -> None:
    counts = {} if table.counts is None else {"count": np.asarray(table.counts)}
    write_parquet(path, {"word": list(table.keys), **counts}, np.asarray(table.vectors))


FORMAT = Format(
    "parquet",
    "Parquet with word, count and vector",
    (".parquet",),
    write=_write,
)
