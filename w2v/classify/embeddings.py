"""Training embeddings and a linear classifier together: epochs, chunks of documents and the learning rate around the
kernel.

The order of the documents is drawn for each epoch from (seed, epoch), and the learning rate depends only on the tokens
that lie before a chunk. So a run stands where its counters stand; with the weights that is all it needs to go on.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.classify import kernel as kernels
from w2v.classify.config import ClassifyConfig
from w2v.classify.features import Bag, Lists
from w2v.compiled.matrix import matrix
from w2v.errors import W2VError
from w2v.kernel.layout import Weights
from w2v.network.network import Epoch
from w2v.system.interrupts import Signals
from w2v.training.history import Statistics
from w2v.training.kernel_calls import HotRows
from w2v.training.listeners import Progress
from w2v.training.schedule import Schedule, epoch_key
from w2v.training.threads import run_threads
from w2v.training.trainer import compile_first

_CHUNK_TOKENS = 20_000  # some milliseconds of work, so that stopping is prompt and the call costs nothing
_USUAL_LABELS = 64
_CHUNKS = 64  # of an epoch, at least, so that a small corpus keeps all threads busy too


class ThreadMemory(NamedTuple):
    """What a thread has to itself. Every document changes all rows of the outputs, so each thread has a copy of them
    while it is at a chunk: two that shared them would be slower than one."""

    own: kernels.DocumentScratch
    outputs: NDArray[np.float32]  # (C, padded d)


class Piece(NamedTuple):
    """What the kernel is told of a chunk: a range of the epoch's order."""

    start: int
    end: int
    alpha: float


def initial_weights(bag: Bag, n_labels: int, config: ClassifyConfig, vectors: Any = None) -> Weights:
    """Embeddings uniform in ±1 / d, those of words in `vectors` (`KeyedVectors` or None) from there; outputs zero."""
    size = config.dim
    weights = Weights(matrix(bag.n_rows, size), matrix(n_labels, size))
    generator = np.random.Generator(np.random.Philox(config.seed))
    weights.inputs[:, :size] = (2 * generator.random((bag.n_rows, size), np.float32) - 1) / np.float32(size)
    if vectors is not None:
        places = {str(key): row for key, row in vectors.key_to_index.items()}
        for word, row in bag.rows.items():
            if (place := places.get(word)) is not None:
                weights.inputs[row, :size] = vectors.vectors[place]
    return weights


