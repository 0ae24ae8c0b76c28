"""The table of losses against what is said in words."""

import numpy as np
import pytest

from w2v.classify.config import ClassifyConfig
from w2v.classify.losses import LOSSES
from w2v.network.network import LOSSES as NETWORK_LOSSES

SCORES = np.random.default_rng(1).normal(0, 2, (6, 4))
TARGETS = np.array([[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 1, 0], [1, 0, 0, 1]], float)


def test_the_option_has_their_names():
    assert tuple(LOSSES) == ("softmax", "ova") and all(LOSSES[name].name == name for name in LOSSES)
    assert [ClassifyConfig(loss=name).label_loss for name in LOSSES] == list(LOSSES.values())
    text = ClassifyConfig.__dataclass_fields__["loss"].metadata["help"]
    assert all(f"{name}: {loss.help}" in text for name, loss in LOSSES.items())


def test_probabilities():
    softmax, ova = (LOSSES[name].probabilities(SCORES) for name in ("softmax", "ova"))
    assert softmax == pytest.approx(np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True))
    assert ova == pytest.approx(1 / (1 + np.exp(-SCORES)))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_mean_is_that_of_a_network_which_aims_at_the_shares(loss):
    found, aims = loss.probabilities(SCORES), loss.shares(TARGETS)
    network = NETWORK_LOSSES[loss.network_loss]
    assert network.activation == loss.activation
    assert loss.mean(found, TARGETS) == pytest.approx(network.f(SCORES, found, aims))
    assert loss.is_softmax == bool((aims.sum(axis=1) == 1).all())


def test_what_is_predicted():
    found = np.array([[0.6, 0.7], [0.2, 0.1]])
    one = [[False, True], [True, False]]
    assert LOSSES["softmax"].predicted(found, True).tolist() == one
    assert LOSSES["ova"].predicted(found, False).tolist() == one
    assert LOSSES["ova"].predicted(found, True).tolist() == [[True, True], [False, False]]
