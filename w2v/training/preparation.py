"""What the kernel needs, made from word counts and the configuration: initial weights, tables, settings, working
memory, and how a run is cut into chunks.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.matrix import matrix, padded
from w2v.config import TrainConfig
from w2v.corpus.stream import BREAK
from w2v.kernel import chunk as kernels
from w2v.kernel import layout
from w2v.kernel.gradient import BLOCK
from w2v.kernel.layout import Copies, Scratch, Settings, Tables, Weights
from w2v.kernel.tables import n_output_rows

MAX_CHUNK = 20_000  # tokens: some 20 ms of work, so that stopping is prompt and the call costs nothing
ROUND_CHUNK = 4_000  # the same of deterministic training
ROUND = 4  # chunks that it trains side by side, whatever the number of threads
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
        token_ids=np.full(n_tokens, BREAK, np.int32),
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
        input_copies=no_copies(dtype),
        output_copies=no_copies(dtype),
    )


def no_copies(dtype: Any = np.float32) -> Copies:
    """For chunks that are trained on the matrices themselves."""
    return Copies(matrix(0, 1).astype(dtype), np.empty(0, np.int32), np.empty(0, np.int64), np.zeros(1, np.int64))


def copied_weights(weights: Weights, config: TrainConfig, scratch: Scratch) -> tuple[Weights, Scratch]:
    """Room for copies of all rows that a chunk can touch, and the scratch that has the chunk trained on these."""
    n_inputs, n_outputs = (
        len(scratch.token_ids),
        len(scratch.token_ids) * len(scratch.out_rows) // (2 * kernels.CENTERS),
    )
    if config.uses_noise and config.negative_sharing == "pair":
        n_outputs *= 2 * config.window
    copies = []
    for rows, most in zip(weights, (n_inputs, n_outputs), strict=True):
        n_rows = min(most, len(rows))
        copies.append(Copies(rows, np.full(len(rows), -1, np.int32), np.zeros(n_rows, np.int64), np.zeros(1, np.int64)))
    places = Weights(*(matrix(len(one.ids), config.vector_size) for one in copies))  # memory is taken as it is used
    return places, scratch._replace(input_copies=copies[0], output_copies=copies[1])


def n_hot_rows(n_words: int, config: TrainConfig) -> int:
    """Rows at the top of the Huffman tree that every center changes: threads that shared them would spend their time
    handing cache lines to each other, so each has its own copy."""
    shares = config.n_threads > 1 and not config.deterministic
    return min(MAX_HOT, n_output_rows(n_words, config)) if config.loss == "hs" and shares else 0


def chunk_size(n_tokens: int, n_words: int, config: TrainConfig) -> int:
    """Tokens per chunk: at least some 60 chunks an epoch, so that a small corpus keeps all threads busy too; fewer when
    each token has many outputs (of a full softmax: all words), so that stopping is prompt there too. Deterministic
    training takes `ROUND` small chunks at a time, so that none of them works on old weights for long.
    """
    n_outputs = n_words if config.loss == "softmax" else config.negative
    most, n_least = (ROUND_CHUNK, 64 * ROUND) if config.deterministic else (MAX_CHUNK, 64)
    most = max(most // max(1, n_outputs // _USUAL_OUTPUTS), 1)
    return max(1, min(most, -(-n_tokens // n_least)))


def epoch_key(seed: int, epoch: int) -> np.uint64:
    """What the random numbers of an epoch (counted from 0, over all runs) are drawn from."""
    return np.uint64(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0])
