"""The score of held-out text against a slow twin, and what it must not depend on."""

import numpy as np
import pytest

from w2v.evaluation.held_out import KINDS, Pairs, held_out_pairs, held_out_score


@pytest.fixture
def vectors():
    generator = np.random.default_rng(1)
    return generator.normal(size=(20, 4)), generator.normal(size=(20, 4))


def test_the_score_is_that_of_a_slow_twin(vectors):
    inputs, outputs = vectors
    outputs[3] = 0  # a word that was never trained
    generator = np.random.default_rng(2)
    pairs = Pairs(generator.integers(0, 20, 50), generator.integers(0, 20, 50), generator.integers(0, 20, (50, 3)))

    def cosine(word, neighbour):
        lengths = np.linalg.norm(inputs[word]) * np.linalg.norm(outputs[neighbour])
        return 0 if lengths == 0 else inputs[word] @ outputs[neighbour] / lengths

    won = []
    for word, neighbour, others in zip(*pairs, strict=True):
        for other in others:
            same = neighbour == other
            won.append(0.5 if same else float(cosine(word, neighbour) > cosine(word, other)))
    assert held_out_score(pairs, inputs, outputs) == pytest.approx(np.mean(won))
    lengths = np.linspace(0.1, 9, 20)[:, None]
    assert held_out_score(pairs, inputs * lengths, outputs * lengths) == pytest.approx(np.mean(won))


def test_pairs_stand_near_each_other_in_one_sentence():
    generator = np.random.default_rng(3)
    ids = generator.integers(-1, 30, 3000).astype(np.int32)
    pairs = held_out_pairs(ids, 25, n_pairs=500)
    kept = ids[ids < 25]  # the words that all models know
    near = set()
    for place in range(len(kept)):
        for other in range(place + 1, len(kept)):
            if kept[other] < 0:
                break
            near |= {(kept[place], kept[other]), (kept[other], kept[place])}
    assert 400 < len(pairs.words) <= 1000 and pairs.others.shape == (len(pairs.words), 10)  # few far ones are left
    assert all(pair in near and pair[0] != pair[1] for pair in zip(pairs.words, pairs.neighbours, strict=True))
    assert set(pairs.others.ravel()) <= set(pairs.neighbours)
    again = held_out_pairs(ids, 25, n_pairs=500)
    assert all(np.array_equal(one, other) for one, other in zip(pairs, again, strict=True))


def test_the_windows_are_fixed():
    pairs = held_out_pairs(np.arange(20_000), 20_000, n_pairs=10**6)  # each word is rare enough to stay
    apart = abs(pairs.words - pairs.neighbours)
    close, far = apart[:19_999], apart[19_999:]  # of the kinds in turn
    assert close.max() == KINDS[0].window == 1
    assert far.max() == KINDS[1].window and len(far) == sum(20_000 - distance for distance in range(1, far.max() + 1))


def test_common_words_are_asked_for_less_among_far_neighbours():
    generator = np.random.default_rng(5)
    ids = np.where(generator.random(40_000) < 0.3, 0, generator.integers(1, 3000, 40_000))
    common = held_out_pairs(ids, 3000, n_pairs=10_000).words == 0
    assert common[:10_000].mean() > 2 * common[10_000:].mean() > 0


def test_frequency_alone_wins_nothing():
    generator = np.random.default_rng(4)
    ids = generator.choice(50, 40_000, p=np.arange(50, 0, -1) / 1275)
    frequencies = np.bincount(ids)[:, None]
    pairs = held_out_pairs(ids, 50)
    one = np.column_stack([np.ones((50, 1)), np.zeros((50, 1))])
    assert held_out_score(pairs, one, np.column_stack([frequencies, np.full(50, 500)])) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("ids", [[], [-1, -1], [3], [3, -1, 4], [2, 2, 2]])
def test_a_text_without_pairs_has_no_score(ids, vectors):
    pairs = held_out_pairs(np.array(ids, np.int32), 20)
    assert not len(pairs.words) and np.isnan(held_out_score(pairs, *vectors))
    assert not len(held_out_pairs(np.array([1, 2], np.int32), 0).words)
