"""The classification kernel against a slow twin, and its step against differences of the loss."""

import numpy as np
import pytest
from support import python

from w2v.classify import kernel as kernels
from w2v.classify.kernel import Examples, make_document_scratch
from w2v.compiled.matrix import matrix
from w2v.kernel.layout import Weights

N_ROWS, N_LABELS, SIZE = 12, 5, 20
SURE = 30  # scores of one-vs-all are cut there
KEY = np.uint64(7)


def offsets(lengths):
    return np.concatenate([[0], np.cumsum(lengths)])


def setting(dtype=np.float64, seed=0, n_labels=1, n_all=N_LABELS, size=SIZE):
    """Random weights, and six documents of 1 to 6 rows, some of them twice in one, with `n_labels` of `n_all` labels
    each."""
    generator = np.random.default_rng(seed)
    weights = []
    for n in (N_ROWS, n_all):
        rows = matrix(n, size).astype(dtype)
        rows[:, :size] = generator.normal(0, 3.1 / np.sqrt(size), (n, size))
        weights.append(rows)
    row_ids = generator.integers(0, N_ROWS, 21).astype(np.int32)
    label_ids = np.concatenate([generator.permutation(n_all)[:n_labels] for _ in range(6)]).astype(np.int32)
    row_weights, shares = generator.uniform(0.5, 2, N_ROWS).astype(dtype), generator.uniform(0.2, 0.6, 6).astype(dtype)
    lists = row_ids, offsets(range(1, 7)), label_ids, offsets([n_labels] * 6)
    return Weights(*weights), Examples(*lists, row_weights, shares)


def train(weights, examples, order, one_vs_all, alpha, key=KEY):
    """Run the kernel; returns the statistics."""
    dtype, columns = weights.inputs.dtype, weights.inputs.shape[1]
    n_labels, kernel = len(weights.outputs), kernels.train_one_vs_all if one_vs_all else kernels.train_softmax
    scratch = make_document_scratch(n_labels, columns, dtype)
    statistics = np.zeros(kernels.N_STATISTICS)
    with np.errstate(over="ignore"):
        kernel(weights, examples, np.asarray(order), 0, len(order), key, dtype.type(alpha), scratch, statistics)
    assert (scratch.out_labels[:n_labels] == -1).all() and not scratch.out_labels[n_labels:].any()
    return statistics


def parts(examples, document):
    rows = examples.row_ids[examples.row_offsets[document] : examples.row_offsets[document + 1]]
    return rows, examples.label_ids[examples.label_offsets[document] : examples.label_offsets[document + 1]]


def factors(examples, document):
    """What each of a document's rows counts."""
    return examples.row_weights[parts(examples, document)[0]] * examples.shares[document]


def loss_of(inputs, outputs, rows, weights, labels, one_vs_all):
    scores = outputs @ (weights @ inputs[rows])
    if one_vs_all:
        signs = -np.ones(len(scores))
        signs[labels] = 1
        return np.logaddexp(0, -signs * scores.clip(-SURE, SURE)).sum()
    return np.logaddexp.reduce(scores) - scores[labels[0]]


def slow_train(weights, examples, order, one_vs_all, alpha):
    """The same, written as it is said."""
    inputs, outputs = weights.inputs.copy(), weights.outputs.copy()
    statistics = np.zeros(4)
    for document in order:
        rows, labels = parts(examples, document)
        weights = factors(examples, document)
        hidden = weights @ inputs[rows]
        scores = outputs @ hidden
        target = np.zeros(len(scores))
        target[labels] = 1
        found = 1 / (1 + np.exp(-scores.clip(-SURE, SURE)))
        if not one_vs_all:
            found = np.exp(scores - np.logaddexp.reduce(scores))
        statistics += [
            loss_of(inputs, outputs, rows, weights, labels, one_vs_all),
            1,
            len(rows),
            target[scores.argmax()],
        ]
        errors = alpha * (target - found)
        gradient = np.outer(weights, errors @ outputs)
        outputs += np.outer(errors, hidden)
        np.add.at(inputs, rows, gradient)
    return inputs, outputs, statistics


@pytest.mark.parametrize("one_vs_all", [False, True])
@pytest.mark.parametrize(("dtype", "close"), [(np.float64, 1e-12), (np.float32, 2e-5)])
def test_the_kernel_does_what_its_twin_does(one_vs_all, dtype, close):
    weights, examples = setting(dtype, n_labels=2 if one_vs_all else 1)
    order = [3, 0, 5, 1, 5, 2, 4]
    expected = slow_train(Weights(*(rows.astype(np.float64) for rows in weights)), examples, order, one_vs_all, 0.3)
    found = train(weights, examples, order, one_vs_all, 0.3)
    assert weights.inputs == pytest.approx(expected[0], abs=close)
    assert weights.outputs == pytest.approx(expected[1], abs=close)
    assert found == pytest.approx(expected[2], rel=1e-5)
    assert not weights.inputs[:, SIZE:].any()  # the padding stays zero


