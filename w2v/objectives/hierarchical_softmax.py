"""Hierarchical softmax: the branches on the center's path through a Huffman tree (Mikolov et al. 2013a, section 3)."""

import math
from typing import Any

from w2v.objectives.objective import Objective

HIERARCHICAL_SOFTMAX = 1
HOT_ROWS = 255  # the upper eight levels of a balanced tree: they are changed all the time
WARM_LEVELS = 10  # their 1,023 rows stay in the second-level cache


class HierarchicalSoftmax(Objective):
    """Label 1 for the branch with code 0 at each inner node of the path, else 0. The root is the last row."""

    name, code, help = "hs", HIERARCHICAL_SOFTMAX, "hierarchical softmax"
    predicts_words = False  # output rows are inner nodes
    scores_sentences = True
    uses_tree = True
    first_prefetched = WARM_LEVELS

    def describe(self, config: Any) -> str:
        return "hierarchical softmax"

    def n_output_rows(self, n_words: int) -> int:
        return n_words - 1

    def tables(self, counts: Any, config: Any) -> dict[str, Any]:
        from w2v.objectives.huffman import huffman_tree

        tree = huffman_tree(counts)
        return {"path_points": tree.points, "path_codes": tree.codes, "path_offsets": tree.offsets}

    def capacity(self, n_words: int, tables: Any, config: Any, n_centers: int) -> int:
        return longest_path(tables)

    def hot_rows(self, counts: Any, tables: Any, config: Any, n_tokens: int, n_chunks: float) -> tuple[int, Any]:
        import numpy as np

        from w2v.objectives.sampling import kept_shares

        kept = np.repeat(kept_shares(counts, config.sample), np.diff(tables.path_offsets))
        changes = np.bincount(tables.path_points, kept)[-HOT_ROWS:] * n_tokens
        return self.n_output_rows(len(counts)) - len(changes), changes

    def loss_at_zero(self, n_words: int, tables: Any, config: Any) -> float:
        return max(longest_path(tables), 1) * math.log(2)


def longest_path(tables: Any) -> int:
    """Nodes of the longest path."""
    return int((tables.path_offsets[1:] - tables.path_offsets[:-1]).max(initial=0))
