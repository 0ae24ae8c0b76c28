"""Training: weights, tables, threads and the learning-rate schedule around the kernel.

A chunk is a fixed range of the encoded stream. What it trains depends only on (seed, epoch, position), its learning
rate only on how many tokens lie before it. So threads take chunks from one counter and need no queue, and progress,
loss and the token ledger are sums over chunks. Threads share the weights without locks (Hogwild; Niu et al. 2011).
"""

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v import kernels, layout
from w2v.config import MAX_FULL_SOFTMAX_WORDS, TrainConfig
from w2v.errors import ConfigError, W2VError
from w2v.gradient import BLOCK
from w2v.huffman import huffman_tree
from w2v.layout import ROW_ALIGN, Scratch, Settings, Tables, Weights, n_output_rows, padded
from w2v.sampling import alias_table, keep_thresholds

MAX_CHUNK = 20_000  # tokens: some 20 ms of work, so that stopping is prompt and the call costs nothing
_POLL_SECONDS = 0.1
_COMPILING_SECONDS = 1.0  # loading takes less
logger = logging.getLogger("w2v")
COMPILING_NOTE = "compiling the training kernel (first run only, some 10 s) ..."
_USUAL_OUTPUTS = 8
MAX_HOT = 255  # the upper eight levels of a balanced tree
_INIT_ROWS = 10_000
_MODELS = {"sg": layout.SKIP_GRAM, "cbow": layout.CBOW}
_OBJECTIVES = {
    "ns": layout.NEGATIVE_SAMPLING,
    "hs": layout.HIERARCHICAL_SOFTMAX,
    "softmax": layout.FULL_SOFTMAX,
    "sampled": layout.SAMPLED_SOFTMAX,
}


class Statistics(NamedTuple):
    """Sums over chunks."""

    loss: float = 0.0
    n_pairs: int = 0  # (input row, center) pairs: the loss is a mean over these
    n_trained: int = 0  # tokens that subsampling kept
    n_subsampled: int = 0

    @property
    def n_tokens(self) -> int:
        """Tokens of the stream that were gone through."""
        return self.n_trained + self.n_subsampled

    @property
    def mean_loss(self) -> float:
        """Loss per pair, in nats."""
        return self.loss / self.n_pairs if self.n_pairs else 0.0

    def plus(self, other: Sequence[float]) -> "Statistics":
        """The sum of two."""
        return Statistics(self.loss + other[0], *(int(a + b) for a, b in zip(self[1:], other[1:], strict=True)))


@dataclass
class History:
    """What training reported, one entry per epoch."""

    epochs: list[Statistics] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    alphas: list[tuple[float, float]] = field(default_factory=list)  # learning rate at the start and end of each epoch

    @property
    def total(self) -> Statistics:
        """The sum over epochs."""
        total = Statistics()
        for epoch in self.epochs:
            total = total.plus(epoch)
        return total


class Schedule(NamedTuple):
    """Linear decay of the learning rate over all epochs, by tokens done."""

    start_alpha: float
    end_alpha: float
    n_epochs: int
    n_tokens: int  # of the stream, once
    first_epoch: int = 0  # epochs trained before, so that a further run draws other random numbers

    def alpha(self, epoch: int, position: int) -> float:
        """Learning rate at a position of the stream in an epoch counted from 0."""
        done = (epoch * self.n_tokens + position) / (self.n_epochs * self.n_tokens)
        return self.start_alpha + (self.end_alpha - self.start_alpha) * min(done, 1.0)


class Progress:
    """Told of everything that happens; does nothing. `w2v.progress` has the ones that show it."""

    def compiling(self) -> None:
        """The kernel is being compiled, which happens once on a machine."""
        logger.info(COMPILING_NOTE)

    def start(self, schedule: Schedule) -> None:
        """Training begins."""

    def chunk(self, statistics: Sequence[float], alpha: float) -> None:
        """A chunk is done: its statistics, and its learning rate."""

    def epoch(self, number: int, statistics: Statistics, seconds: float) -> None:
        """An epoch, counted from 1, is done."""

    def close(self) -> None:
        """Training ends, by an error or well."""


class Interrupted(KeyboardInterrupt):
    """Training was stopped by Ctrl-C after whole chunks or between epochs, so the weights are sound."""


def matrix(n_rows: int, n_columns: int) -> NDArray[np.float32]:
    """Zeros (n_rows, padded n_columns) that start on a cache line."""
    row = padded(n_columns)
    buffer = np.zeros(n_rows * row + ROW_ALIGN, np.float32)
    start = -buffer.ctypes.data // buffer.itemsize % ROW_ALIGN
    return buffer[start : start + n_rows * row].reshape(n_rows, row)