@pytest.mark.parametrize("one_vs_all", [False, True])
@pytest.mark.parametrize("n_all", [2, 3, 9, 16, 61])
@pytest.mark.parametrize("size", [1, 100, 200])
def test_any_number_of_labels_and_dimensions(one_vs_all, n_all, size):
    """Tiles and registers that are full, or partly, or not at all."""
    weights, examples = setting(n_labels=2 if one_vs_all else 1, n_all=n_all, size=size)
    expected = slow_train(weights, examples, [3, 0, 5, 1, 5, 2, 4], one_vs_all, 0.3)
    found = train(weights, examples, [3, 0, 5, 1, 5, 2, 4], one_vs_all, 0.3)
    assert weights.inputs == pytest.approx(expected[0], abs=1e-10)
    assert weights.outputs == pytest.approx(expected[1], abs=1e-10)
    assert found == pytest.approx(expected[2], rel=1e-6)
    assert not weights.outputs[:, size:].any()


@pytest.mark.parametrize("one_vs_all", [False, True])
def test_the_step_is_the_gradient(one_vs_all):
    """α → 0: the change of each weight is −α times the derivative of the loss, by two-sided differences."""
    document, alpha, h = 4, 1e-7, 1e-5
    weights, examples = setting(seed=3)
    rows, labels = parts(examples, document)
    before = [part.copy() for part in weights]
    train(weights, examples, [document], one_vs_all, alpha)
    for part, (old, new) in enumerate(zip(before, weights, strict=True)):
        slope = np.zeros(old.shape)
        for place in np.ndindex(old.shape[0], SIZE):
            sides = []
            for sign in (1, -1):
                moved = [one.copy() for one in before]
                moved[part][place] += sign * h
                sides.append(loss_of(*moved, rows, factors(examples, document), labels, one_vs_all))
            slope[place] = (sides[0] - sides[1]) / (2 * h)
        assert (new - old) / -alpha == pytest.approx(slope, abs=1e-5)


def test_softmax_draws_one_of_several_labels_and_by_chance_each():
    chosen = set()
    for key in range(12):
        weights, examples = setting(n_labels=3)
        old = weights.outputs.copy()
        hidden = factors(examples, 5) @ weights.inputs[parts(examples, 5)[0]]
        train(weights, examples, [5], False, 0.1, np.uint64(key))
        raised = np.flatnonzero((weights.outputs - old) @ hidden > 0)  # only the target's score is pushed up
        assert len(raised) == 1 and raised[0] in parts(examples, 5)[1]
        chosen.add(parts(examples, 5)[1].tolist().index(raised[0]))
    assert chosen == {0, 1, 2}


@pytest.mark.parametrize("one_vs_all", [False, True])
def test_scores_beyond_the_range_of_exp(one_vs_all):
    """Some 1,000, where float32 ends at e^88: the loss and the step are those of the twin in float64."""
    for document in range(6):
        weights, examples = setting(np.float32)
        weights.outputs[:] *= 1000
        expected = slow_train(
            Weights(*(rows.astype(float) for rows in weights)), examples, [document], one_vs_all, 0.01
        )
        found = train(weights, examples, [document], one_vs_all, 0.01)
        assert found == pytest.approx(expected[2], rel=1e-5, abs=1e-5)
        assert weights.inputs == pytest.approx(expected[0], rel=1e-4, abs=1e-4)
        assert weights.outputs == pytest.approx(expected[1], rel=1e-5)


def test_the_same_code_runs_without_the_compiler(tmp_path):
    code = (
        "import sys, numpy as np, test_kernel as t\n"
        "weights, examples = t.setting(np.float64, n_labels=2)\n"
        "statistics = t.train(weights, examples, [3, 0, 5, 1], False, 0.3)\n"
        "np.savez(sys.argv[1], *weights, statistics)\n"
    )
    for name, off in (("on", "0"), ("off", "1")):
        python(code, tmp_path / name, NUMBA_DISABLE_JIT=off)
    with np.load(tmp_path / "on.npz") as on, np.load(tmp_path / "off.npz") as off:
        for name in on:
            assert on[name] == pytest.approx(off[name], abs=1e-12)
