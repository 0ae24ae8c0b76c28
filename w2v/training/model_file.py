"""A model in the native format: what is written of it, and how it is read back; of a checkpoint, where training stands.

The arrays are those of `formats.VectorTable`; all else is in the metadata, plain values for JSON. Nothing that is read
is used before it is checked.
"""

import dataclasses
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

from w2v import __version__
from w2v.compiled.matrix import matrix
from w2v.config import TextConfig, TrainConfig, stored_config
from w2v.corpus.ngrams import ngrams_of
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import FormatError, NoTrainingStateError
from w2v.formats.format import VectorTable
from w2v.formats.table import sniff_format
from w2v.formats.vector_files import read_vectors
from w2v.kernel.layout import Weights
from w2v.kernel.word_vectors import has_rows, lists_of, rows_from
from w2v.phrases.model import PhraseModel
from w2v.system.files import PathLike
from w2v.system.stored import MALFORMED, number, whole
from w2v.training.frozen import ids_of, marked
from w2v.training.gensim_settings import native_metadata
from w2v.training.history import History
from w2v.training.ledger import left_out_of
from w2v.training.standing import Standing, check_corpus_facts, left_out_counts, read_standing, statistics


def table_of(model: Any) -> VectorTable:
    """Everything the native format holds of a trained `TrainingState`."""
    weights, rows, d = model.weights, model.word_rows, model.config.vector_size  # with what was done to `wv`
    table = VectorTable(
        model.vocab.words, model.input_vectors, model.vocab.counts, weights.outputs[:, :d], metadata_of(model)
    )
    if rows is None:
        return table
    return table._replace(input_rows=weights.inputs[:, :d], ngram_buckets=model.ngram_buckets, **lists_of(rows))


def metadata_of(model: Any) -> dict[str, Any]:
    """Configuration, versions, corpus, and what training reported. Times are no part: equal runs write equal bytes."""
    phrases = {} if model.phrases is None else {"phrases": model.phrases.facts()}
    return {
        "config": dataclasses.asdict(model.config),
        "text": dataclasses.asdict(model.text),
        "seed": model.config.seed,
        "versions": {"w2v": __version__, "numpy": np.__version__, "python": platform.python_version()},
        "corpus": model.corpus_facts,
        "epochs": [list(epoch) for epoch in model.history.epochs],
        "alphas": [list(pair) for pair in model.history.alphas],
        "left_out": [counts.stored() for counts in model.history.left_out],
        **phrases,
    }


def read_model(kind: Any, path: PathLike) -> Any:
    """A model of the class `kind`, ready for more training. Raises `FormatError`."""
    table = read_vectors(path)
    metadata = native_metadata(path, table.metadata, table.vectors.shape[1])
    if table.output_vectors is None or table.counts is None or "config" not in metadata:
        raise NoTrainingStateError(
            f"{path} holds vectors but no training state; load it with KeyedVectors.load or w2v.load"
        )
    sniff_format(path).verify(path)
    try:
        model = kind.from_config(
            stored_config(TrainConfig, metadata["config"]), stored_config(TextConfig, metadata["text"])
        )
        epochs = [statistics(epoch) for epoch in metadata["epochs"]]
        alphas = [(number(start), number(end)) for start, end in metadata["alphas"]]
        model.corpus_facts = dict(metadata["corpus"])
        # Version 0.1 had what the last corpus left out, and that is right for a model of one run.
        left_out = metadata.get("left_out", [left_out_of(model.corpus_facts)] * len(epochs))
        if not len(alphas) == len(epochs) == len(left_out):
            raise ValueError("epochs, learning rates and what was left out differ in number")
        model.history = History(epochs, [0.0] * len(epochs), alphas, [left_out_counts(counts) for counts in left_out])
        model.corpus_count = whole(model.corpus_facts.get("n_sentences", 0))
        model.corpus_total_words = whole(model.corpus_facts.get("n_read", 0))
        if table.counts.min(initial=0) < 0 or table.counts.sum(dtype=float) >= 2**63:
            raise ValueError("counts that no corpus has")
    except MALFORMED as error:
        raise FormatError(
            f"{path}: the training state is malformed ({error}); its vectors load with KeyedVectors.load"
        ) from error
    if (phrases := metadata.get("phrases")) is not None:
        model.phrases = PhraseModel.from_facts(phrases, str(path))
    _take_weights(model, path, table)
    return model


def _take_weights(model: Any, path: PathLike, table: VectorTable) -> None:
    """Vocabulary and matrices."""
    assert table.counts is not None and table.output_vectors is not None
    trained = table.vectors if table.trained_vectors is None else table.trained_vectors
    d, shapes = model.config.vector_size, (trained.shape, table.output_vectors.shape)
    if shapes != ((len(table.keys), d), (model.config.objective.n_output_rows(len(table.keys)), d)):
        raise FormatError(
            f"{path}: the matrices {shapes[0]} and {shapes[1]} do not fit the configuration (vector_size {d})"
        )
    vocab, inputs, rows = Vocabulary(table.keys, np.array(table.counts)), trained, None
    if has_rows(table):
        rows, inputs = rows_from(path, table), np.asarray(table.input_rows)
    if (table.ngram_buckets is None) != (ngrams_of(model.config) is None):
        raise FormatError(f"{path}: its settings and its arrays say two things about n-grams; the file is damaged")
    ngram_buckets = None if table.ngram_buckets is None else np.array(table.ngram_buckets)  # which reading has checked
    weights = Weights(matrix(len(inputs), d), matrix(len(table.output_vectors), d))
    weights.inputs[:, :d], weights.outputs[:, :d] = inputs, table.output_vectors
    model.take(vocab, weights, rows, ngram_buckets)


# ---- where training stands


def standing_of(model: Any, job: Mapping[str, Any]) -> dict[str, Any]:
    """The run in hand, as the metadata of a checkpoint have it."""
    history = model.history
    frozen, locked = ids_of(model.frozen), ids_of(model.locked)
    return Standing(model.schedule, history.n_chunks, history.in_hand, dict(job), frozen, locked).stored()


def take_standing(model: Any, path: PathLike, run: Any) -> None:
    """Give a model the run that `standing_of` described. Raises `FormatError`."""
    try:
        check_corpus_facts(model.corpus_facts)
        n_rows = len(model.weights.inputs)
        found = read_standing(run, len(model.vocab), n_rows, len(model.history.epochs), model.config)
    except MALFORMED as error:
        raise FormatError(f"{path}: where training stands is malformed ({error}); the file is damaged") from error
    model.schedule, model.job = found.schedule, found.job
    model.history.n_chunks, model.history.in_hand = found.n_chunks, found.in_hand
    model.frozen = marked(found.frozen, n_rows)
    locked = marked(found.locked, len(model.vocab))
    if locked is not None:  # as the user set them, and can take them off
        model.wv.vectors_lockf = (~locked).astype(np.float32)
