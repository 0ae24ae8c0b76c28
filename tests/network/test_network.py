"""The network against differences, hand-computed numbers, cases with known answers, and scikit-learn."""

import itertools
import re
import warnings

import numpy as np
import pytest

from w2v.errors import ConfigError, W2VError
from w2v.network.network import (
    ACTIVATIONS,
    LOSSES,
    Fitting,
    Network,
    fit_perceptron,
    one_hot,
    sigmoid,
    softmax,
)
from w2v.network.optimisers import Optimiser

X = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
AND, OR, XOR = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1]), np.array([0, 1, 1, 0])
LEARNING = [name for name, activation in ACTIVATIONS.items() if activation.back]


# ---- gradients


def output_of(loss, activation):
    """The last activation of a network with that loss, or None where the two make no network."""
    needed = LOSSES[loss].activation
    return activation if needed in (None, activation) else None


@pytest.mark.parametrize("l1, l2", [(0, 0), (0.03, 0), (0, 0.05), (0.03, 0.05)])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("last", LEARNING)
@pytest.mark.parametrize("hidden", LEARNING)
def test_gradients_by_two_sided_differences(hidden, last, loss, l1, l2):
    if output_of(loss, last) is None:
        with pytest.raises(ConfigError, match=f"takes probabilities from {LOSSES[loss].activation} outputs"):
            Network.build((3, 4, 2), (hidden, last), loss)
        return
    network, generator = Network.build((3, 4, 2), (hidden, last), loss, l1, l2, seed=3), np.random.default_rng(5)
    for parameter in network.parameters:  # away from 0, where |w| has a kink
        parameter += 0.1 * np.sign(parameter) + generator.normal(0, 0.05, parameter.shape)
    inputs = generator.normal(size=(7, 3))
    targets = one_hot(generator.integers(0, 2, 7), 2) if loss != "squared-error" else generator.normal(size=(7, 2))
    for a in network.forward(inputs)[1:]:
        assert hidden != "relu" or np.abs(a[a != 0]).min() > 1e-4  # and away from that of ReLU
    value, gradients = network.gradients(inputs, targets)
    assert value == pytest.approx(network.scores(inputs, targets)[0], rel=1e-12)
    assert [g.shape for g in gradients] == [p.shape for p in network.parameters]
    h = 1e-6
    for parameter, gradient in zip(network.parameters, gradients, strict=True):
        for place in np.ndindex(parameter.shape):
            at, losses = parameter[place], []
            for moved in (at + h, at - h):
                parameter[place] = moved
                losses.append(network.scores(inputs, targets)[0])
            parameter[place] = at
            assert gradient[place] == pytest.approx((losses[0] - losses[1]) / (2 * h), rel=1e-5, abs=1e-8)


def test_losses_have_their_known_values():
    network = Network.build((1, 2), ("softmax",), "categorical-cross-entropy")
    network.layers[0].weights[:] = 0
    assert network.scores(np.ones((3, 1)), one_hot(np.array([0, 1, 1]), 2))[0] == pytest.approx(np.log(2))
    network = Network.build((1, 1), ("sigmoid",), "binary-cross-entropy")
    network.layers[0].weights[:] = 800  # e^800 overflows
    assert network.scores(np.ones((1, 1)), np.zeros((1, 1)))[0] == pytest.approx(800)
    assert network.scores(np.ones((1, 1)), np.ones((1, 1)))[0] == 0
    network = Network.build((1, 1), ("identity",), "squared-error", l1=0.5, l2=2)
    network.layers[0].weights[:] = -3
    assert network.scores(np.ones((1, 1)), np.ones((1, 1)))[0] == 16 + 0.5 * 3 + 9


def test_activations_have_their_known_values_and_do_not_overflow():
    z = np.array([[-1000.0, 0, 1000]])
    with np.errstate(over="raise"):
        np.testing.assert_array_equal(sigmoid(z), [[0, 0.5, 1]])
        np.testing.assert_array_equal(softmax(z), [[0, 0, 1]])
    np.testing.assert_array_equal(ACTIVATIONS["step"].f(np.array([-0.1, 0, 0.1])), [0, 0, 1])
    np.testing.assert_array_equal(ACTIVATIONS["relu"].f(np.array([-2.0, 0, 2])), [0, 0, 2])
    np.testing.assert_allclose(softmax(np.log([[1.0, 2, 5]])), [[0.125, 0.25, 0.625]])


def test_two_linear_layers_equal_one():
    two = Network.build((3, 5, 2), ("identity", "identity"), "squared-error", seed=2)
    first, second = two.layers
    first.bias[:], second.bias[:] = np.arange(5), [1, -1]
    one = Network.build((3, 2), ("identity",), "squared-error")
    one.layers[0].weights[:] = first.weights @ second.weights
    one.layers[0].bias[:] = first.bias @ second.weights + second.bias
    inputs = np.random.default_rng(1).normal(size=(9, 3))
    np.testing.assert_allclose(one.predict(inputs), two.predict(inputs), rtol=1e-12)


