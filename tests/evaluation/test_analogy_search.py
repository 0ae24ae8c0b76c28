"""Answers do not depend on the company a question is in; more of them are in the tests of `evaluate`."""

import numpy as np
import pytest

from w2v.evaluation.analogy_search import answer, searched_vocabulary


def questions_of(pair_sizes):
    """Questions in which pairs a, b come as often as given."""
    pairs = [(number, number + 1) for number, size in enumerate(pair_sizes) for _ in range(size)]
    return np.array([(*pair, row) for row, pair in enumerate(pairs)])


def test_no_question_at_all():
    searched = searched_vocabulary(["a", "b"], np.eye(2, dtype=np.float32), None, True)
    assert answer(searched, np.empty((0, 3), dtype=np.int64), "3cosadd").tolist() == []


@pytest.mark.parametrize("similarity", ["3cosadd", "3cosmul"])
def test_questions_in_any_order_and_any_company_get_the_same_answer(similarity):
    rng = np.random.default_rng(0)
    searched = searched_vocabulary([f"w{i}" for i in range(400)], rng.standard_normal((400, 5)).astype("f"), None, True)
    questions = np.concatenate([questions_of([40, 1, 1, 9, 2, 70]) % 300, rng.integers(0, 400, (150, 3))])
    together = answer(searched, questions, similarity)
    shuffled = rng.permutation(len(questions))
    assert answer(searched, questions[shuffled], similarity).tolist() == together[shuffled].tolist()
    alone = [int(answer(searched, question[None], similarity)[0]) for question in questions]
    assert alone == together.tolist()
