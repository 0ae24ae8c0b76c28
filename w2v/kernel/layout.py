"""What the trainer hands to the kernel: the weights, what is looked up by word, the settings, and working memory.

Only shapes and types stand here.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SKIP_GRAM, CBOW = 0, 1  # models
NEGATIVE_SAMPLING, HIERARCHICAL_SOFTMAX, FULL_SOFTMAX, SAMPLED_SOFTMAX = 0, 1, 2, 3  # objectives


class Weights(NamedTuple):
    """The two matrices; `inputs` is the syn0 of word2vec.c, `outputs` its syn1neg or syn1. Rows are padded to whole
    vectors."""

    inputs: NDArray[np.floating]  # (V, padded d)
    outputs: NDArray[np.floating]  # (V, padded d); V − 1 rows for hierarchical softmax


class Tables(NamedTuple):
    """What the kernel looks up by word; tables that an objective does not use are empty."""

    keep_threshold: NDArray[np.uint32]  # (V,)
    noise_threshold: NDArray[np.uint32]  # (V,) alias table of the noise distribution
    noise_alias: NDArray[np.int32]  # (V,)
    path_points: NDArray[np.int32]  # Huffman paths of all words, root first
    path_codes: NDArray[np.uint8]
    path_offsets: NDArray[np.int64]  # (V + 1,)
    frozen_place: NDArray[np.int32]  # (V,): the place of each word's input row among the frozen rows, −1: it is trained
    frozen_rows: NDArray[np.floating]  # (frozen words, padded d): what their input rows stay


class Settings(NamedTuple):
    """The hyper-parameters as the kernel wants them."""

    model: int
    objective: int
    window: int
    shrink_windows: bool
    n_negatives: int  # drawn for a pair, a window or a block
    negative_weight: float  # what one of them counts, so that each pair gets `negative` of them
    n_centers: int  # of a block, at most
    share_in_block: bool  # negatives are drawn once per block of centers
    one_by_one: bool  # inputs are stepped one after the other, each with outputs of its own
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
    token_pos: NDArray[np.int64]  # their positions in the stream
    context_ids: NDArray[np.int64]
    window_start: NDArray[np.int64]  # (centers,): each center's window as a range of `token_ids`
    window_stop: NDArray[np.int64]
    near: NDArray[np.floating]  # (contexts, centers): 1 where the context word stands in the center's window
    n_near: NDArray[np.floating]  # (contexts,): sums of its rows
    mean_weights: NDArray[np.floating]  # (contexts, centers): CBOW's weights of the context words
    pair_weights: NDArray[np.floating]  # (inputs, capacity): how many pairs an input and an output row stand for
    out_rows: NDArray[np.int64]  # (2 × centers × capacity,): of this block and, picked ahead, of the next one
    out_labels: NDArray[np.floating]  # like `out_rows`: +1 or −1, 0 where there is no output
    n_out: NDArray[np.int64]  # (2 × centers,)
    errors: NDArray[np.floating]  # (inputs, capacity): scores, then learning rate × error signal
    terms: NDArray[np.floating]  # (1, capacity): exponentials of one row of scores
    gradient: NDArray[np.floating]  # (inputs, padded d): change of the input rows by the output rows done so far
    hidden: NDArray[np.floating]  # (centers, padded d): CBOW's input rows
    hidden_moved: NDArray[np.floating]  # the same after the step
    slots: NDArray[np.int64]  # (centers,): 0, 1, ..., the rows of `hidden`
    hot: NDArray[np.floating]  # (H, padded d): the thread's own copy of the last H output rows; none with one thread
    input_copies: Copies  # of the rows of the chunk, where it is not trained on the matrices themselves
    output_copies: Copies


class Inputs(NamedTuple):
    """The input rows of a step."""

    matrix: NDArray[np.floating]
    target: NDArray[np.floating]  # where the changed rows go: `matrix` itself, or another of its shape
    ids: NDArray[np.int64]
    first: int | np.int64  # the rows are ids[first : first + n]
    n: int | np.int64


class Outputs(NamedTuple):
    """The output rows of a step, changed in place."""

    matrix: NDArray[np.floating]
    hot: NDArray[np.floating]  # rows with ids from len(matrix) on
    ids: NDArray[np.int64]
    first: int | np.int64  # the rows are ids[first : first + n], their labels likewise
    n: int | np.int64