# ---- cases with known answers


def test_a_perceptron_learns_and_in_ten_passes():
    """Inputs in the order 00, 10, 01, 11; the neuron fires above 0, not at 0."""
    neuron = fit_perceptron(X, AND, rate=0.1, n_passes=10)
    np.testing.assert_allclose(neuron.weights[:, 0], [0.1, 0.2], rtol=1e-12)
    np.testing.assert_allclose(neuron.bias, [-0.2], rtol=1e-12)
    network = Network([neuron], "squared-error")
    np.testing.assert_array_equal(network.predict(X)[:, 0], AND)
    np.testing.assert_array_equal(Network([fit_perceptron(X, OR, 0.1, 10)], "squared-error").predict(X)[:, 0], OR)


def test_no_single_neuron_learns_xor():
    for order in itertools.permutations(range(4)):
        for n_passes in (1, 10, 51):
            neuron = fit_perceptron(X[list(order)], XOR[list(order)], 0.1, n_passes)
            assert (Network([neuron], "squared-error").predict(X)[:, 0] != XOR).any()
    for seed in range(10):
        network = Network.build((2, 1), ("sigmoid",), "binary-cross-entropy", seed=seed)
        network.fit(X, XOR[:, None], Fitting(rate=0.1, n_epochs=200, batch_size=4))
        assert ((network.predict(X)[:, 0] > 0.5) != XOR).any() and network.history[-1].loss > 0.69


def test_two_hidden_neurons_learn_xor():
    network = Network.build((2, 2, 1), ("sigmoid", "sigmoid"), "binary-cross-entropy", seed=1)
    network.fit(X, XOR[:, None], Fitting(rate=0.1, n_epochs=800, batch_size=4))
    np.testing.assert_array_equal(network.predict(X)[:, 0] > 0.5, XOR)
    assert network.history[-1].accuracy == 1 and network.history[-1].loss < 0.05


def test_one_two_one_fits_a_wave():
    p = np.linspace(-2, 2, 41)[:, None]
    wave = 1 + np.sin(np.pi * p / 4)
    network = Network.build((1, 2, 1), ("sigmoid", "identity"), "squared-error", seed=1)
    network.fit(p, wave, Fitting(rate=0.05, n_epochs=400, batch_size=8))
    assert np.mean((network.predict(p) - wave) ** 2) < 0.01


def digits():
    datasets = pytest.importorskip("sklearn.datasets")
    images, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    return (images / 16)[order], labels[order]


def test_a_hidden_layer_reads_digits():
    images, labels = digits()
    network = Network.build((64, 32, 10), ("relu", "softmax"), "categorical-cross-entropy", dtype=np.float32)
    network.fit(images[:1400], one_hot(labels[:1400], 10), Fitting(rate=0.005, n_epochs=40, schedule="linear"))
    accuracy = np.mean(network.predict(images[1400:]).argmax(axis=1) == labels[1400:])
    assert accuracy >= 0.96
    assert all(parameter.dtype == np.float32 for parameter in network.parameters)


# ---- beside scikit-learn


def test_softmax_regression_agrees_with_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model")
    images, labels = digits()
    train, test = slice(None, 1200), slice(1200, None)
    theirs = linear_model.LogisticRegression(C=1.0, max_iter=2000).fit(images[train], labels[train])
    # Its penalty is 1 / 2 ΣW² beside the sum over samples of the loss; ours is beside the mean.
    ours = Network.build((64, 10), ("softmax",), "categorical-cross-entropy", l2=1 / 1200)
    fitting = Fitting(rate=0.1, n_epochs=1000, batch_size=1200, schedule="linear")
    ours.fit(images[train], one_hot(labels[train], 10), fitting)
    found = np.mean(ours.predict(images[test]).argmax(axis=1) == labels[test])
    assert abs(found - theirs.score(images[test], labels[test])) <= 0.005
    np.testing.assert_allclose(ours.predict(images[test]), theirs.predict_proba(images[test]), atol=0.05)


