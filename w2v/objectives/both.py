"""Hierarchical softmax and negative sampling at once, as word2vec.c and gensim train with both switched on: the outputs
of the one behind those of the other."""

import math
from typing import Any

from w2v.objectives.hierarchical_softmax import HierarchicalSoftmax, longest_path
from w2v.objectives.objective import Objective

BOTH = 4


class Both(HierarchicalSoftmax):
    """Rows 0 … V − 1 of the output matrix are the words', those behind them the inner nodes of the tree."""

    name, code, help = "hs+ns", BOTH, "both of them at once"
    draws_noise = predicts_words = True
    scores_sentences = False
    first_prefetched = 0

    def describe(self, config: Any) -> str:
        sharing = config.negative_sharing.replace("block", "window")
        return f"hierarchical softmax and negative sampling (K = {config.negative}, per {sharing})"

    def n_output_rows(self, n_words: int) -> int:
        return n_words + super().n_output_rows(n_words)

    def tables(self, counts: Any, config: Any) -> dict[str, Any]:
        return {**super().tables(counts, config), **Objective.tables(self, counts, config)}

    def capacity(self, n_words: int, tables: Any, config: Any, n_centers: int) -> int:
        return 1 + config.n_negatives + longest_path(tables)

    def loss_at_zero(self, n_words: int, tables: Any, config: Any) -> float:
        return super().loss_at_zero(n_words, tables, config) + (1 + config.negative) * math.log(2)
