"""What the kernel looks up by word, made from the counts."""

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.matrix import matrix
from w2v.config import MAX_FULL_SOFTMAX_WORDS, TrainConfig
from w2v.errors import ConfigError
from w2v.kernel.huffman import huffman_tree
from w2v.kernel.layout import Tables
from w2v.kernel.sampling import alias_table, keep_thresholds


def n_output_rows(n_words: int, config: TrainConfig) -> int:
    """Rows of the output matrix: one per word, or per inner node of the Huffman tree."""
    return n_words - 1 if config.loss == "hs" else n_words


def check_softmax_size(n_words: int, config: TrainConfig) -> None:
    """Raise `ConfigError` for a full softmax over too many words."""
    if config.loss == "softmax" and n_words > MAX_FULL_SOFTMAX_WORDS:
        raise ConfigError(
            f"full softmax costs time in proportion to the vocabulary, and {n_words:,} words are more than "
            f"{MAX_FULL_SOFTMAX_WORDS:,}; use --loss sampled, ns or hs, or --max-vocab {MAX_FULL_SOFTMAX_WORDS}"
        )


def build_tables(counts: NDArray[np.int64], config: TrainConfig) -> Tables:
    """Everything the kernel looks up by word, from the counts (V,). Raises `ConfigError` for too large a full
    softmax."""
    check_softmax_size(len(counts), config)
    tables = Tables(
        keep_thresholds(counts, config.sample),
        np.empty(0, np.uint32),
        np.empty(0, np.int32),
        np.empty(0, np.int32),
        np.empty(0, np.uint8),
        np.empty(0, np.int64),
        np.empty(0, np.int32),
        matrix(0, 1),
    )
    if config.loss == "hs":
        tree = huffman_tree(counts)
        return tables._replace(path_points=tree.points, path_codes=tree.codes, path_offsets=tree.offsets)
    if config.uses_noise:
        noise = alias_table(counts, config.ns_exponent)
        return tables._replace(noise_threshold=noise.threshold, noise_alias=noise.alias)
    return tables


def frozen_tables(tables: Tables, inputs: NDArray[np.floating], frozen: NDArray[np.bool_] | None) -> Tables:
    """The tables with a copy of the input rows that are to stay as they are. frozen: (V,), or None for no row."""
    if frozen is None:
        return tables
    place = np.where(frozen, np.cumsum(frozen) - 1, -1).astype(np.int32)
    rows = matrix(int(frozen.sum()), 1 if not frozen.any() else inputs.shape[1])
    rows[:] = inputs[frozen]
    return tables._replace(frozen_place=place, frozen_rows=rows)
