from fractions import Fraction

import numpy as np
import pytest
import twins
from hypothesis import given
from hypothesis import strategies as st

from w2v.objectives.huffman import huffman_tree

COUNTS = st.lists(st.integers(1, 10**6), min_size=2, max_size=200).map(lambda counts: sorted(counts, reverse=True))


def paths(counts):
    """Each word's inner nodes and branches."""
    tree = huffman_tree(np.array(counts, np.int64))
    assert tree.points.dtype == np.int32 and tree.codes.dtype == np.uint8 and tree.offsets.dtype == np.int64
    assert len(tree.offsets) == len(counts) + 1 and tree.offsets[0] == 0
    assert len(tree.points) == len(tree.codes) == tree.offsets[-1]
    ranges = list(zip(tree.offsets[:-1], tree.offsets[1:], strict=True))
    return [tree.points[a:b].tolist() for a, b in ranges], [tuple(tree.codes[a:b].tolist()) for a, b in ranges]


@given(counts=COUNTS)
def test_codes_are_prefix_free_and_complete(counts):
    _, codes = paths(counts)
    assert all(set(code) <= {0, 1} for code in codes)
    known = set(codes)
    assert len(known) == len(codes)
    assert not any(code[:n] in known for code in codes for n in range(len(code)))
    assert sum(Fraction(1, 2 ** len(code)) for code in codes) == 1  # Kraft's equality: no branch leads nowhere


@given(counts=st.lists(st.integers(1, 30), min_size=2, max_size=50))
def test_words_in_any_order_have_the_paths_of_the_sorted_ones(counts):
    order = sorted(range(len(counts)), key=lambda word: -counts[word])
    points, codes = paths(counts)
    assert ([points[word] for word in order], [codes[word] for word in order]) == paths(
        [counts[word] for word in order]
    )


@given(counts=COUNTS)
def test_total_length_is_optimal(counts):
    _, codes = paths(counts)
    assert sum(n * len(code) for n, code in zip(counts, codes, strict=True)) == twins.huffman_code_length(counts)


@given(counts=COUNTS)
def test_frequent_words_have_shorter_paths(counts):
    lengths = [len(code) for code in paths(counts)[1]]
    for word_id in range(len(counts) - 1):
        assert lengths[word_id] <= lengths[word_id + 1] or counts[word_id] == counts[word_id + 1]


@given(counts=COUNTS)
def test_points_are_the_nodes_that_the_codes_lead_to(counts):
    """Walking down from the root by equal branches meets the same node, and each node is met."""
    points, codes = paths(counts)
    node_after = {}
    for nodes, code in zip(points, codes, strict=True):
        for depth, node in enumerate(nodes):
            assert node_after.setdefault(code[:depth], node) == node
    assert node_after[()] == len(counts) - 2
    assert sorted(node_after.values()) == list(range(len(counts) - 1))


def test_two_words_share_the_root():
    points, codes = paths([5, 3])
    assert points == [[0], [0]] and set(codes) == {(0,), (1,)}


def test_hand_worked_tree():
    """5 4 2 1: merge 2 + 1 = 3 (node 0), 4 + 3 = 7 (node 1), 7 + 5 = 12 (node 2, the root)."""
    points, codes = paths([5, 4, 2, 1])
    assert points == [[2], [2, 1], [2, 1, 0], [2, 1, 0]]
    assert codes == [(0,), (1, 1), (1, 0, 1), (1, 0, 0)]  # the heavier of two gets branch 1, as in word2vec.c


def test_equal_counts_give_a_balanced_tree():
    assert {len(code) for code in paths([7] * 64)[1]} == {6}
    assert {len(code) for code in paths([7] * 65)[1]} == {6, 7}


def test_ties_give_the_shallower_tree():
    assert [len(code) for code in paths([2, 2, 1, 1])[1]] == [2, 2, 2, 2]


def test_doubling_counts_give_a_chain():
    counts = [2**n for n in range(40, -1, -1)]
    assert [len(code) for code in paths(counts)[1]] == [*range(1, 41), 40]


def test_total_length_is_gensims():
    word2vec = pytest.importorskip("gensim.models.word2vec")
    counts = np.sort(np.random.default_rng(1).zipf(1.3, 3000).clip(max=10**6))[::-1]
    frequencies = {f"word{n}": int(count) for n, count in enumerate(counts)}
    model = word2vec.Word2Vec(vector_size=1, min_count=1, hs=1, negative=0)
    model.build_vocab_from_freq(frequencies)
    gensim_total = sum(n * len(model.wv.get_vecattr(word, "code")) for word, n in frequencies.items())
    assert sum(int(n) * len(code) for n, code in zip(counts, paths(counts)[1], strict=True)) == gensim_total
