"""The compiled search against the obvious one."""

import numpy as np
import pytest

from w2v.compiled.matrix import ROW_ALIGN
from w2v.evaluation.analogy_kernel import find_best


@pytest.mark.parametrize("is_ratio", [False, True])
def test_the_largest_score_is_found_and_of_equal_ones_the_lowest_id(is_ratio):
    rng = np.random.default_rng(4)
    # Few distinct values, powers of two, so that scores are exact and many are equal.
    minus = rng.choice([0.25, 0.5, 1, 2], (20, 3 * ROW_ALIGN)).astype(np.float32)
    plus = rng.choice([0.25, 0.5, 1, 2], (20, 3 * ROW_ALIGN)).astype(np.float32)
    rows = rng.integers(0, 20, (300, 3))
    a, b, c = minus[rows[:, 0]], plus[rows[:, 1]], plus[rows[:, 2]]
    scores = b * c / a if is_ratio else b - a + c
    floors = rng.choice(scores.ravel(), 300).astype(np.float32)
    best_scores, best_ids = floors.copy(), np.full(300, -1)
    find_best(minus, plus, rows, is_ratio, 1000, np.empty((1, ROW_ALIGN), np.float32), best_scores, best_ids)
    found = scores.max(axis=1) > floors
    assert 0 < np.count_nonzero(found) < 300
    assert np.array_equal(best_scores, np.maximum(scores.max(axis=1), floors))
    assert np.array_equal(best_ids, np.where(found, 1000 + scores.argmax(axis=1), -1))