def initial_weights(n_words: int, config: TrainConfig) -> Weights:
    """Input vectors uniform in ±1 / √d, so that their length is about 0.58 for any d; output vectors zero.

    word2vec.c starts 1 / (2√d) times as long, gensim twice that. While all dot products are near zero learning is slow,
    and the shorter the start the longer that lasts: docs/defaults.md has the measurements.
    """
    size = config.vector_size
    weights = Weights(matrix(n_words, size), matrix(n_output_rows(n_words, config), size))
    generator = np.random.Generator(np.random.Philox(config.seed))
    for start in range(0, n_words, _INIT_ROWS):  # in blocks, so that memory does not double
        rows = weights.inputs[start : start + _INIT_ROWS, :size]
        rows[:] = (2 * generator.random(rows.shape, np.float32) - 1) / np.float32(np.sqrt(size))
    return weights


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
    )
    if config.loss == "hs":
        tree = huffman_tree(counts)
        return tables._replace(path_points=tree.points, path_codes=tree.codes, path_offsets=tree.offsets)
    if config.uses_noise:
        noise = alias_table(counts, config.ns_exponent)
        return tables._replace(noise_threshold=noise.threshold, noise_alias=noise.alias)
    return tables


def kernel_settings(config: TrainConfig) -> Settings:
    """The hyper-parameters as the kernel wants them."""
    n_negatives = config.n_negatives
    return Settings(
        _MODELS[config.model],
        _OBJECTIVES[config.loss],
        config.window,
        config.shrink_windows,
        n_negatives,
        config.negative / max(n_negatives, 1),
        kernels.CENTERS if config.model == "cbow" or config.shares_in_block else 1,
        config.shares_in_block,
        not config.shares_in_block and (config.model == "cbow" or config.negative_sharing == "pair"),
        config.cbow_mean,
        config.cbow_update == "corrected",
    )