class Finetuning:
    """A run and where it stands: `epochs` done, and `n_chunks` of the next one with their `sums`."""

    def __init__(self, lists: Lists, label_lists: Lists, weights: Weights, config: ClassifyConfig) -> None:
        """lists: rows of `weights.inputs` of each document; documents without any are passed over."""
        self.weights, self.config = weights, config
        self.documents = np.flatnonzero(lists.lengths)
        self.lengths = lists.lengths
        self.examples = kernels.Examples(lists.ids, lists.offsets, label_lists.ids, label_lists.offsets)
        self.n_tokens = int(self.lengths[self.documents].sum())
        n_documents, n_labels = len(self.documents), len(weights.outputs)
        size = _CHUNK_TOKENS * n_documents // max(self.n_tokens * max(1, n_labels // _USUAL_LABELS), 1)
        self.chunk = max(1, min(size, -(-n_documents // _CHUNKS)))
        self.epochs: list[Epoch] = []
        self.n_chunks, self.sums = 0, np.zeros(kernels.N_STATISTICS)
        self.seconds = 0.0  # of the epoch in hand
        self.outputs = HotRows(weights.outputs, n_labels, config.n_threads)

    def state(self) -> dict[str, Any]:
        """Where it stands, as plain values."""
        sums = {"n_chunks": self.n_chunks, "sums": self.sums.tolist(), "seconds": self.seconds}
        return {"epochs": [list(epoch) for epoch in self.epochs], **sums}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.epochs = [Epoch(*epoch) for epoch in state["epochs"]]
        self.n_chunks, self.sums, self.seconds = state["n_chunks"], np.array(state["sums"]), state["seconds"]

    def finish(
        self,
        progress: Progress,
        signals: Signals,
        validate: Callable[[], tuple[float, float]],
        pause: Callable[[Epoch | None], None],
    ) -> None:
        """Train what is left. validate: loss and accuracy on documents that are kept back, after each epoch. pause: is
        called after each epoch with its figures, and with None when a signal stops an epoch; no thread is at work.
        Raises `W2VError` when the weights diverge."""
        schedule = Schedule(self.config.start_lr, 0.0, self.config.epochs, self.n_tokens)
        scratches = [self._scratch() for _ in range(self.config.n_threads)]
        compile_first(lambda: self._train(scratches[0], Piece(0, 0, 0.0), self.documents[:0], np.uint64(0)), progress)
        n_done = len(self.epochs) * self.n_tokens + int(self.sums[kernels.N_TOKENS])
        progress.start(schedule, Statistics(0.0, 0, n_done, 0))
        try:
            while len(self.epochs) < self.config.epochs:
                self._train_epoch(schedule, scratches, progress, signals)
                if self.n_chunks * self.chunk < len(self.documents):
                    pause(None)
                else:
                    pause(self._end_epoch(progress, validate))
                signals.check()
        finally:
            progress.close()

    def _train_epoch(self, schedule: Schedule, scratches: Sequence[Any], progress: Progress, signals: Signals) -> None:
        """The epoch in hand, from where it stands, to its end or a signal."""
        number, began = len(self.epochs), time.monotonic()
        key = epoch_key(self.config.seed, number)
        order = np.random.default_rng([self.config.seed, number]).permutation(self.documents)
        n_before = np.concatenate([[0], np.cumsum(self.lengths[order])])

        def piece(place: int) -> Piece:
            start = place * self.chunk
            return Piece(start, min(start + self.chunk, len(order)), schedule.alpha(number, int(n_before[start])))

        def work(scratch: Any, one: Piece) -> tuple[NDArray[np.float64], float]:
            return self._train(scratch, one, order, key), one.alpha

        def report(done: tuple[NDArray[np.float64], float]) -> None:
            self.sums, self.n_chunks = self.sums + done[0], self.n_chunks + 1
            progress.chunk((*done[0][: kernels.N_CORRECT], 0), done[1])

        pieces = map(piece, range(self.n_chunks, -(-len(order) // self.chunk)))
        run_threads(work, scratches, pieces, report,
                    lambda: signals.number is not None or not np.isfinite(self.sums[kernels.LOSS]))  # fmt: skip
        self.seconds += time.monotonic() - began
        if not np.isfinite(self.sums[kernels.LOSS]):
            raise W2VError(f"training diverged: the loss is no finite number; lower --lr (it was "
                           f"{self.config.start_lr:g})")  # fmt: skip

    def _end_epoch(self, progress: Progress, validate: Callable[[], tuple[float, float]]) -> Epoch:
        loss, n_documents, n_tokens, n_correct = self.sums
        share = 1 / max(n_documents, 1)
        epoch = Epoch(len(self.epochs) + 1, float(loss * share), float(n_correct * share), *validate())
        self.epochs.append(epoch)
        progress.epoch(epoch.number, Statistics(float(loss), int(n_documents), int(n_tokens), 0), self.seconds)
        self.n_chunks, self.sums, self.seconds = 0, np.zeros(kernels.N_STATISTICS), 0.0
        return epoch

    def _scratch(self) -> ThreadMemory:
        n_labels, n_columns = self.weights.outputs.shape
        return ThreadMemory(kernels.make_document_scratch(n_labels, n_columns), matrix(n_labels, n_columns))

    def _train(
        self, scratch: ThreadMemory, piece: Piece, order: NDArray[np.int64], key: np.uint64
    ) -> NDArray[np.float64]:
        statistics = np.zeros(kernels.N_STATISTICS)
        taken = self.outputs.take(scratch.outputs)
        with np.errstate(over="ignore"):  # random numbers wrap around; without the compiler NumPy would warn
            train = kernels.train_softmax if self.config.loss == "softmax" else kernels.train_one_vs_all
            train(
                Weights(self.weights.inputs, scratch.outputs), self.examples, order, piece.start, piece.end,
                key, np.float32(piece.alpha), scratch.own, statistics,
            )  # fmt: skip
        self.outputs.give(scratch.outputs, taken)
        return statistics
