"""The kernel with all that it takes for a run: tables, settings, and working memory for each chunk in work."""

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.matrix import read_only
from w2v.kernel import chunk as kernel
from w2v.kernel.layout import Scratch, Weights
from w2v.kernel.scratch import make_scratch, n_words_that_recur
from w2v.kernel.settings import kernel_settings
from w2v.kernel.tables import build_tables, frozen_tables
from w2v.training.engine import Load
from w2v.training.hot_rows import HotRows
from w2v.training.schedule import Chunk


class KernelCalls:
    """Calls the kernel, from as many threads at a time as there are scratches."""

    def __init__(self, load: Load, n_scratches: int, n_sharing: int) -> None:
        """n_sharing: how many threads train on the same rows."""
        self.load, self.stream, config = load, read_only(load.stream), load.config
        tables = build_tables(load.counts, config, load.word_rows)
        self.tables = frozen_tables(tables, load.weights.inputs, load.frozen)
        self.settings = kernel_settings(config)
        self.hot_rows = HotRows.of(load, tables, n_sharing)
        n_words, size = len(load.counts), load.chunk_size
        recurring, hot = n_words_that_recur(load.counts, tables, config, size), self.hot_rows.range
        self.scratches = [
            make_scratch(n_words, tables, config, size, np.float32, load.longest_sentence, recurring, hot)
            for _ in range(n_scratches)
        ]
        self.loss_at_zero = config.objective.loss_at_zero(n_words, tables, config)

    @property
    def empty_chunk(self) -> Chunk:
        """A chunk that trains nothing, for which the kernel is compiled or loaded."""
        return Chunk(self.load.first_position, self.load.first_position, np.uint64(0), 0.0)

    def train(self, weights: Weights, scratch: Scratch, chunk: Chunk) -> NDArray[np.float64]:
        """Train a chunk; returns its statistics."""
        statistics = np.zeros(kernel.N_STATISTICS)
        self.hot_rows.take(scratch.hot, scratch.hot_before)
        offset = self.load.first_position
        with np.errstate(over="ignore"):  # random numbers wrap around; without the compiler NumPy would warn
            kernel.train_chunk(
                weights, self.tables, self.settings, scratch, self.stream, chunk.start - offset,
                chunk.end - offset, offset, chunk.key, np.float32(chunk.alpha), statistics,
            )  # fmt: skip
        self.hot_rows.give(scratch.hot, scratch.hot_before, chunk.alpha)
        return statistics
