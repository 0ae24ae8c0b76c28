"""The texts of the bench of shifts: halves of all stretches, and words that change places as often as is asked."""

import numpy as np

from bench.shifts import Row, halves, pairs_to_swap, swapped


def test_texts_with_planted_shifts():
    rng = np.random.default_rng(0)
    words = [*rng.choice([f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"], 60_000)]
    first, second = halves(" ".join(words), rng)
    assert len(first) == len(second) == 30 and all(len(some) == 1000 for some in first)
    assert sorted([*np.concatenate(first), *np.concatenate(second)]) == sorted(words)
    other = pairs_to_swap(first, second, rng)
    assert len(other) == 80 and all(other[other[word]] == word != other[word] for word in other)
    assert swapped(second, other, 0) == second
    half, whole = (np.concatenate(swapped(second, other, share)) for share in (0.5, 1))
    old = np.concatenate(second)
    planted = np.isin(old, list(other))
    assert 0.47 < np.mean((half != old)[planted]) < 0.53 and (whole != old).tolist() == planted.tolist()


def test_rows():
    assert str(Row(0, 3000, 0, 0, 0, 1, 1, 0.05)) == "| nothing | 3,000 | – | – | 1 | 100% | 5.0% |"
    assert "| 50% of their places | 3,000 | 0.40 | 9 of 80 |" in str(Row(0.5, 3000, 80, 0.4, 9, 1, 1, 0.05))
