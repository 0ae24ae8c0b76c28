"""Training a linear classifier together with its embeddings, one document at a time.

A document is a list of rows (`kernel.rows_of_word`): a share of their weighted sum is the one input row of a gradient
step (`kernel.gradient`) whose output rows are those of all labels, and each of its rows gets its weight × the share of
what the step changed, the true gradient (Joulin, Grave, Bojanowski & Mikolov 2017, section 2, where it is the mean of
rows that weigh the same). No calculus is here.

C labels, d dimensions, R rows of embeddings, D documents, P places for the labels (`n_places`).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry, inlined_early
from w2v.compiled.matrix import matrix, padded
from w2v.compiled.randomness import below, random_at
from w2v.compiled.tiles import prefetch_row
from w2v.kernel.gradient import SMALL_TILE_ROWS, padded_rows, score_one, scores_to_errors, update_one
from w2v.kernel.layout import Inputs, Outputs
from w2v.kernel.rows_of_word import add_change_to_rows, sum_of_rows

LOSS, N_DOCUMENTS, N_TOKENS, N_CORRECT = 0, 1, 2, 3  # entries of the statistics
N_STATISTICS = 4


class Examples(NamedTuple):
    """Documents as the kernel reads them: rows and labels of document i are at `offsets[i]` … `offsets[i + 1]` − 1."""

    row_ids: NDArray[np.int32]  # below R, one document's after the other's
    row_offsets: NDArray[np.int64]  # (D + 1,)
    label_ids: NDArray[np.int32]  # below C
    label_offsets: NDArray[np.int64]  # (D + 1,)
    row_weights: NDArray[np.floating]  # (R,), of the dtype of the weights
    shares: NDArray[np.floating]  # (D,), the same: what the weighted sum of a document's rows is multiplied by


class DocumentScratch(NamedTuple):
    """One thread's working memory, with the names that `gradient` reads. float32, or the dtype of the weights."""

    hidden: NDArray[np.floating]  # (1, padded d): the share of the weighted sum of the document's rows
    hidden_moved: NDArray[np.floating]  # (1, padded d): the same after the step
    first: NDArray[np.int64]  # (1,): 0, the row of `hidden`
    labels: NDArray[np.int64]  # (P,): the rows of all labels, 0, 1, ...; after them 0, which gets a share of zero
    out_labels: NDArray[np.floating]  # (P,): +1 for what is aimed at, −1 for other labels, 0 after them
    pair_weights: NDArray[np.floating]  # (1, P): ones
    errors: NDArray[np.floating]  # (1, P): scores, then learning rate × error signal
    terms: NDArray[np.floating]  # (1, P): exponentials of the scores
    gradient: NDArray[np.floating]  # (1, padded d); not used by a step with one input row


def make_document_scratch(n_labels: int, size: int, dtype: Any = np.float32) -> DocumentScratch:
    """Working memory for C = `n_labels` labels and d = `size` dimensions."""
    n_places = padded(n_labels + SMALL_TILE_ROWS)  # as many as the tiles look at
    labels, out_labels = np.zeros(n_places, np.int64), np.zeros(n_places, dtype)
    labels[:n_labels], out_labels[:n_labels] = np.arange(n_labels), -1
    pair_weights = matrix(1, n_places, dtype)
    pair_weights[:] = 1
    return DocumentScratch(
        matrix(1, size, dtype), matrix(1, size, dtype), np.zeros(1, np.int64), labels, out_labels, pair_weights,
        matrix(1, n_places, dtype), matrix(1, n_places, dtype), matrix(1, size, dtype),
    )  # fmt: skip


@inlined_early
def likeliest(scores, n_labels):
    """The label with the highest of `scores[0, :n_labels]`, the first of several."""
    best = 0
    for label in range(n_labels):
        if scores[0, label] > scores[0, best]:
            best = label
    return best


@inlined_early
def aimed_at(examples, document, is_softmax, key):
    """The labels that a document is to get, as a range (start, end) of `examples.label_ids`: all of its own, or for
    softmax one of them, drawn at random (key: uint64, of the epoch)."""
    start, end = examples.label_offsets[document], examples.label_offsets[document + 1]
    if is_softmax:
        start += below(random_at(key, document), end - start)
        end = start + 1
    return start, end


@inlined_early
def mark(examples, start, end, out_labels, value):
    """Write `value` where the labels `examples.label_ids[start:end]` are in `out_labels` (P,)."""
    for place in range(start, end):
        out_labels[examples.label_ids[place]] = value


def _make_train_documents(is_softmax):
    """For an error signal of label − softmax(z), or label − σ(z) of each label by itself. It is a constant there: who
    trains with one does not wait for the other to be compiled."""

    @entry
    def train_documents(weights, examples, order, start, end, key, alpha, scratch, statistics):
        """Train on the documents `order[start:end]`, each of which has a row and a label, and add to the statistics.

        weights: `layout.Weights`, (R, padded d) and (C, padded d), changed in place. examples: `Examples`. order:
        int64, documents. key: uint64, from the seed and the epoch. alpha: learning rate, constant within the call.
        scratch: `DocumentScratch`, whose `out_labels` are −1 before and after. statistics: float64 (N_STATISTICS,).
        """
        n_labels, row_ids, out_labels = np.int64(len(weights.outputs)), examples.row_ids, scratch.out_labels
        row_weights = examples.row_weights
        inputs = Inputs(scratch.hidden, scratch.hidden_moved, scratch.first, np.int64(0), np.int64(1))
        outputs = Outputs(weights.outputs, weights.outputs, scratch.labels, np.int64(0), n_labels, np.int64(0))
        n_padded = padded_rows(n_labels, SMALL_TILE_ROWS, 0)
        for place in range(start, end):
            document = order[place]
            first, last = examples.row_offsets[document], examples.row_offsets[document + 1]
            if place + 1 < end:
                following = order[place + 1]
                for ahead in range(examples.row_offsets[following], examples.row_offsets[following + 1]):
                    prefetch_row(weights.inputs, np.int64(row_ids[ahead]))
            share = examples.shares[document]
            sum_of_rows(weights.inputs, row_ids, first, last, row_weights, share, scratch.hidden, 0)
            score_one(inputs, outputs, scratch)
            aim_start, aim_end = aimed_at(examples, document, is_softmax, key)
            mark(examples, aim_start, aim_end, out_labels, 1)
            statistics[N_CORRECT] += out_labels[likeliest(scratch.errors, n_labels)] > 0
            statistics[LOSS] += scores_to_errors(inputs, outputs, n_padded, alpha, is_softmax, scratch)
            mark(examples, aim_start, aim_end, out_labels, -1)
            update_one(inputs, outputs, scratch)
            add_change_to_rows(
                weights.inputs, row_ids, first, last, row_weights, share, scratch.hidden, scratch.hidden_moved, 0
            )
            statistics[N_DOCUMENTS] += 1
            statistics[N_TOKENS] += last - first

    return train_documents


train_softmax, train_one_vs_all = _make_train_documents(True), _make_train_documents(False)
