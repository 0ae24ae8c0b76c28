"""How likely sentences are under a hierarchical softmax model (Taddy 2015)."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from w2v.config import TrainConfig
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ModelStateError
from w2v.kernel.layout import Tables, Weights
from w2v.kernel.tables import build_tables


def sentence_scores(
    sentences: Iterable[Sequence[str]], vocab: Vocabulary, weights: Weights, config: TrainConfig
) -> NDArray[np.float64]:
    """Log probability (n,) of each sentence's words given their full windows; unknown words are left out.

    Raises `ModelStateError` when the model has another objective.
    """
    if not config.objective.scores_sentences:
        raise ModelStateError("score needs hierarchical softmax; train with hs=1, negative=0")
    tables = build_tables(vocab.counts, config)
    inputs, outputs = (rows[:, : config.vector_size].astype(np.float64) for rows in weights)
    scores = []
    for sentence in sentences:
        ids, total = [vocab.ids[word] for word in sentence if word in vocab], 0.0
        for position, center in enumerate(ids):
            before = ids[max(0, position - config.window) : position]
            context = before + ids[position + 1 : position + 1 + config.window]
            if context:
                rows = config.input_model.input_rows(inputs[context], config)
                total += _path_log_probability(center, rows, outputs, tables)
        scores.append(total)
    return np.array(scores)


def _path_log_probability(
    center: int, rows: NDArray[np.float64], outputs: NDArray[np.float64], tables: Tables
) -> float:
    path = slice(tables.path_offsets[center], tables.path_offsets[center + 1])
    signs = 1.0 - 2.0 * tables.path_codes[path]
    return -float(np.logaddexp(0, -signs * (rows @ outputs[tables.path_points[path]].T)).sum())
