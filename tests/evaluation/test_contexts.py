"""Vectors in contexts: sums against a slow twin, the transformation, groups that differ and that do not."""

import numpy as np
import pytest
from asked import vectors_of

from w2v.errors import ConfigError, UnknownWordError
from w2v.evaluation.contexts import Documents, Transform, difference, fit_transform, in_contexts, read_documents

WORDS = [f"w{i}" for i in range(40)]


@pytest.fixture
def model():
    rng = np.random.default_rng(0)
    return vectors_of({word: rng.normal(size=6) for word in [*WORDS, "bank"]})


IDENTITY = Transform(np.eye(6), 0, 0.0)


def text(rng, n_documents, n_words=12, words=WORDS):
    return [" ".join(rng.choice(words, n_words)) for _ in range(n_documents)]


def slow_sums(model, lines, target, window):
    """(sum, count) of the vectors around the target in each line that has it, word by word."""
    found = []
    for line in lines:
        words = [word for word in line.split() if word in model]
        near = [
            model[words[j]].astype(float)
            for i, word in enumerate(words)
            if word == target
            for j in range(max(0, i - window), min(len(words), i + window + 1))
            if j != i
        ]
        if near:
            found.append((np.sum(near, axis=0), len(near)))
    return found


@pytest.mark.parametrize("window", [1, 3, 50])
def test_sums_are_the_slow_twins(model, window):
    lines = [*text(np.random.default_rng(1), 20), "w1 unknown w1 w2", "w1", "", "w2 w3"]
    documents = read_documents(model, lines)
    found = in_contexts(model, "w1", documents, IDENTITY, window)
    expected = slow_sums(model, lines, "w1", window)
    np.testing.assert_allclose(found.sums, [one for one, _ in expected], atol=1e-6)
    assert found.counts.tolist() == [n for _, n in expected]
    mean = sum(one for one, _ in expected) / sum(n for _, n in expected)
    np.testing.assert_allclose(found.vector, mean, atol=1e-6)
    assert found.n_times == sum(line.split().count("w1") for line in lines)


def test_documents_are_read_and_put_together(model):
    first, second = read_documents(model, ["w1 x w2", "w3"]), read_documents(model, ["w0"])
    assert (first.ids.tolist(), first.document.tolist()) == ([1, 2, 3], [0, 0, 1])
    both = first.and_more(second)
    assert (both.ids.tolist(), both.document.tolist()) == ([1, 2, 3, 0], [0, 0, 1, 2])


def test_the_transformation_is_that_of_the_formula():
    """It is the weighted least squares of the formula, on the means of each word for itself."""
    rng = np.random.default_rng(2)
    lines = text(rng, 400)
    model = vectors_of({word: rng.normal(size=4) for word in WORDS})
    documents = read_documents(model, lines)
    means = np.array([in_contexts(model, word, documents, Transform(np.eye(4), 0, 0), 2).vector for word in WORDS])
    counts = np.bincount(documents.ids)
    expected = np.linalg.lstsq(
        np.sqrt(np.log(counts))[:, None] * means, np.sqrt(np.log(counts))[:, None] * model.vectors, rcond=None
    )[0]
    found = fit_transform(model, documents, 2)
    np.testing.assert_allclose(found.matrix, expected, atol=1e-6)
    assert found.n_words == 40 and -1 <= found.cosine_held <= 1


def groups(rng, model, words, n_documents=30):
    """Documents in which bank stands among some words."""
    lines = [" ".join([*rng.choice(words, 4), "bank", *rng.choice(words, 4)]) for _ in range(n_documents)]
    return in_contexts(model, "bank", read_documents(model, lines), IDENTITY, 5)


def test_groups_that_differ_are_told(model):
    rng = np.random.default_rng(3)
    first, second = groups(rng, model, WORDS[:20]), groups(rng, model, WORDS[20:])
    found = difference(first, second, IDENTITY, 999, 1)
    assert found.p == 0.001 and found.length > 2 * found.expected and (found.n, found.is_exact) == (1000, False)
    assert found == difference(first, second, IDENTITY, 999, 1)
    few = difference(groups(rng, model, WORDS[:1], 4), groups(rng, model, WORDS[1:2], 4), IDENTITY, 100, 1)
    assert few.is_exact and few.n == 70 and few.p == pytest.approx(2 / 70)  # the groups, and the groups exchanged


def test_error_rate_where_groups_do_not_differ(model):
    rng = np.random.default_rng(4)
    p = [difference(groups(rng, model, WORDS, 8), groups(rng, model, WORDS, 9), IDENTITY, 199, i).p for i in range(200)]
    assert 0.015 <= np.mean(np.array(p) <= 0.05) <= 0.095


def test_what_cannot_be_done(model):
    documents = read_documents(model, ["w1", "w2 w3"])
    with pytest.raises(ConfigError, match="'w1' has no context"):
        in_contexts(model, "w1", documents, IDENTITY)
    with pytest.raises(UnknownWordError):
        in_contexts(model, "nothing", documents, IDENTITY)
    with pytest.raises(ConfigError, match="0 words occur 10 times .* --corpus"):
        fit_transform(model, documents)
    with pytest.raises(ConfigError, match="0 words occur"):
        fit_transform(model, Documents(np.empty(0, np.int64), np.empty(0, np.int64)))
    with pytest.raises(ConfigError, match="window is 0"):
        fit_transform(model, documents, window=0)
