"""The matrices that are trained, as they are at the start."""

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.matrix import matrix
from w2v.config import TrainConfig
from w2v.kernel.layout import Weights

_ROWS_AT_ONCE = 10_000  # so that memory does not double
ROWS_APART = 8


def initial_weights(n_words: int, config: TrainConfig, n_input_rows: int | None = None) -> Weights:
    """Input rows (as many as words, unless `n_input_rows` says otherwise) uniform in ±1 / √d, so that their length is
    about 0.58 for any d; output rows zero.

    word2vec.c starts 1 / (2√d) times as long, gensim twice that. While all dot products are near zero learning is slow,
    and the shorter the start the longer that lasts: docs/defaults.md has the measurements.
    """
    size, n_rows = config.vector_size, n_words if n_input_rows is None else n_input_rows
    weights = Weights(matrix(n_rows, size), matrix(config.objective.n_output_rows(n_words), size))
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        rows = weights.inputs[start : start + _ROWS_AT_ONCE, :size]
        rows[:] = initial_rows(start, len(rows), config)
    return weights


def initial_rows(start: int, n_rows: int, config: TrainConfig) -> NDArray[np.float32]:
    """(n, d): input rows from `start` on, a multiple of `ROWS_APART`, as they are at the start, without those before
    them."""
    numbers = np.random.Philox(config.seed)
    numbers.advance(start * config.vector_size // ROWS_APART)  # a step gives eight numbers
    drawn = np.random.Generator(numbers).random((n_rows, config.vector_size), np.float32)
    return (2 * drawn - 1) / np.float32(np.sqrt(config.vector_size))
