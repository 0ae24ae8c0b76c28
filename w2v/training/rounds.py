"""Deterministic training with any number of threads: the same bytes from one, two or four of them.

Chunks are trained in rounds. All chunks of a round start from the same weights, each on its own copies of the rows that
it touches, and what they changed is added to the weights in the order of the chunks: a block-synchronous form of
stochastic gradient descent (bulk synchronous parallel; Valiant 1990). Threads share out the chunks of a round, and the
rows of the sums, so that how many there are decides nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from w2v.config import TrainConfig
from w2v.kernel.layout import Weights
from w2v.kernel.row_copies import add_changes, count_copies, forget_counts
from w2v.training.hogwild import Chunk, Report, Workers
from w2v.training.preparation import ROUND, copied_weights


class Rounds(Workers):
    """A scratch and copies for each chunk of a round."""

    def __init__(
        self,
        weights: Weights,
        stream: NDArray[np.int32],
        counts: NDArray[np.int64],
        config: TrainConfig,
        chunk: int,
        frozen: NDArray[np.bool_] | None = None,
    ) -> None:
        super().__init__(weights, stream, counts, config, chunk, frozen, n_scratches=ROUND)
        self.n_threads, self.step = config.n_threads, ROUND
        pairs = [copied_weights(weights, config, scratch) for scratch in self.scratches]
        self.copies, self.scratches = [copies for copies, _ in pairs], [scratch for _, scratch in pairs]
        self.sides = [
            (
                [scratch.input_copies for scratch in self.scratches],
                [copies.inputs for copies in self.copies],
                np.zeros(len(weights.inputs), np.int32),
            ),
            (
                [scratch.output_copies for scratch in self.scratches],
                [copies.outputs for copies in self.copies],
                np.zeros(len(weights.outputs), np.int32),
            ),
        ]

    def compile(self) -> None:
        """Train an empty round."""
        self._train_copies(0, Chunk(0, 0, np.uint64(0), 0.0))
        self._add(0)

    def train(self, chunks: Iterator[Chunk], report: Report, should_stop: Callable[[], bool]) -> None:
        """As `Workers.train`; stops between rounds."""
        with ThreadPoolExecutor(self.n_threads, thread_name_prefix="w2v") as pool:
            while not should_stop() and (round_ := list(islice(chunks, ROUND))):
                found = list(pool.map(self._train_copies, range(len(round_)), round_))
                list(pool.map(self._add, range(self.n_threads)))
                for scratch in self.scratches:
                    scratch.input_copies.n[0] = scratch.output_copies.n[0] = 0
                for statistics, chunk in zip(found, round_, strict=True):
                    report(statistics, chunk.alpha)

    def _train_copies(self, number: int, chunk: Chunk) -> NDArray[np.float64]:
        """Train a chunk on copies."""
        return self.train_one(self.copies[number], self.scratches[number], chunk)

    def _add(self, part: int) -> None:
        """Add what the round changed to a part of the rows."""
        for copies, rows, n_copies in self.sides:
            for one in copies:
                count_copies(one, n_copies, part, self.n_threads)
            for one, changed in zip(copies, rows, strict=True):
                add_changes(changed, one, n_copies, ROUND, part, self.n_threads)
            for one in copies:
                forget_counts(one, n_copies, part, self.n_threads)
