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
from w2v.classify.bag import Bag, make_bag
from w2v.classify.checkpoint import Standing
from w2v.classify.classifier import new_classifier
from w2v.classify.config import ClassifyConfig
from w2v.classify.features import Tokens
from w2v.compiled.matrix import matrix
from w2v.config import TextConfig
from w2v.errors import CorpusError, W2VError
from w2v.kernel.layout import Weights
from w2v.network.network import Epoch
from w2v.system.interrupts import Signals
from w2v.training.history import Statistics
from w2v.training.hot_rows import ALWAYS, HotRows
from w2v.training.listeners import Progress
from w2v.training.schedule import Schedule, epoch_key
from w2v.training.threads import run_threads
from w2v.training.trainer import compile_first

_CHUNK_TOKENS = 20_000  # some milliseconds of work, so that stopping is prompt and the call costs nothing
_USUAL_LABELS = 64
_OUTPUT_LENGTH = 3  # 1 to 4 are alike; shorter ones take more epochs where labels are many (docs/classification.md)
_CHUNKS = 64  # of an epoch, at least, so that a small corpus keeps all threads busy too


class ThreadMemory(NamedTuple):
    """What a thread has to itself. Every document changes all rows of the outputs, so each thread has a copy of them
    while it is at a chunk: two that shared them would be slower than one."""

    own: kernels.DocumentScratch
    outputs: NDArray[np.float32]  # (C, padded d)
    outputs_before: NDArray[np.float32]  # the same as they were taken


class Piece(NamedTuple):
    """What the kernel is told of a chunk: a range of the epoch's order."""

    start: int
    end: int
    alpha: float


def initial_weights(bag: Bag, n_labels: int, config: ClassifyConfig, vectors: Any = None) -> Weights:
    """Embeddings zero and each label's outputs a random vector, about `_OUTPUT_LENGTH` long: already the first step
    goes where it should. With uniform weights as in fastText: embeddings in ±1 / d, outputs zero. Embeddings of words
    in `vectors` (`KeyedVectors` or None) are from there."""
    size = config.dim
    weights = Weights(matrix(bag.n_rows, size), matrix(n_labels, size))
    generator = np.random.Generator(np.random.Philox(config.seed))
    if config.weighting == "uniform":
        weights.inputs[:, :size] = (2 * generator.random((bag.n_rows, size), np.float32) - 1) / np.float32(size)
    else:
        normal = generator.standard_normal((n_labels, size), np.float32)
        weights.outputs[:, :size] = normal * np.float32(_OUTPUT_LENGTH / np.sqrt(size))
    if vectors is not None:
        places = {str(key): row for key, row in vectors.key_to_index.items()}
        for word, row in bag.rows.items():
            if (place := places.get(word)) is not None:
                weights.inputs[row, :size] = vectors.matrix[place]
    return weights


