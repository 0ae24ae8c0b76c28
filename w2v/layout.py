"""What the trainer hands to the kernel: the weights, what is looked up by word, the settings, and working memory.

Only shapes and types stand here, and what makes a change of theirs compile the kernel anew.
"""

import hashlib
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.config import TrainConfig

ROW_ALIGN = 16  # numbers per 64-byte cache line in float32; files and matrices do not depend on the processor


def padded(n_columns: int) -> int:
    """Row length in memory of a matrix with `n_columns` columns."""
    return -(-n_columns // ROW_ALIGN) * ROW_ALIGN


def n_output_rows(n_words: int, config: TrainConfig) -> int:
    """Rows of the output matrix: one per word, or per inner node of the Huffman tree."""
    return n_words - 1 if config.loss == "hs" else n_words


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


class Settings(NamedTuple):
    """The hyper-parameters as the kernel wants them."""

    model: int
    objective: int
    window: int
    shrink_windows: bool
    n_negatives: int
    share_negatives: bool  # once per window; otherwise once per (context, center) pair
    cbow_mean: bool
    cbow_corrected: bool  # divide the CBOW update by the number of contexts when the input was their mean


class Scratch(NamedTuple):
    """One thread's working memory."""

    token_ids: NDArray[np.int32]  # kept tokens of a chunk and its margins, with BREAKs
    token_pos: NDArray[np.int64]  # their positions in the stream
    context_ids: NDArray[np.int64]
    out_rows: NDArray[np.int64]  # (2 × capacity,): for this center and, picked ahead, for the next one
    out_labels: NDArray[np.floating]  # (2 × capacity,): +1 or −1
    errors: NDArray[np.floating]  # (inputs, capacity): scores, then learning rate × error signal
    terms: NDArray[np.floating]  # (1, capacity): exponentials of one row of scores
    gradient: NDArray[np.floating]  # (inputs, padded d): change of the input rows
    hidden: NDArray[np.floating]  # (1, padded d): CBOW's input row
    hidden_id: NDArray[np.int64]  # (1,): zero, the only row of `hidden`


def sources_digest(*modules: ModuleType) -> int:
    """A number that changes with the source of `modules`, for a compiled function to close over."""
    digest = hashlib.blake2b(digest_size=7)
    for module in modules:
        digest.update(Path(str(module.__file__)).read_bytes())
    return int.from_bytes(digest.digest(), "little")
