"""Rows of numbers on disk, of documents say: `.npy` or `.parquet`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from w2v.errors import ConfigError
from w2v.formats.arrow import write_parquet
from w2v.system.extras import optional
from w2v.system.files import PathLike, atomic_writer

Write = Callable[[PathLike, Mapping[str, Sequence[Any]], np.ndarray], None]


def write_npy(path: PathLike, columns: Mapping[str, Sequence[Any]], rows: np.ndarray) -> None:
    """Write rows (n, d) as a `.npy` file, whole or not at all; it has no place for `columns`."""
    with atomic_writer(path) as file:
        np.lib.format.write_array(file, np.ascontiguousarray(rows), allow_pickle=False)


def writer_of_rows(path: PathLike) -> Write:
    """What writes columns and rows to a file of this name. Raises `ConfigError` for another suffix,
    `MissingPackageError` for what is not installed, before the work is done."""
    suffix = Path(path).suffix.lower()
    if suffix == ".parquet":
        optional("pyarrow", "a Parquet file", "parquet")
        return write_parquet
    if suffix == ".npy":
        return write_npy
    raise ConfigError(f"{path}: vectors of documents go to a file that ends in .npy or .parquet")