class EmbeddingTraining:
    """A `training.Training`. It stands where its counters do: `epochs` done, and `n_chunks` of the next one with their
    `sums`."""

    def __init__(self, tokens: Tokens, config: ClassifyConfig, text: TextConfig, vectors: Any = None) -> None:
        """vectors: `KeyedVectors` that the embeddings start from, or None. Raises `CorpusError` where no word is
        frequent enough."""
        n_kept = round(config.validation * len(tokens.ids))
        order = np.random.default_rng(config.seed).permutation(len(tokens.ids))
        train, kept = tokens.chosen(np.sort(order[n_kept:])), tokens.chosen(order[:n_kept])
        (bag, lists), label_lists = make_bag(train, config), train.label_ids
        if not len(lists.ids):
            raise CorpusError(f"no word occurs {config.min_count} times; lower --min-count")
        self.weights, self.config = initial_weights(bag, len(tokens.labels), config, vectors), config
        self.classifier = new_classifier(tokens, config, text, bag, self.weights)
        self.kept = bag.lists(kept), kept.label_ids
        self.examples = kernels.Examples(
            lists.ids, lists.offsets, label_lists.ids, label_lists.offsets, bag.row_weights, bag.shares(lists)
        )
        self.documents, self.lengths = np.flatnonzero(lists.lengths), lists.lengths  # without a row: passed over
        self.n_tokens, n_documents, n_labels = len(lists.ids), len(self.documents), len(tokens.labels)
        size = _CHUNK_TOKENS * n_documents // max(self.n_tokens * max(1, n_labels // _USUAL_LABELS), 1)
        self.chunk = max(1, min(size, -(-n_documents // _CHUNKS)))  # documents
        self.outputs = HotRows(self.weights.outputs, 0, np.full(n_labels, ALWAYS), config.n_threads)
        self.epochs: list[Epoch] = []
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self.n_chunks, self.sums = 0, np.zeros(kernels.N_STATISTICS)
        self.seconds = 0.0  # of the epoch in hand

    @property
    def n_epochs(self) -> int:
        """Epochs done."""
        return len(self.epochs)

    def standing(self) -> tuple[dict[str, NDArray[np.float32]], dict[str, Any]]:
        """Arrays and plain values of a checkpoint: `inputs` (rows, padded d), `outputs` (C, padded d), the counters."""
        sums = {"n_chunks": self.n_chunks, "sums": self.sums.tolist(), "seconds": self.seconds}
        return self.weights._asdict(), {"epochs": [list(epoch) for epoch in self.epochs], **sums}

    def go_on_from(self, standing: Standing) -> None:
        """Take over what `standing` gave. Raises `FormatError` for what no training of these documents gives."""
        n_documents = len(self.documents)
        epochs = standing.epochs(0, self.config.epochs)
        n_pieces = -(-n_documents // self.chunk) if len(epochs) < self.config.epochs else 1
        n_chunks = standing.whole("n_chunks", 0, n_pieces - 1)
        sums, seconds = np.array(standing.numbers("sums", kernels.N_STATISTICS)), standing.number("seconds")
        n_done = min(n_chunks * self.chunk, n_documents)
        standing.check(
            sums[kernels.N_DOCUMENTS] == n_done
            and n_done <= sums[kernels.N_TOKENS] <= self.n_tokens
            and 0 <= sums[kernels.N_CORRECT] <= n_done
            and sums[kernels.N_TOKENS].is_integer()
            and (n_done > 0 or not sums.any()),
            "its sums are not those of its chunks",
        )
        found = [standing.array(name, rows, self.config.dim) for name, rows in self.weights._asdict().items()]
        for rows, values in zip(self.weights, found, strict=True):
            rows[:] = values
        self.epochs, self.n_chunks, self.sums, self.seconds = epochs, n_chunks, sums, seconds

    def finish(self, progress: Progress, signals: Signals, pause: Callable[[Epoch | None], None]) -> None:
        """Train what is left; after each epoch loss and accuracy on the documents that are kept back are found too.
        Raises `W2VError` when the weights diverge."""
        schedule = Schedule(self.config.start_lr, 0.0, self.config.epochs, self.n_tokens)
        scratches = [self._scratch() for _ in range(self.config.n_threads)]
        compile_first(lambda: self._train(scratches[0], Piece(0, 0, 0.0), self.documents[:0], np.uint64(0)), progress)
        n_done = len(self.epochs) * self.n_tokens + int(self.sums[kernels.N_TOKENS])
        progress.start(schedule, Statistics(0.0, 0, n_done, 0))
        try:
            while len(self.epochs) < self.config.epochs:
                self._train_epoch(schedule, scratches, progress, signals)
                is_whole = self.n_chunks * self.chunk >= len(self.documents)
                pause(self._end_epoch(progress) if is_whole else None)
        finally:
            progress.close()
        self.classifier.model = self.weights._replace(inputs=self._kept_inputs())

    def _kept_inputs(self) -> NDArray[np.floating]:
        """(rows, d), (almost) as trained; float32 where float16 cannot hold it."""
        inputs = self.weights.inputs[:, : self.config.dim]
        with np.errstate(over="ignore"):
            kept = inputs.astype(self.config.dtype)
        return kept if np.isfinite(kept).all() else inputs

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

    def _end_epoch(self, progress: Progress) -> Epoch:
        loss, n_documents, n_tokens, n_correct = self.sums
        share = 1 / max(n_documents, 1)
        validation = self.classifier.loss_and_accuracy(*self.kept)
        epoch = Epoch(len(self.epochs) + 1, float(loss * share), float(n_correct * share), *validation)
        self.epochs.append(epoch)
        progress.epoch(epoch.number, Statistics(float(loss), int(n_documents), int(n_tokens), 0), self.seconds)
        self._begin_epoch()
        return epoch

    def _scratch(self) -> ThreadMemory:
        n_labels, n_columns = self.weights.outputs.shape
        outputs, before = matrix(n_labels, n_columns), matrix(n_labels, n_columns)
        return ThreadMemory(kernels.make_document_scratch(n_labels, n_columns), outputs, before)

    def _train(
        self, scratch: ThreadMemory, piece: Piece, order: NDArray[np.int64], key: np.uint64
    ) -> NDArray[np.float64]:
        statistics = np.zeros(kernels.N_STATISTICS)
        self.outputs.take(scratch.outputs, scratch.outputs_before)
        train = kernels.train_softmax if self.config.label_loss.is_softmax else kernels.train_one_vs_all
        with np.errstate(over="ignore"):  # random numbers wrap around; without the compiler NumPy would warn
            train(
                Weights(self.weights.inputs, scratch.outputs), self.examples, order, piece.start, piece.end,
                key, np.float32(piece.alpha), scratch.own, statistics,
            )  # fmt: skip
        self.outputs.give(scratch.outputs, scratch.outputs_before, piece.alpha)
        return statistics
