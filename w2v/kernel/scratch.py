"""A thread's working memory, and the copies of rows that a chunk may be trained on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.matrix import matrix, padded
from w2v.compiled.registers import LANES
from w2v.config import TrainConfig
from w2v.corpus.stream import BREAK
from w2v.kernel.gradient import REGISTERS, TILE_ROWS
from w2v.kernel.layout import CENTERS, N_FIRST, Copies, Scratch, Tables, Weights
from w2v.objectives.sampling import kept_shares, n_first_above

RECURRENCES = 2  # in a chunk, for which it is worth it to hold the vector of a word


def make_scratch(
    n_words: int,
    tables: Tables,
    config: TrainConfig,
    chunk: int,
    dtype: Any = np.float32,
    longest_sentence: int | None = None,
    n_held: int = 0,
    hot: range = range(0),
) -> Scratch:
    """One thread's working memory for chunks of `chunk` tokens. A window may be wider than any sentence, and then needs
    no more room than the longest of them; None: it is not known. n_held: where words have several input rows, tokens
    of so many of the first words share their vectors. hot: the output rows that the thread has copies of."""
    reach = config.window if longest_sentence is None else min(config.window, longest_sentence)
    n_out = config.objective.capacity(n_words, tables, config, CENTERS)
    capacity = padded(n_out + TILE_ROWS)  # as many as the tiles look at
    n_in, n_outputs, d = 2 * reach + CENTERS, 2 * CENTERS * capacity, config.vector_size
    n_tokens, rows = chunk + n_in + 4, tables.word_rows
    longest = 0 if rows is None else int(np.diff(rows.offsets).max(initial=1))
    n_places, n_held = (1 << (n_in - 1).bit_length(), n_held) if longest else (0, 0)
    pair_weights = matrix(n_in, capacity, dtype)
    pair_weights[:] = 1
    return Scratch(
        token_ids=np.full(n_tokens, BREAK, np.int32),
        token_pos=np.zeros(n_tokens, np.int64),
        context_ids=np.zeros(n_in, np.int64),
        window_start=np.zeros(CENTERS, np.int64),
        window_stop=np.zeros(CENTERS, np.int64),
        near=matrix(n_in, CENTERS, dtype),
        n_near=np.zeros(n_in, dtype),
        running_sums=matrix(n_in + 1, REGISTERS * LANES, dtype),
        mean_shares=np.zeros(CENTERS, dtype),
        change_sums=matrix(2**N_FIRST + 2 ** (CENTERS - N_FIRST), REGISTERS * LANES, dtype),
        near_sets=np.zeros((n_in, 2), np.int64),
        pair_weights=pair_weights,
        out_rows=np.zeros(n_outputs, np.int64),
        out_labels=np.zeros(n_outputs, dtype),
        n_out=np.zeros(2 * CENTERS, np.int64),
        errors=matrix(n_in, capacity, dtype),
        terms=matrix(1, capacity, dtype),
        gradient=matrix(n_in, d, dtype),
        hidden=matrix(CENTERS, d, dtype),
        hidden_moved=matrix(CENTERS, d, dtype),
        slots=np.arange(n_in),
        hot=matrix(len(hot), d, dtype),
        hot_before=matrix(len(hot), d, dtype),
        first_hot=hot.start,
        n_rows=config.objective.n_output_rows(n_words),
        input_copies=no_copies(dtype),
        output_copies=no_copies(dtype),
        held=np.full(n_places, -1),
        uses=np.zeros(n_held, np.int8),
        row_ids=np.zeros(longest, np.int64),
        context_slots=np.zeros(n_in if longest else 0, np.int64),
        vectors=matrix(n_places + n_held, d, dtype),
        vectors_before=matrix(n_places + n_held, d, dtype),
    )


def n_words_that_recur(counts: NDArray[np.int64], tables: Tables, config: TrainConfig, chunk: int) -> int:
    """How many of the words, commonest first, have their vectors held: those that subsampling leaves at least
    `RECURRENCES` times in a chunk, by the counts (V,). Of skip-gram none: its step is the larger part of the time, and
    analogies were a point or two lower."""
    if not config.input_model.averages or tables.word_rows is None:
        return 0
    return n_first_above(kept_shares(counts, config.sample) * chunk, RECURRENCES)


def no_copies(dtype: Any = np.float32) -> Copies:
    """For chunks that are trained on the matrices themselves."""
    return Copies(matrix(0, 1, dtype), np.empty(0, np.int32), np.empty(0, np.int64), np.zeros(1, np.int64))


def copied_weights(weights: Weights, tables: Tables, config: TrainConfig, scratch: Scratch) -> tuple[Weights, Scratch]:
    """Room for copies of all rows that a chunk can touch, and the scratch that has the chunk trained on these."""
    n_tokens, n_outputs = len(scratch.token_ids), len(scratch.token_ids) * len(scratch.out_rows) // (2 * CENTERS)
    if config.uses_noise and config.sharing == "pair":
        n_outputs *= 2 * config.window
    longest = 1 if tables.word_rows is None else int(np.diff(tables.word_rows.offsets).max(initial=1))
    copies = []
    for rows, most in zip(weights, (n_tokens * longest, n_outputs), strict=True):
        n_rows = min(most, len(rows))
        copies.append(Copies(rows, np.full(len(rows), -1, np.int32), np.zeros(n_rows, np.int64), np.zeros(1, np.int64)))
    places = Weights(*(matrix(len(one.ids), config.vector_size) for one in copies))  # memory is taken as it is used
    return places, scratch._replace(input_copies=copies[0], output_copies=copies[1])
