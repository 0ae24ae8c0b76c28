"""What the kernel looks up by word, made from the counts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.matrix import matrix
from w2v.config import TrainConfig
from w2v.kernel.layout import Tables, WordRows
from w2v.objectives.sampling import keep_thresholds


def build_tables(counts: NDArray[np.int64], config: TrainConfig, word_rows: WordRows | None = None) -> Tables:
    """Everything the kernel looks up by word, from the counts (V,). Raises `ConfigError` for more words than the
    objective can be trained on."""
    config.objective.check_size(len(counts))
    tables = Tables(keep_thresholds(counts, config.sample), word_rows=word_rows)
    fields: dict[str, Any] = config.objective.tables(counts, config)
    return tables._replace(**fields)


def frozen_tables(tables: Tables, inputs: NDArray[np.floating], frozen: NDArray[np.bool_] | None) -> Tables:
    """The tables with a copy of the input rows that are to stay as they are. frozen: (R,), or None for no row."""
    if frozen is None:
        return tables
    place = np.where(frozen, np.cumsum(frozen) - 1, -1).astype(np.int32)
    rows = matrix(int(frozen.sum()), 1 if not frozen.any() else inputs.shape[1], inputs.dtype)
    rows[:] = inputs[frozen]
    return tables._replace(frozen_place=place, frozen_rows=rows)
