"""Word Mover's Distance: what it takes to carry the words of one document to those of another (Kusner et al. 2015)."""

import logging
from collections import Counter
from collections.abc import Sequence

import numpy as np

from w2v.system.extras import optional
from w2v.vectors.store import Key, VectorStore

logger = logging.getLogger("w2v")


def wmdistance(store: VectorStore, document1: Sequence[Key], document2: Sequence[Key], norm: bool = True) -> float:
    """The least sum, over all ways to carry document1's words to document2's, of share carried x Euclidean distance.

    Words count as often as they occur, unknown ones not at all; `norm` scales vectors to unit length first. Infinity
    for a document without a known word. The solver is POT's (extra `wmd`). Raises `MissingPackageError` without it.
    """
    emd2 = optional("ot", "wmdistance", "wmd").emd2
    counts = [Counter(word for word in words if word in store) for words in (document1, document2)]
    if not all(counts):
        logger.warning("a document has no known word, so its distance from any other is infinite")
        return float("inf")
    vectors = [np.asarray(store.get_vectors(bag, norm=norm), dtype=np.float64) for bag in counts]
    shares = [np.array(list(bag.values())) / bag.total() for bag in counts]
    costs = np.linalg.norm(vectors[0][:, None] - vectors[1], axis=2)
    return float(emd2(*shares, costs)) if costs.any() else 0.0
