"""What is handed to the kernel: the weights, what is looked up by word, the settings, and working memory.

Only shapes and types stand here. V words, d dimensions, R input rows (V of them, unless words have several), C centers
of a block, P places for the outputs of a step.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.matrix import matrix

CENTERS = 5  # most centers of a block
N_FIRST = 2  # of them, whose sets have a table of their own in `Scratch.change_sums`
PAIR, WINDOW, BLOCK = 0, 1, 2  # what has its outputs in common, and is one gradient step
SHARINGS = {"pair": PAIR, "window": WINDOW, "block": BLOCK}


class Weights(NamedTuple):
    """The two matrices; `inputs` is the syn0 of word2vec.c, `outputs` its syn1neg or syn1. Rows are padded to whole
    cache lines with zeros."""

    inputs: NDArray[np.floating]  # (R, padded d)
    outputs: NDArray[np.floating]  # (objective's rows, padded d)


class WordRows(NamedTuple):
    """The input rows of each word: those of word i are `row_ids[offsets[i]:offsets[i + 1]]`, and its input vector is
    `shares[i]` × their sum. In place of this, None says that row i is that of word i."""

    offsets: NDArray[np.int64]  # (V + 1,)
    row_ids: NDArray[np.int32]
    shares: NDArray[np.floating]  # (V,): 1 / the number of its rows for their mean, 1 for their sum
    # (V,): the part of the vector's change that each row gets: as `shares` for the true gradient; 1 as in fastText,
    # which leaves that factor out
    change_shares: NDArray[np.floating]


class Tables(NamedTuple):
    """What the kernel looks up by word; tables that an objective does not use are empty."""

    keep_threshold: NDArray[np.uint32]  # (V,)
    noise_threshold: NDArray[np.uint32] = np.empty(0, np.uint32)  # (V,) alias table of the noise distribution
    noise_alias: NDArray[np.int32] = np.empty(0, np.int32)  # (V,)
    path_points: NDArray[np.int32] = np.empty(0, np.int32)  # Huffman paths of all words, root first
    path_codes: NDArray[np.uint8] = np.empty(0, np.uint8)
    path_offsets: NDArray[np.int64] = np.empty(0, np.int64)  # (V + 1,)
    # (R,): the place of each input row among the frozen ones, −1: it is trained
    frozen_place: NDArray[np.int32] = np.empty(0, np.int32)
    frozen_rows: NDArray[np.floating] = matrix(0, 1)  # (frozen rows, padded d): what they stay
    word_rows: Any = None  # WordRows, or None: row i is that of word i


class Settings(NamedTuple):
    """The hyper-parameters as the kernel wants them."""

    model: int
    objective: int
    is_softmax: bool  # error signal label − softmax(z), else label − σ(z)
    sharing: int  # PAIR, WINDOW or BLOCK
    window: int
    shrink_windows: bool
    n_negatives: int  # drawn for a pair, a window or a block
    negative_weight: float  # what one of them counts, so that each pair gets `negative` of them
    first_prefetched: int  # of a center's output rows
    cbow_mean: bool
    cbow_corrected: bool  # divide the CBOW update by the number of contexts when the input was their mean


class Copies(NamedTuple):
    """Which rows of a matrix are copied. The copies are in a matrix of their own."""

    source: NDArray[np.floating]  # the matrix
    slots: NDArray[np.int32]  # (rows of it,): the place of each row's copy, −1 without one; empty: no row is copied
    ids: NDArray[np.int64]  # (capacity,): the rows that are copied, in the order of their places
    n: NDArray[np.int64]  # (1,): how many


class Scratch(NamedTuple):
    """One thread's working memory."""

    token_ids: NDArray[np.int32]  # kept tokens of a chunk and its margins, with BREAKs
    token_pos: NDArray[np.int64]  # their positions in the corpus
    context_ids: NDArray[np.int64]  # (contexts,)
    window_start: NDArray[np.int64]  # (C,): each center's window as a range of `token_ids`
    window_stop: NDArray[np.int64]
    near: NDArray[np.floating]  # (contexts, padded C): 1 where the context word stands in the center's window
    n_near: NDArray[np.floating]  # (contexts,): sums of its rows
    running_sums: NDArray[np.floating]  # (contexts + 1, some columns): of the first context words' vectors
    mean_shares: NDArray[np.floating]  # (C,): what a context word counts in CBOW's input
    change_sums: NDArray[np.floating]  # (sets of centers, some columns): of the changes of the centers' input rows
    near_sets: NDArray[np.int64]  # (contexts, 2): the centers that a context word is near, as rows of `change_sums`
    pair_weights: NDArray[np.floating]  # (inputs, P): how many pairs an input and an output row stand for
    out_rows: NDArray[np.int64]  # (2 × C × P,): of this block and, picked ahead, of the next one
    out_labels: NDArray[np.floating]  # like `out_rows`: +1 or −1, 0 where there is no output
    n_out: NDArray[np.int64]  # (2 × C,)
    errors: NDArray[np.floating]  # (inputs, P): scores, then learning rate × error signal
    terms: NDArray[np.floating]  # (1, P): exponentials of one row of scores
    gradient: NDArray[np.floating]  # (inputs, padded d): change of the input rows by the output rows done so far
    hidden: NDArray[np.floating]  # (C, padded d): CBOW's input rows
    hidden_moved: NDArray[np.floating]  # the same after the step
    slots: NDArray[np.int64]  # (contexts,): 0, 1, ..., the rows of `hidden`
    hot: NDArray[np.floating]  # (H, padded d): the thread's own copies of neighbouring output rows
    hot_before: NDArray[np.floating]  # the same as they were taken
    first_hot: int  # the first of these rows
    n_rows: int  # of the output matrix
    input_copies: Copies  # of the rows of the chunk, where it is not trained on the matrices themselves
    output_copies: Copies
    # Where words have several input rows, else empty:
    held: NDArray[np.int64]  # (S,): the places in `token_ids` whose vectors are held, −1 for none; S is a power of two
    uses: NDArray[
        np.int8
    ]  # (F,): tokens that have shared the vector of each of the first words, 0 where it is not held
    row_ids: NDArray[np.int64]  # the input rows of the word in hand
    context_slots: NDArray[np.int64]  # (contexts,): where among the S + F the context words are held
    vectors: NDArray[np.floating]  # (S + F, padded d): the input vectors that are held
    vectors_before: NDArray[np.floating]  # the same as they were made


class Inputs(NamedTuple):
    """The input rows of a step."""

    matrix: NDArray[np.floating]  # (rows, padded d)
    target: NDArray[np.floating]  # where the changed rows go: `matrix` itself, or another of its shape
    ids: NDArray[np.int64]
    first: int | np.int64  # the rows are ids[first : first + n]
    n: int | np.int64


class Outputs(NamedTuple):
    """The output rows of a step, changed in place."""

    matrix: NDArray[np.floating]  # (rows, padded d)
    hot: NDArray[np.floating]  # rows with ids from len(matrix) on
    ids: NDArray[np.int64]
    first: int | np.int64  # the rows are ids[first : first + n], their labels likewise
    n: int | np.int64
    own: int | np.int64  # where each input row has an output 0 of its own: that of input row m is ids[own + m]