def test_a_hidden_layer_agrees_with_scikit_learn():
    neural_network = pytest.importorskip("sklearn.neural_network")
    images, labels = digits()
    train, test = slice(None, 1200), slice(1200, None)
    found: list[list[float]] = []
    for seed in range(3):
        theirs = neural_network.MLPClassifier((64,), alpha=1e-4, max_iter=60, random_state=seed, tol=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that it could go on
            theirs.fit(images[train], labels[train])
        ours = Network.build((64, 64, 10), ("relu", "softmax"), "categorical-cross-entropy", l2=1e-4 / 200, seed=seed)
        fitting = Fitting(rate=0.001, n_epochs=60, batch_size=200, seed=seed)
        ours.fit(images[train], one_hot(labels[train], 10), fitting)
        right = np.mean(ours.predict(images[test]).argmax(axis=1) == labels[test])
        found.append([right, theirs.score(images[test], labels[test])])
    ours_mean, theirs_mean = np.mean(found, axis=0)
    assert abs(ours_mean - theirs_mean) <= 0.005


# ---- fitting


def two_clouds(n=200):
    generator = np.random.default_rng(1)
    labels = generator.integers(0, 2, n)
    return generator.normal(size=(n, 4)) + 0.7 * labels[:, None], one_hot(labels, 2)


def build(**arguments):
    return Network.build((4, 8, 2), ("tanh", "softmax"), "categorical-cross-entropy", **arguments)


def test_the_same_seed_gives_the_same_bytes_and_fitting_can_go_on():
    inputs, targets = two_clouds()
    found = []
    for _ in range(2):
        network = build()
        network.fit(inputs, targets, Fitting(n_epochs=6, validation=0.2, schedule="linear"))
        found.append(network)
    assert [p.tobytes() for p in found[0].parameters] == [p.tobytes() for p in found[1].parameters]
    other = build()
    other.fit(inputs, targets, Fitting(n_epochs=6, validation=0.2, schedule="linear", seed=2))
    assert other.parameters[0].tobytes() != found[0].parameters[0].tobytes()

    class Stop(Exception):
        pass

    def stop(epoch):
        if epoch.number == 3:
            raise Stop

    network, optimiser, fitting = build(), Optimiser(), Fitting(n_epochs=6, validation=0.2, schedule="linear")
    with pytest.raises(Stop):
        network.fit(inputs, targets, fitting, optimiser, stop)
    network.fit(inputs, targets, fitting, optimiser)
    assert [p.tobytes() for p in network.parameters] == [p.tobytes() for p in found[0].parameters]
    assert network.history == found[0].history and [epoch.number for epoch in network.history] == [1, 2, 3, 4, 5, 6]


def test_early_stopping_keeps_the_best():
    inputs, targets = two_clouds(60)
    network, seen = build(), []

    def note(epoch):
        seen.append((epoch.validation_loss, [p.copy() for p in network.parameters]))

    fitting = Fitting(rate=0.05, n_epochs=500, validation=0.5, patience=5)
    history = network.fit(inputs, targets, fitting, on_epoch=note)
    losses = [loss for loss, _ in seen]
    assert len(history) < 500 and len(losses) - 1 - int(np.argmin(losses)) == 5
    for found, best in zip(network.parameters, seen[int(np.argmin(losses))][1], strict=True):
        np.testing.assert_array_equal(found, best)


def test_validation_samples_are_not_learned_from():
    """Their targets are the wrong way round: the more is learned, the worse they do."""
    inputs, targets = two_clouds()
    kept = np.random.default_rng(1).permutation(len(inputs))[: round(0.3 * len(inputs))]
    targets[kept] = targets[kept][:, ::-1]
    history = build().fit(inputs, targets, Fitting(rate=0.02, n_epochs=40, validation=0.3))
    assert history[-1].accuracy > 0.75 and history[-1].validation_accuracy < 0.4


@pytest.mark.parametrize("l1, l2", [(0.05, 0), (0, 0.3)])
def test_penalties_make_weights_small(l1, l2):
    inputs, targets = two_clouds()
    sizes = []
    for network in (build(), build(l1=l1, l2=l2)):
        network.fit(inputs, targets, Fitting(rate=0.01, n_epochs=60))
        sizes.append(sum(np.abs(w).sum() for w in network.parameters[::2]))
    assert sizes[1] < 0.5 * sizes[0]


def test_refusals():
    inputs, targets = two_clouds()
    for make, said in (
        (lambda: Network.build((2, 1), ("cosine",), "squared-error"), "choose one of identity"),
        (lambda: Network.build((2, 1), ("tanh",), "hinge"), "choose one of squared-error"),
        (lambda: Network.build((2, 1), ("tanh", "tanh"), "squared-error"), "give one size more"),
        (lambda: Optimiser("lbfgs"), "choose one of sgd"),
        (lambda: build().fit(inputs, targets, Fitting(schedule="cosine")), "choose one of constant"),
        (lambda: build().fit(inputs, targets, Fitting(rate=0)), "out of range"),
        (lambda: build().fit(inputs, targets, Fitting(patience=3)), "validation"),
        (lambda: build().fit(inputs[:0], targets[:0]), "no sample"),
        (lambda: Network.build((4, 2), ("step",), "squared-error").fit(inputs, targets), "perceptron rule"),
    ):
        with pytest.raises(ConfigError, match=re.escape(said)):
            make()
    linear = Network.build((4, 2), ("identity",), "squared-error")
    with np.errstate(all="ignore"), pytest.raises(W2VError, match=r"lower the learning rate \(1e\+06\)"):
        linear.fit(inputs, targets, Fitting(rate=1e6, n_epochs=50), Optimiser("sgd"))
