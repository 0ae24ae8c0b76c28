"""Training: epochs, chunks and the learning-rate schedule around an engine.

A chunk is a fixed range of the encoded stream. What it trains depends only on (seed, epoch, position), its learning
rate only on how many tokens lie before it. So threads take chunks from one counter and need no queue; progress, loss
and the token ledger are sums over chunks; and a run stands where its counter stands: with the weights, that is all that
a checkpoint has to hold. Who trains the chunks is an engine's business (`engine.py`).
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.config import TrainConfig
from w2v.errors import DivergedError
from w2v.kernel.layout import Weights
from w2v.system.interrupts import Interrupted, Signals, deferred_signals
from w2v.training.engine import Engine, Load
from w2v.training.engines import engine_of
from w2v.training.history import History, Statistics
from w2v.training.listeners import COMPILING_NOTE, Pauses, Progress
from w2v.training.schedule import Schedule, chunk_size, epoch_key

logger = logging.getLogger("w2v")
_COMPILING_SECONDS = 1.0  # loading takes less
_EXPLODED = 4  # times the loss of vectors that know nothing
_BETWEEN_CHUNKS = "interrupted between chunks"
_ENOUGH_PAIRS = 1000  # for a mean loss


def train(
    load: Load,
    schedule: Schedule,
    progress: Progress | None = None,
    history: History | None = None,
    after_epoch: Callable[[int], object] = lambda epoch: None,
    pauses: Pauses | None = None,
    next_stream: Callable[[], tuple[NDArray[np.int32], int]] | None = None,
) -> History:
    """Train the weights of `load`; returns what happened in this run, and adds it to `history` if that is given, which
    also says where to go on. They are changed in place, and up to date whenever anyone is told of them.
    next_stream: gives the stream of each epoch but the first, and its longest sentence, where they differ.

    history: `schedule.first_epoch` epochs of earlier runs, then what is done of this one. after_epoch: called between
    epochs, when no chunk is in work. Raises `DivergedError` when the weights diverge, `Interrupted` on Ctrl-C, after
    whole chunks; an error in any thread stops all and is raised here.
    """
    load.config.check_ranges()
    run = _Run(load, schedule, progress or Progress(), history if history is not None else History(), next_stream)
    with deferred_signals() as signals:
        try:
            compile_first(run.engine.prepare, run.progress)
            run.progress.start(schedule, run.history.since(schedule.first_epoch).total.plus(run.history.in_hand))
            try:
                run.finish(pauses or Pauses(), signals, after_epoch)
            finally:
                run.progress.close()
        except Interrupted:
            raise
        except KeyboardInterrupt:  # from a callback
            raise Interrupted(_BETWEEN_CHUNKS) from None
        finally:
            run.engine.close()
    done = run.history.since(schedule.first_epoch)
    done.loss_at_zero = run.engine.loss_at_zero
    return done


class _Run:
    """A run over all epochs."""

    def __init__(
        self, load: Load, schedule: Schedule, progress: Progress, history: History, next_stream: Any = None
    ) -> None:
        self.progress, self.history, self.next_stream = progress, history, next_stream
        self.worst = 0.0  # mean loss of a chunk
        self._begin(load, schedule)

    def _begin(self, load: Load, schedule: Schedule) -> None:
        self.load, self.schedule = load, schedule
        self.engine: Engine = engine_of(load.config)(load._replace(chunk_size=schedule.chunk_size))

    @property
    def epoch(self) -> int:
        """The epoch in hand, from 0."""
        return len(self.history.epochs) - self.schedule.first_epoch

    @property
    def n_done(self) -> int:
        """Chunks done, of all epochs."""
        return self.epoch * self.schedule.n_chunks + self.history.n_chunks

    def finish(self, pauses: Pauses, signals: Signals, after_epoch: Callable[[int], object]) -> None:
        """Train what is left."""
        worst = _EXPLODED * self.engine.loss_at_zero
        while self.n_done < (n_all := self.schedule.n_epochs * self.schedule.n_chunks):
            limit = pauses.limit(self.n_done, n_all)
            self._train_chunks(
                limit - self.n_done, lambda: signals.number is not None or pauses.due() or not self.worst < worst
            )
            self._hand_out()
            _check_sound(self.load.weights, self.worst < worst, self.load.config)
            if self.history.n_chunks == self.schedule.n_chunks:
                epoch = self.epoch
                self.history.end_epoch((self.schedule.alpha(epoch, 0), self.schedule.alpha(epoch + 1, 0)))
                self.progress.epoch(epoch + 1, self.history.epochs[-1], self.history.seconds[-1])
                after_epoch(epoch)
            if self.n_done < n_all and (signals.number is not None or pauses.due() or self.n_done >= limit):
                is_last = signals.number is not None
                pauses.write(is_last)
                if is_last:  # a signal that comes only now gets a checkpoint of its own
                    signals.check(_BETWEEN_CHUNKS)
            if self.next_stream and self.history.n_chunks == 0 and self.n_done < n_all:
                self._read_anew(*self.next_stream())

    def _read_anew(self, stream: NDArray[np.int32], longest_sentence: int) -> None:
        """Go on with another stream: what is done is a share of the run, whatever the epochs' lengths are."""
        self.engine.close()
        load = self.load._replace(stream=stream, longest_sentence=longest_sentence)
        size = chunk_size(len(stream), len(load.counts), load.config)
        self._begin(load, self.schedule._replace(n_tokens=len(stream), chunk_size=size))

    def _train_chunks(self, n_most: int, should_stop: Callable[[], bool]) -> None:
        """Train chunks of the epoch in hand: `n_most` (rounded up to where the engine can stop) or what is left."""
        history, epoch, started, step = self.history, self.epoch, time.monotonic(), self.engine.granularity
        key = epoch_key(self.load.config.seed, len(history.epochs))
        last = min(-(-(history.n_chunks + n_most) // step) * step, self.schedule.n_chunks)

        def report(statistics: Sequence[float], alpha: float) -> None:
            history.in_hand, history.n_chunks = history.in_hand.plus(statistics), history.n_chunks + 1
            one = Statistics().plus(statistics)
            if one.n_pairs >= _ENOUGH_PAIRS or not np.isfinite(one.loss):
                self.worst = max(self.worst, one.mean_loss) if np.isfinite(one.loss) else np.inf
            self.progress.chunk(statistics, alpha)

        chunks = map(lambda number: self.schedule.chunk(number, epoch, key), range(history.n_chunks, last))
        self.engine.train(chunks, report, should_stop)
        history.in_hand_seconds += time.monotonic() - started

    def _hand_out(self) -> None:
        """Bring the weights that were given up to date; nothing to do where they are trained in place."""
        for mine, theirs in zip(self.load.weights, self.engine.weights(), strict=True):
            if theirs is not mine:
                mine[:] = theirs


def compile_first(train_nothing: Callable[[], object], progress: Progress) -> None:
    """Have the kernel compiled, or loaded from the disk, by an empty chunk; if that takes long, say so."""

    def tell() -> None:
        logger.info(COMPILING_NOTE)
        progress.compiling()

    note = threading.Timer(_COMPILING_SECONDS, tell)
    note.daemon = True
    note.start()
    try:
        train_nothing()
    finally:
        note.cancel()


def _check_sound(weights: Weights, loss_is_sound: bool, config: TrainConfig) -> None:
    """Raise `DivergedError` when training diverged."""
    # A sum of squares is finite if every number is, and takes no memory.
    finite = all(np.isfinite(np.dot(rows.ravel(), rows.ravel())) for rows in weights)
    if finite and loss_is_sound:
        return
    what = "the loss exploded" if finite else "the vectors are no longer finite numbers"
    raise DivergedError(
        f"training diverged: {what}; lower --alpha (it was {config.start_alpha:g})" + config.input_model.advice(config)
    )
