"""Hogwild: threads train chunks on shared weights, without locks (Niu et al. 2011)."""

from collections.abc import Callable, Iterator
from typing import Any

from w2v.kernel.layout import Scratch
from w2v.training.engine import InPlace, Load, Report
from w2v.training.kernel_calls import KernelCalls
from w2v.training.schedule import Chunk
from w2v.training.threads import run_threads


class Hogwild(InPlace):
    """A thread for each scratch; they take chunks from one counter. With one thread all is in order."""

    granularity = 1

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self.calls = KernelCalls(load, load.config.n_threads, load.config.n_threads)
        self.loss_at_zero = self.calls.loss_at_zero

    def prepare(self) -> None:
        """Train an empty chunk."""
        self.calls.train(self.load.weights, self.calls.scratches[0], self.calls.empty_chunk)

    def train(self, chunks: Iterator[Chunk], report: Report, should_stop: Callable[[], bool]) -> None:
        """Train chunks, in as many threads as the configuration says."""

        def train_one(scratch: Scratch, chunk: Chunk) -> tuple[Any, Chunk]:
            return self.calls.train(self.load.weights, scratch, chunk), chunk

        def done(result: tuple[Any, Chunk]) -> None:
            statistics, chunk = result
            report(statistics, chunk.alpha)
            self._forget_what_was_read(chunk)

        run_threads(train_one, self.calls.scratches, chunks, done, should_stop)