def make_scratch(n_words: int, tables: Tables, config: TrainConfig, chunk: int, dtype: Any = np.float32) -> Scratch:
    """One thread's working memory for chunks of `chunk` tokens."""
    if config.loss == "hs":
        n_out = int(np.diff(tables.path_offsets).max(initial=0))
    else:
        n_out = n_words if config.loss == "softmax" else config.n_negatives + kernels.CENTERS
    capacity = padded(-(-n_out // BLOCK) * BLOCK)
    n_in, n_outputs = 2 * config.window + kernels.CENTERS, 2 * kernels.CENTERS * capacity
    n_tokens = chunk + n_in + 4

    def rows(n_rows: int, n_columns: int) -> NDArray[np.floating]:
        return matrix(n_rows, n_columns).astype(dtype, copy=False)

    pair_weights = rows(n_in, capacity)
    pair_weights[:] = 1
    return Scratch(
        token_ids=np.full(n_tokens, kernels.BREAK, np.int32),
        token_pos=np.zeros(n_tokens, np.int64),
        context_ids=np.zeros(n_in, np.int64),
        window_start=np.zeros(kernels.CENTERS, np.int64),
        window_stop=np.zeros(kernels.CENTERS, np.int64),
        near=rows(n_in, kernels.CENTERS),
        n_near=np.zeros(n_in, dtype),
        mean_weights=rows(n_in, kernels.CENTERS),
        pair_weights=pair_weights,
        out_rows=np.zeros(n_outputs, np.int64),
        out_labels=np.zeros(n_outputs, dtype),
        n_out=np.zeros(2 * kernels.CENTERS, np.int64),
        errors=rows(n_in, capacity),
        terms=rows(1, capacity),
        gradient=rows(n_in, config.vector_size),
        hidden=rows(kernels.CENTERS, config.vector_size),
        hidden_moved=rows(kernels.CENTERS, config.vector_size),
        slots=np.arange(kernels.CENTERS),
        hot=rows(n_hot_rows(n_words, config), config.vector_size),
    )


def n_hot_rows(n_words: int, config: TrainConfig) -> int:
    """Rows at the top of the Huffman tree that every center changes: threads that shared them would spend their time
    handing cache lines to each other, so each has its own copy."""
    return min(MAX_HOT, n_output_rows(n_words, config)) if config.loss == "hs" and config.n_threads > 1 else 0


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


def chunk_size(n_tokens: int, n_outputs: int = 1) -> int:
    """Tokens per chunk: at least some 60 chunks an epoch, so that a small corpus keeps all threads busy too; fewer when
    each token has many outputs (of a full softmax: all words), so that stopping is prompt there too.
    """
    most = max(MAX_CHUNK // max(1, n_outputs // _USUAL_OUTPUTS), 1)
    return max(1, min(most, -(-n_tokens // 64)))


def epoch_key(seed: int, epoch: int) -> np.uint64:
    """What the random numbers of an epoch (counted from 0, over all runs) are drawn from."""
    return np.uint64(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0])


def train(
    stream: NDArray[np.int32],
    counts: NDArray[np.int64],
    weights: Weights,
    config: TrainConfig,
    schedule: Schedule,
    progress: Progress | None = None,
    history: History | None = None,
    after_epoch: Callable[[int], object] = lambda epoch: None,
) -> History:
    """Train `weights` in place; returns what happened, and appends it to `history` if that is given.

    stream: int32 word ids with BREAKs. counts: int64 (V,). after_epoch: called between epochs, when no thread is at
    work. Raises `W2VError` when the weights diverge, `Interrupted` on Ctrl-C; an error in any thread stops all and is
    raised here.
    """
    config.validate()
    tables, settings = build_tables(counts, config), kernel_settings(config)
    chunk = chunk_size(len(stream), len(counts) if config.loss == "softmax" else config.negative)
    scratches = [make_scratch(len(counts), tables, config, chunk) for _ in range(config.n_threads)]
    hot_rows = HotRows(weights.outputs, len(scratches[0].hot), len(scratches))
    progress = progress or Progress()
    run, overall = History(), history or History()

    def train_range(scratch: Scratch, start: int, end: int, key: np.uint64, alpha: float) -> NDArray[np.float64]:
        statistics, taken = np.zeros(kernels.N_STATISTICS), hot_rows.take(scratch.hot)
        with np.errstate(over="ignore"):  # random numbers wrap around; without the compiler NumPy would warn
            kernels.train_chunk(
                weights, tables, settings, scratch, stream, start, end, key, np.float32(alpha), statistics
            )
        hot_rows.give(scratch.hot, taken)
        return statistics

    _compile(lambda: train_range(scratches[0], 0, 0, np.uint64(0), 0.0), progress)
    progress.start(schedule)
    try:
        for epoch in range(schedule.n_epochs):
            started = time.monotonic()
            key = epoch_key(config.seed, schedule.first_epoch + epoch)

            def train_one(number: int, scratch: Scratch, epoch: int = epoch, key: np.uint64 = key) -> tuple[Any, float]:
                start = number * chunk
                alpha = schedule.alpha(epoch, start)
                return train_range(scratch, start, min(start + chunk, len(stream)), key, alpha), alpha

            statistics = _run_chunks(-(-len(stream) // chunk), train_one, scratches, progress)
            _check_finite(weights, statistics, config)
            for target in (run, overall):
                target.epochs.append(statistics)
                target.seconds.append(time.monotonic() - started)
                target.alphas.append((schedule.alpha(epoch, 0), schedule.alpha(epoch + 1, 0)))
            progress.epoch(epoch + 1, statistics, run.seconds[-1])
            after_epoch(epoch)
    except Interrupted:
        raise
    except KeyboardInterrupt:
        raise Interrupted("interrupted between epochs") from None
    finally:
        progress.close()
    return run


def _compile(train_nothing: Callable[[], Any], progress: Progress) -> None:
    """Have the kernel compiled, or loaded from the disk, by an empty chunk; if that takes long, say so."""
    note = threading.Timer(_COMPILING_SECONDS, progress.compiling)
    note.daemon = True
    note.start()
    try:
        train_nothing()
    finally:
        note.cancel()


def _run_chunks(
    n_chunks: int, train_one: Callable[[int, Scratch], Any], scratches: list[Scratch], progress: Progress
) -> Statistics:
    """All chunks of an epoch, by as many threads as there are scratches; returns the sums."""
    numbers, done, stop = itertools.count(), deque[Any](), False

    def work(scratch: Scratch) -> None:
        while not stop and (number := next(numbers)) < n_chunks:
            done.append(train_one(number, scratch))

    total = Statistics()

    def collect() -> None:
        nonlocal total
        while done:
            statistics, alpha = done.popleft()
            total = total.plus(statistics)
            progress.chunk(statistics, alpha)

    with ThreadPoolExecutor(len(scratches), thread_name_prefix="w2v") as pool:
        try:
            futures = [pool.submit(work, scratch) for scratch in scratches]
            working: set[Any] = set(futures)
            while working:
                finished, working = wait(working, _POLL_SECONDS, FIRST_EXCEPTION)
                for future in finished:
                    future.result()
                collect()
                stop = not np.isfinite(total.loss)  # diverged: no use in going on, and the caller will say so
        except KeyboardInterrupt:
            stop = True  # the chunks in hand are finished, so every row is whole
            pool.shutdown()
            collect()
            raise Interrupted("interrupted; the chunks in hand were finished") from None
        except BaseException:
            stop = True
            raise
    return total


def _check_finite(weights: Weights, statistics: Statistics, config: TrainConfig) -> None:
    # A sum of squares is finite if every number is, and takes no memory.
    if np.isfinite(statistics.loss) and all(np.isfinite(np.dot(rows.ravel(), rows.ravel())) for rows in weights):
        return
    raise W2VError(
        f"training diverged: the vectors are no longer finite numbers; lower --alpha (it was {config.start_alpha:g})"
        + ("" if config.cbow_mean or config.model == "sg" else " or use the mean instead of the sum of contexts")
    )
