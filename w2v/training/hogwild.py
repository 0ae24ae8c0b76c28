"""Threads that train chunks on shared weights, without locks (Hogwild; Niu et al. 2011)."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.config import TrainConfig
from w2v.kernel import chunk as kernels
from w2v.kernel.layout import Scratch, Tables, Weights
from w2v.kernel.tables import build_tables, frozen_tables
from w2v.training.preparation import kernel_settings, make_scratch

_POLL_SECONDS = 0.1


class Chunk(NamedTuple):
    """What the kernel is told of a chunk."""

    start: int  # of the stream
    end: int
    key: np.uint64
    alpha: float


Report = Callable[[Any, float], None]  # takes a chunk's statistics and learning rate


class HotRows:
    """What the threads' copies of the hot rows have in common: the rows themselves, at the end of the output matrix.

    Threads take them before a chunk, and afterwards add their change divided by the number of threads, so that the rows
    move as if one thread had seen all (parameter averaging; McDonald, Hall & Mann 2010).
    """

    def __init__(self, outputs: NDArray[np.floating], n_hot: int, n_threads: int) -> None:
        self.rows, self.n_threads, self.lock = outputs[len(outputs) - n_hot :], n_threads, threading.Lock()

    def take(self, copy: NDArray[np.floating]) -> NDArray[np.floating]:
        """Bring the thread's copy up to date; returns what it is now, for `give`."""
        with self.lock:
            copy[:] = self.rows
        return copy.copy()

    def give(self, copy: NDArray[np.floating], taken: NDArray[np.floating]) -> None:
        """Hand in what the thread changed."""
        with self.lock:
            self.rows += (copy - taken) / self.n_threads


class Workers:
    """A thread for each scratch."""

    def __init__(
        self,
        weights: Weights,
        stream: NDArray[np.int32],
        counts: NDArray[np.int64],
        config: TrainConfig,
        chunk: int,
        frozen: NDArray[np.bool_] | None = None,
        n_scratches: int | None = None,
    ) -> None:
        self.weights, self.stream, self.seed = weights, stream, config.seed
        self.step = 1  # chunks between which training can stop
        self.tables: Tables = frozen_tables(build_tables(counts, config), weights.inputs, frozen)
        self.settings = kernel_settings(config)
        n_scratches = n_scratches or config.n_threads
        self.scratches = [make_scratch(len(counts), self.tables, config, chunk) for _ in range(n_scratches)]
        self.hot_rows = HotRows(weights.outputs, len(self.scratches[0].hot), config.n_threads)

    def loss_at_zero(self, config: TrainConfig) -> float:
        """Loss per pair of vectors that are zero, in nats; for hierarchical softmax of the longest path."""
        if config.loss == "hs":
            return float(np.diff(self.tables.path_offsets).max(initial=1)) * np.log(2)
        if config.loss == "ns":
            return (1 + config.negative) * np.log(2)
        return float(np.log(len(self.tables.keep_threshold) if config.loss == "softmax" else 1 + config.negative))

    def compile(self) -> None:
        """Train an empty chunk, for which the kernel is compiled or loaded."""
        self.train_one(self.weights, self.scratches[0], Chunk(0, 0, np.uint64(0), 0.0))

    def train_one(self, weights: Weights, scratch: Scratch, chunk: Chunk) -> NDArray[np.float64]:
        """Train a chunk; returns its statistics."""
        statistics, taken = np.zeros(kernels.N_STATISTICS), self.hot_rows.take(scratch.hot)
        with np.errstate(over="ignore"):  # random numbers wrap around; without the compiler NumPy would warn
            kernels.train_chunk(
                weights, self.tables, self.settings, scratch, self.stream, chunk.start, chunk.end, chunk.key,
                np.float32(chunk.alpha), statistics,
            )  # fmt: skip
        self.hot_rows.give(scratch.hot, taken)
        return statistics

    def train(self, chunks: Iterator[Chunk], report: Report, should_stop: Callable[[], bool]) -> None:
        """Train chunks from the first on, without a gap, until there are no more or `should_stop()`; then no thread is
        at work. `report` is called in this thread. An error in any thread stops all and is raised here."""

        def train_one(scratch: Scratch, chunk: Chunk) -> tuple[Any, float]:
            return self.train_one(self.weights, scratch, chunk), chunk.alpha

        run_threads(train_one, self.scratches, chunks, lambda done: report(*done), should_stop)


def run_threads(
    work: Callable[[Any, Any], Any],
    scratches: Sequence[Any],
    items: Iterator[Any],
    report: Callable[[Any], None],
    should_stop: Callable[[], bool],
) -> None:
    """`work(scratch, item)` for all items from the first on, without a gap, in a thread for each scratch, until there
    are no more or `should_stop()`; then no thread is at work. `report` gets the results, in this thread. An error in
    any thread stops all and is raised here.

    items: each call of `next` must be one step of the interpreter, as of a `map`, for the threads share it.
    """
    done, stopped = deque[Any](), False

    def go_on(scratch: Any) -> None:
        while not stopped and (item := next(items, None)) is not None:
            done.append(work(scratch, item))

    with ThreadPoolExecutor(len(scratches), thread_name_prefix="w2v") as pool:
        try:
            working: set[Any] = {pool.submit(go_on, scratch) for scratch in scratches}
            while working:
                finished, working = wait(working, _POLL_SECONDS, FIRST_EXCEPTION)
                for future in finished:
                    future.result()
                while done:
                    report(done.popleft())
                stopped = stopped or should_stop()
        except BaseException:
            stopped = True
            raise
