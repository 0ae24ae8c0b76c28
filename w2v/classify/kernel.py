"""Training a linear classifier together with its embeddings, one document at a time.

hidden h = mean of the document's rows of `inputs`; scores z = `outputs` · h; the error signal is label − softmax(z),
or label − σ(z) for each label by itself (one-vs-all). Then outputs += α · errors · hᵀ, and each row of the document
moves by α · errorsᵀ · outputs / (number of rows), all at the old values (Joulin, Grave, Bojanowski & Mikolov 2017).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry, inlined
from w2v.compiled.randomness import below, random_at
from w2v.compiled.tiles import prefetch_row

LOSS, N_DOCUMENTS, N_TOKENS, N_CORRECT = 0, 1, 2, 3  # entries of the statistics
N_STATISTICS = 4
_SURE = 30.0  # scores are cut there in the logarithm of one-vs-all, as in σ


class Examples(NamedTuple):
    """Documents as the kernel reads them: rows and labels of document i are at `offsets[i]` … `offsets[i + 1]` − 1."""

    row_ids: NDArray[np.int32]
    row_offsets: NDArray[np.int64]
    label_ids: NDArray[np.int32]
    label_offsets: NDArray[np.int64]


class DocumentScratch(NamedTuple):
    """One thread's working memory."""

    hidden: NDArray[np.floating]  # (padded d,)
    gradient: NDArray[np.floating]  # (padded d,)
    errors: NDArray[np.floating]  # (C,): scores, then α × error signal
    targets: NDArray[np.floating]  # (C,): 1 for the labels of the document, zero otherwise


@inlined
def mean_of_rows(inputs, row_ids, start, end, hidden):
    """hidden = mean of the rows `row_ids[start:end]`."""
    n_columns = len(hidden)
    for j in range(n_columns):
        hidden[j] = 0
    for place in range(start, end):
        row = np.int64(row_ids[place])
        for j in range(n_columns):
            hidden[j] += inputs[row, j]
    share = hidden.dtype.type(1) / hidden.dtype.type(end - start)
    for j in range(n_columns):
        hidden[j] *= share


@inlined
def score_labels(outputs, scratch):
    """errors = outputs · hidden; returns the label with the highest score."""
    best = 0
    for label in range(len(scratch.errors)):
        score = scratch.hidden.dtype.type(0)
        for j in range(len(scratch.hidden)):
            score += outputs[label, j] * scratch.hidden[j]
        scratch.errors[label] = score
        if score > scratch.errors[best]:
            best = label
    return best


@inlined
def softmax_errors(scratch, best, alpha):
    """Scores → α × (target − softmax); returns the loss, −ln p of the target."""
    errors, targets = scratch.errors, scratch.targets
    highest, total, aimed = errors[best], errors.dtype.type(0), errors.dtype.type(0)
    for label in range(len(errors)):
        aimed += targets[label] * (errors[label] - highest)
        errors[label] = math.exp(errors[label] - highest)
        total += errors[label]
    for label in range(len(errors)):
        errors[label] = alpha * (targets[label] - errors[label] / total)
    return math.log(total) - aimed


@inlined
def one_vs_all_errors(scratch, alpha):
    """Scores → α × (target − σ(score)) of each label by itself; returns the sum of their losses."""
    errors, targets, loss = scratch.errors, scratch.targets, 0.0
    for label in range(len(errors)):
        score = min(max(errors[label], -_SURE), _SURE)
        probability = 1 / (1 + math.exp(-score))
        loss += math.log(1 + math.exp(score)) - targets[label] * score
        errors[label] = alpha * (targets[label] - probability)
    return loss


@inlined
def move_rows(weights, row_ids, start, end, scratch):
    """Move the outputs, then the document's inputs, by the errors, both at the outputs' old values."""
    hidden, gradient, outputs = scratch.hidden, scratch.gradient, weights.outputs
    n_columns = len(hidden)
    for j in range(n_columns):
        gradient[j] = 0
    for label in range(len(scratch.errors)):
        error = scratch.errors[label]
        for j in range(n_columns):
            old = outputs[label, j]
            gradient[j] += error * old
            outputs[label, j] = old + error * hidden[j]
    share = gradient.dtype.type(1) / gradient.dtype.type(end - start)
    for j in range(n_columns):
        gradient[j] *= share
    for place in range(start, end):
        row = np.int64(row_ids[place])
        for j in range(n_columns):
            weights.inputs[row, j] += gradient[j]


@inlined
def aim(examples, document, one_vs_all, key, targets, mark):
    """Write `mark` where the document's labels are in `targets`: all of them, or one drawn at random for softmax."""
    first, last = examples.label_offsets[document], examples.label_offsets[document + 1]
    if not one_vs_all and last - first > 1:
        first += below(random_at(key, document), last - first)
        last = first + 1
    for place in range(first, last):
        targets[examples.label_ids[place]] = mark
    return targets


@entry
def train_documents(weights, examples, order, start, end, one_vs_all, key, alpha, scratch, statistics):
    """Train on the documents `order[start:end]`, each of which has a row and a label, and add to the statistics.

    weights: `layout.Weights`, (rows, padded d) and (C, padded d). key: uint64, from the seed and the epoch. alpha:
    learning rate, constant within the call. `scratch.targets` must be zero. statistics: float64 (N_STATISTICS,).
    """
    for place in range(start, end):
        document = order[place]
        first, last = examples.row_offsets[document], examples.row_offsets[document + 1]
        if place + 1 < end:
            following = order[place + 1]
            for ahead in range(examples.row_offsets[following], examples.row_offsets[following + 1]):
                prefetch_row(weights.inputs, np.int64(examples.row_ids[ahead]))
        mean_of_rows(weights.inputs, examples.row_ids, first, last, scratch.hidden)
        best = score_labels(weights.outputs, scratch)
        targets = aim(examples, document, one_vs_all, key, scratch.targets, 1)
        statistics[N_CORRECT] += targets[best]
        if one_vs_all:
            statistics[LOSS] += one_vs_all_errors(scratch, alpha)
        else:
            statistics[LOSS] += softmax_errors(scratch, best, alpha)
        aim(examples, document, one_vs_all, key, scratch.targets, 0)
        move_rows(weights, examples.row_ids, first, last, scratch)
        statistics[N_DOCUMENTS] += 1
        statistics[N_TOKENS] += last - first
