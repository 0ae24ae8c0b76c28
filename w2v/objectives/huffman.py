"""The Huffman tree of hierarchical softmax: frequent words get short paths (Mikolov et al. 2013a, section 3; Morin &
Bengio 2005)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class HuffmanTree(NamedTuple):
    """Paths of all words, root first, one after the other.

    Word `w` has the inner nodes `points[offsets[w]:offsets[w + 1]]` (rows of the output matrix, the root is V − 2)
    and, for each, the branch `codes[...]` it takes (0 or 1).
    """

    points: NDArray[np.int32]
    codes: NDArray[np.uint8]
    offsets: NDArray[np.int64]  # (V + 1,)


def huffman_tree(counts: NDArray[np.int64]) -> HuffmanTree:
    """Build the tree for words in any order (V >= 2).

    Merges the two smallest nodes until one is left; as the leaves are sorted by falling count and merged nodes come out
    in rising order, the smallest is always at the head of one of two queues.
    """
    n_words = len(counts)
    order = np.argsort(-counts, kind="stable")
    parent, branch = _merge(np.maximum(counts[order], 1).tolist())
    # Climb from all leaves at once: after i steps, column i holds the i-th node above each leaf.
    root = 2 * n_words - 2
    node, columns = np.argsort(order), []  # each word's leaf
    while (node != root).any():
        below_root = node != root
        columns.append((np.where(below_root, parent[node] - n_words, -1), branch[node]))
        node = np.where(below_root, parent[node], root)
    points = np.stack([column for column, _ in columns[::-1]], axis=1)  # (V, depth), −1 before short paths
    codes = np.stack([column for _, column in columns[::-1]], axis=1)
    on_path = points >= 0
    offsets = np.concatenate([[0], np.cumsum(on_path.sum(axis=1))]).astype(np.int64)
    return HuffmanTree(points[on_path].astype(np.int32), codes[on_path].astype(np.uint8), offsets)


def _merge(counts: list[int]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Parent and branch of each node: leaves are 0 … V − 1 (falling count), merged nodes V … 2V − 2."""
    n_words = len(counts)
    weight = counts + [0] * (n_words - 1)
    parent = np.zeros(2 * n_words - 1, np.int64)
    branch = np.zeros(2 * n_words - 1, np.uint8)
    leaf, inner = n_words - 1, n_words  # heads of the two queues
    for new in range(n_words, 2 * n_words - 1):
        pair = []
        for _ in range(2):
            if leaf >= 0 and (inner >= new or weight[leaf] <= weight[inner]):
                pair.append(leaf)
                leaf -= 1
            else:
                pair.append(inner)
                inner += 1
        weight[new] = weight[pair[0]] + weight[pair[1]]
        parent[pair] = new
        branch[pair[1]] = 1
    return parent, branch
