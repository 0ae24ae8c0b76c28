"""Each optimiser against three steps by hand, each schedule against its known values."""

import numpy as np
import pytest

from w2v.network.optimisers import SCHEDULES, Optimiser


def trajectory(kind, rate=0.1):
    """x after three steps on f(x) = x² / 2 from 1, whose gradient is x; for Nesterov x is the point looked ahead to."""
    optimiser, x = Optimiser(kind, momentum=0.5, decay=0.5, beta=0.75, epsilon=0.0), np.array([1.0])
    found = []
    for _ in range(3):
        optimiser.step([x], [x.copy()], rate)
        found.append(float(x[0]))
    return found


ROOT = np.sqrt
BY_HAND = {
    "sgd": [0.9, 0.81, 0.729],
    # v = −.1; .5 · −.1 − .1 · .9 = −.14; .5 · −.14 − .1 · .76 = −.146
    "momentum": [0.9, 0.76, 0.614],
    # v = −.1, x = 1 + .5 · −.1 − .1; v = −.05 − .085 = −.135, x = .85 − .0675 − .085; v = −.0675 − .06975
    "nesterov": [0.85, 0.6975, 0.6975 - 0.068625 - 0.06975],
    # s = 1; 1 + .81; + (.9 − .09 / √1.81)²
    "adagrad": [0.9, 0.9 - 0.09 / ROOT(1.81), None],
    # s = .5; .25 + .5 x²
    "rmsprop": [1 - 0.1 / ROOT(0.5), None, None],
    # v' = g, s' = g² at first: a step of the rate
    "adam": [0.9, None, None],
}
x = BY_HAND["adagrad"][1]
BY_HAND["adagrad"][2] = x - 0.1 * x / ROOT(1.81 + x * x)
x = BY_HAND["rmsprop"][0]
s = 0.25 + 0.5 * x * x
y = x - 0.1 * x / ROOT(s)
BY_HAND["rmsprop"][1:] = y, y - 0.1 * y / ROOT(0.5 * s + 0.5 * y * y)
# v = .5, s = .25; v = .25 + .45 = .7, s = .1875 + .2025 = .39; corrections 1 − .5², 1 − .75², then 1 − .5³, 1 − .75³
x = 0.9 - 0.1 * (0.7 / 0.75) / ROOT(0.39 / 0.4375)
BY_HAND["adam"][1:] = x, x - 0.1 * ((0.35 + 0.5 * x) / 0.875) / ROOT((0.2925 + 0.25 * x * x) / 0.578125)


@pytest.mark.parametrize("kind", Optimiser.KINDS)
def test_three_steps_by_hand(kind):
    np.testing.assert_allclose(trajectory(kind), BY_HAND[kind], rtol=1e-12)


def test_nesterov_looks_ahead():
    """The same by its definition: the gradient is taken where the velocity would lead."""
    at, velocity, ahead = 1.0, 0.0, []
    for _ in range(3):
        velocity = 0.5 * velocity - 0.1 * (at + 0.5 * velocity)
        at += velocity
        ahead.append(at + 0.5 * velocity)
    np.testing.assert_allclose(trajectory("nesterov"), ahead, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("constant", [1, 1, 1]), ("linear", [1, 0.5, 0.25]), ("exponential", [1, np.exp(-1.5), np.exp(-2.25)]),
     ("step", [1, 0.1, 0.01])],
)  # fmt: skip
def test_schedules(name, expected):
    np.testing.assert_allclose([SCHEDULES[name](share) for share in (0, 0.5, 0.75)], expected)
