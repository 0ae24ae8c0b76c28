"""Training: epochs, chunks and the learning-rate schedule around the kernel.

A chunk is a fixed range of the encoded stream. What it trains depends only on (seed, epoch, position), its learning
rate only on how many tokens lie before it. So threads take chunks from one counter and need no queue; progress, loss
and the token ledger are sums over chunks; and a run stands where its counter stands: with the weights, that is all that
a checkpoint has to hold. `workers.py` has the threads, `rounds.py` those of deterministic training.
"""

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from w2v.config import TrainConfig
from w2v.corpus.stream import forget_pages
from w2v.errors import W2VError
from w2v.kernel.layout import Weights
from w2v.system.interrupts import Interrupted, Signals, deferred_signals
from w2v.training.hogwild import Chunk, Workers
from w2v.training.preparation import chunk_size, epoch_key
from w2v.training.records import History, Pauses, Progress, Schedule, Statistics
from w2v.training.rounds import Rounds

_COMPILING_SECONDS = 1.0  # loading takes less
_EXPLODED = 4  # times the loss of vectors that know nothing
_ENOUGH_PAIRS = 1000  # for a mean loss
_MAPPED_TOKENS = 1 << 23  # 32 MB


def train(
    stream: NDArray[np.int32],
    counts: NDArray[np.int64],
    weights: Weights,
    config: TrainConfig,
    schedule: Schedule,
    progress: Progress | None = None,
    history: History | None = None,
    after_epoch: Callable[[int], object] = lambda epoch: None,
    pauses: Pauses | None = None,
    frozen: NDArray[np.bool_] | None = None,
) -> History:
    """Train `weights` in place; returns what happened in this run, and adds it to `history` if that is given, which
    also says where to go on.

    stream: int32 word ids with BREAKs. counts: int64 (V,). history: `schedule.first_epoch` epochs of earlier runs,
    then what is done of this one. frozen: (V,), whose input vectors are to stay as they are. after_epoch: called
    between epochs, when no thread is at work. Raises `W2VError` when the weights diverge, `Interrupted` on Ctrl-C,
    after whole chunks; an error in any thread stops all and is raised here.
    """
    config.validate()
    chunk = chunk_size(len(stream), len(counts), config)
    workers = (Rounds if config.deterministic else Workers)(weights, stream, counts, config, chunk, frozen)
    run = _Run(workers, chunk, schedule, progress or Progress(), history if history is not None else History())
    with deferred_signals() as signals:
        compile_first(workers.compile, run.progress)
        run.progress.start(schedule, run.history.since(schedule.first_epoch).total.plus(run.history.in_hand))
        try:
            run.finish(config, pauses or Pauses(), signals, after_epoch)
        except Interrupted:
            raise
        except KeyboardInterrupt:  # from a callback
            raise Interrupted("interrupted between chunks") from None
        finally:
            run.progress.close()
    return run.history.since(schedule.first_epoch)


class _Run:
    """A run over all epochs."""

    def __init__(self, workers: Workers, chunk: int, schedule: Schedule, progress: Progress, history: History) -> None:
        self.workers, self.chunk, self.schedule, self.progress, self.history = (
            workers, chunk, schedule, progress, history
        )  # fmt: skip
        self.n_chunks = -(-schedule.n_tokens // chunk)  # of an epoch
        self.worst = 0.0  # mean loss of a chunk
        self.n_mapped = 0  # tokens read since their pages were forgotten

    @property
    def epoch(self) -> int:
        """The epoch in hand, from 0."""
        return len(self.history.epochs) - self.schedule.first_epoch

    @property
    def n_done(self) -> int:
        """Chunks done, of all epochs."""
        return self.epoch * self.n_chunks + self.history.n_chunks

    def finish(
        self, config: TrainConfig, pauses: Pauses, signals: Signals, after_epoch: Callable[[int], object]
    ) -> None:
        """Train what is left."""
        worst = _EXPLODED * self.workers.loss_at_zero(config)
        n_all = self.schedule.n_epochs * self.n_chunks
        while self.n_done < n_all:
            limit = pauses.limit(self.n_done, n_all)
            self._train_chunks(
                limit - self.n_done, lambda: signals.number is not None or pauses.due() or not self.worst < worst
            )
            _check_sound(self.workers.weights, self.worst < worst, config)
            if self.history.n_chunks == self.n_chunks:
                epoch = self.epoch
                self.history.end_epoch((self.schedule.alpha(epoch, 0), self.schedule.alpha(epoch + 1, 0)))
                self.progress.epoch(epoch + 1, self.history.epochs[-1], self.history.seconds[-1])
                after_epoch(epoch)
            if self.n_done < n_all and (signals.number is not None or pauses.due() or self.n_done >= limit):
                pauses.write(signals.number is not None)
                signals.check()

    def _train_chunks(self, n_most: int, should_stop: Callable[[], bool]) -> None:
        """Train chunks of the epoch in hand: `n_most` (rounded up to where training can stop) or what is left."""
        history, epoch, started = self.history, self.epoch, time.monotonic()
        key = epoch_key(self.workers.seed, len(history.epochs))
        step = self.workers.step
        last = min(-(-(history.n_chunks + n_most) // step) * step, self.n_chunks)

        def described(number: int) -> Chunk:
            start = number * self.chunk
            end = min(start + self.chunk, self.schedule.n_tokens)
            return Chunk(start, end, key, self.schedule.alpha(epoch, start))

        def report(statistics: Sequence[float], alpha: float) -> None:
            history.in_hand, history.n_chunks = history.in_hand.plus(statistics), history.n_chunks + 1
            one = Statistics().plus(statistics)
            if one.n_pairs >= _ENOUGH_PAIRS or not np.isfinite(one.loss):
                self.worst = max(self.worst, one.mean_loss) if np.isfinite(one.loss) else np.inf
            self.progress.chunk(statistics, alpha)
            self.n_mapped += self.chunk
            if self.n_mapped > _MAPPED_TOKENS:
                self.n_mapped = 0
                forget_pages(self.workers.stream)

        self.workers.train(map(described, range(history.n_chunks, last)), report, should_stop)
        history.in_hand_seconds += time.monotonic() - started


def compile_first(train_nothing: Callable[[], object], progress: Progress) -> None:
    """Have the kernel compiled, or loaded from the disk, by an empty chunk; if that takes long, say so."""
    note = threading.Timer(_COMPILING_SECONDS, progress.compiling)
    note.daemon = True
    note.start()
    try:
        train_nothing()
    finally:
        note.cancel()


def _check_sound(weights: Weights, loss_is_sound: bool, config: TrainConfig) -> None:
    """Raise `W2VError` when training diverged."""
    # A sum of squares is finite if every number is, and takes no memory.
    finite = all(np.isfinite(np.dot(rows.ravel(), rows.ravel())) for rows in weights)
    if finite and loss_is_sound:
        return
    what = "the loss exploded" if finite else "the vectors are no longer finite numbers"
    raise W2VError(
        f"training diverged: {what}; lower --alpha (it was {config.start_alpha:g})"
        + ("" if config.cbow_mean or config.model == "sg" else " or use the mean instead of the sum of contexts")
    )
