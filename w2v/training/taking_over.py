"""What a model takes over: vectors of a file to start from, and its own rows when new words join its vocabulary.

These are functions of a `TrainingState`, which has them as methods.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.ngrams import ngrams_of
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ConfigError
from w2v.formats.format import VectorTable
from w2v.formats.subwords import table_ngrams
from w2v.kernel.subword_rows import places_among, subword_rows
from w2v.kernel.weights import initial_weights
from w2v.training.memory import check_memory


def start_from(model: Any, table: VectorTable, freeze: bool) -> int:
    """Give a model the vectors that a table has of its words, and keep them (`freeze`); returns of how many words.

    Where words have n-grams, a table of a model with the same n-grams gives the rows that both have; another table's
    vectors are reached by the words' own rows, and cannot be kept.
    """
    if model.ngram_buckets is None:
        model.check_own_rows()
    vocab, weights, size = model.vocab, model.weights, model.config.vector_size
    if table.vectors.shape[1] != size:
        raise ConfigError(
            f"the vectors to start from have {table.vectors.shape[1]} dimensions and the model {size}; give "
            f"--vector-size {table.vectors.shape[1]}"
        )
    theirs = [row for row, word in enumerate(table.keys) if word in vocab]
    if not theirs:
        raise ConfigError("the vectors to start from have no word in common with the corpus; check both files")
    ids = np.array([vocab.ids[table.keys[row]] for row in theirs])
    inputs, rows = weights.inputs[:, :size], ids
    if model.ngram_buckets is None:
        inputs[ids] = table.vectors[theirs]
    elif _has_the_same_ngrams(model, table):
        rows = _take_rows(model, table, ids, np.array(theirs))
    elif freeze or ngrams_of(model.config).hash_count:  # type: ignore[union-attr]
        raise ConfigError(
            "the words of this model share the rows of n-grams, so it can only start from (and keep) the vectors of a "
            "model with the same n-grams; give that, or leave n-grams out"
        )
    else:  # the row of its own makes up for what a word's n-grams are at the start
        now = model.input_vectors[ids]
        inputs[ids] += (table.vectors[theirs] - now) / model.word_rows.shares[ids, None]
    if freeze:
        model.frozen = np.zeros(len(inputs), bool)
        model.frozen[rows] = True
    return len(theirs)


def start_from_compass(model: Any, table: VectorTable) -> int:
    """Give a model the output vectors that a table has of its words for inputs, and keep them, so that what is learned,
    its output vectors, lies in the space of the table's input vectors (Di Carlo, Bianchi & Palmonari 2019); returns of
    how many words."""
    outputs, n_words, objective = table.output_vectors, len(model.vocab), model.config.objective
    fits = objective.predicts_words and objective.n_output_rows(n_words) == n_words and table.trained_vectors is None
    if outputs is None or len(outputs) != len(table.keys) or not fits:
        raise ConfigError(
            "a compass is a model with an output vector for each word, and what is trained against it, too: "
            "--loss ns, in a .w2v file, without --postprocess"
        )
    if model.ngram_buckets is not None or table.ngram_buckets is not None:
        raise ConfigError("a compass points at words, not at n-grams; leave --max-n out")
    return start_from(model, table._replace(vectors=outputs), freeze=True)


def _has_the_same_ngrams(model: Any, table: VectorTable) -> bool:
    has_rows = table.row_offsets is not None and table.ngram_buckets is not None
    return has_rows and table_ngrams(table) == ngrams_of(model.config)


def _take_rows(model: Any, table: VectorTable, ids: NDArray[np.int64], theirs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Copy the rows of words and n-grams that a model with the same n-grams has, too; returns which they are here."""
    assert table.input_rows is not None and table.ngram_buckets is not None
    inputs, buckets = model.weights.inputs, np.asarray(table.ngram_buckets)
    n_own, n_theirs = len(inputs) - len(model.ngram_buckets), len(table.input_rows) - len(buckets)
    mine, others = places_among(model.ngram_buckets, buckets)
    own = (ids, theirs) if n_own else (ids[:0], theirs[:0])
    rows = np.concatenate([own[0], n_own + mine])
    inputs[rows, : model.config.vector_size] = table.input_rows[np.concatenate([own[1], n_theirs + others])]
    return rows


def extend(model: Any, vocab: Vocabulary) -> None:
    """Give a model a larger vocabulary, whose first words are its own. Words and n-grams that it has keep their rows,
    others start as in a new model."""
    n_old, n_words, ngrams = len(model.vocab), len(vocab), ngrams_of(model.config)
    kept, n_rows, rows, buckets = np.arange(n_old), n_words, None, None
    if ngrams is not None:
        made = subword_rows(vocab.words, ngrams, model.ngram_buckets)
        n_rows, rows, buckets = made.n_rows, made.rows, made.ngram_buckets
        n_own = n_rows - len(buckets)
        kept = np.concatenate([kept if n_own else kept[:0], n_own + np.arange(len(model.ngram_buckets))])
    check_memory(n_words, model.config, n_rows)
    model.extend_by(vocab, initial_weights(n_words, model.config, n_rows).inputs, kept, rows, buckets)
