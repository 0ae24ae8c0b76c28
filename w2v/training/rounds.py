"""Deterministic training with any number of threads: the same bytes from one, two or four of them.

Chunks are trained in rounds. All chunks of a round start from the same weights, each on its own copies of the rows that
it touches, and what they changed is added to the weights in the order of the chunks: a block-synchronous form of
stochastic gradient descent (bulk synchronous parallel; Valiant 1990). Threads share out the chunks of a round, and the
rows of the sums, so that how many there are decides nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.kernel.layout import Copies
from w2v.kernel.row_copies import add_changes, count_copies, forget_counts
from w2v.kernel.scratch import copied_weights
from w2v.training.engine import InPlace, Load, Report
from w2v.training.kernel_calls import KernelCalls
from w2v.training.schedule import ROUND, Chunk


class _Side(NamedTuple):
    """One of the two matrices: what each chunk of the round copied of it."""

    copies: list[Copies]
    rows: list[NDArray[Any]]  # the copied rows, which the chunks changed
    n_copies: NDArray[np.int32]  # (rows of the matrix,): zeros between rounds


class Rounds(InPlace):
    """A scratch and copies for each chunk of a round."""

    granularity = ROUND

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.calls, self.n_threads = KernelCalls(load, ROUND, 1), load.config.n_threads
        self.loss_at_zero = self.calls.loss_at_zero
        scratches, tables = self.calls.scratches, self.calls.tables
        pairs = [copied_weights(load.weights, tables, load.config, scratch) for scratch in scratches]
        self.copies, self.scratches = [copies for copies, _ in pairs], [scratch for _, scratch in pairs]
        self.sides = [
            _Side(
                [scratch.input_copies for scratch in self.scratches],
                [copies.inputs for copies in self.copies],
                np.zeros(len(load.weights.inputs), np.int32),
            ),
            _Side(
                [scratch.output_copies for scratch in self.scratches],
                [copies.outputs for copies in self.copies],
                np.zeros(len(load.weights.outputs), np.int32),
            ),
        ]

    def prepare(self) -> None:
        """Train an empty round."""
        self._train_copies(0, self.calls.empty_chunk)
        self._add(0)

    def train(self, chunks: Iterator[Chunk], report: Report, should_stop: Callable[[], bool]) -> None:
        """Train chunks; stops between rounds."""
        with ThreadPoolExecutor(self.n_threads, thread_name_prefix="w2v") as pool:
            while not should_stop() and (round_ := list(islice(chunks, ROUND))):
                found = list(pool.map(self._train_copies, range(len(round_)), round_))
                list(pool.map(self._add, range(self.n_threads)))
                for scratch in self.scratches:
                    scratch.input_copies.n[0] = scratch.output_copies.n[0] = 0
                for statistics, chunk in zip(found, round_, strict=True):
                    report(statistics, chunk.alpha)
                    self._forget_what_was_read(chunk)

    def _train_copies(self, number: int, chunk: Chunk) -> NDArray[np.float64]:
        """Train a chunk on copies."""
        return self.calls.train(self.copies[number], self.scratches[number], chunk)

    def _add(self, part: int) -> None:
        """Add what the round changed to a part of the rows."""
        for copies, rows, n_copies in self.sides:
            for one in copies:
                count_copies(one, n_copies, part, self.n_threads)
            for one, changed in zip(copies, rows, strict=True):
                add_changes(changed, one, n_copies, ROUND, part, self.n_threads)
            for one in copies:
                forget_counts(one, n_copies, part, self.n_threads)
