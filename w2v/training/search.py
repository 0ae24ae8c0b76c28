"""Search for settings: candidates at random around the given ones, and successive halving by the clock.

Successive halving (Jamieson & Talwalkar 2016): all candidates are tried on a small share of the text, the better half
of them on a larger one, and so on. Here each round has the same part of the time, so as many candidates are drawn, and
go on, as fit into that. What scores them is the caller's business.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from w2v.config import TrainConfig
from w2v.errors import ConfigError

SHARES = (0.25, 0.5, 1.0)  # of the text, of each round
SEARCHED = ("alpha", "window", "sample", "negative", "epochs", "min_count")
# Times the given value, in which a candidate's lies.
_RANGES = {"alpha": (0.5, 4.0), "window": (0.4, 2.0), "sample": (0.01, 2.0), "negative": (0.6, 3.0), "epochs": (0.6, 6)}
_MIN_COUNTS = (0.5, 1.0, 2.0)
_USUAL_SAMPLE = 1e-3  # where subsampling is off
_MOST_REPEATS = 100  # draws of settings that were drawn before, until there seem to be no others


class Trial(NamedTuple):
    """A candidate, and what came of it."""

    config: TrainConfig
    share: float  # of the text
    score: float  # higher is better; NaN where the time was up, −∞ where training diverged
    seconds: float


Measure = Callable[[TrainConfig, float, float], float]  # settings, share of the text, until when → `Trial.score`


def candidates(config: TrainConfig, searched: Collection[str]) -> Iterator[TrainConfig]:
    """The given settings first, then others, drawn with their seed: each of `searched` log-uniformly around its value,
    min-count half, once or twice. Ends where there seem to be no further ones."""
    generator, seen, repeats = np.random.default_rng(config.seed), {config}, 0
    yield config
    while repeats < _MOST_REPEATS:
        drawn = dataclasses.replace(config, **{name: _drawn(config, name, generator) for name in searched})
        if drawn in seen:
            repeats += 1
            continue
        seen.add(drawn)
        yield drawn


def smallest_min_count(config: TrainConfig, searched: Collection[str]) -> int:
    """Of all candidates."""
    return max(1, round(config.min_count * _MIN_COUNTS[0])) if "min_count" in searched else config.min_count


def _drawn(config: TrainConfig, name: str, generator: np.random.Generator) -> Any:
    if name == "min_count":
        return max(1, round(config.min_count * float(generator.choice(_MIN_COUNTS))))
    usual = config.start_alpha if name == "alpha" else getattr(config, name) or _USUAL_SAMPLE
    low, high = _RANGES[name]
    value = usual * math.exp(generator.uniform(math.log(low), math.log(high)))
    if name in ("alpha", "sample"):
        return max(float(f"{value:.2g}"), config.min_alpha if name == "alpha" else 0.0)  # short to write down
    return max(1, round(value))


def successive_halving(
    drawn: Iterable[TrainConfig],
    measure: Measure,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[Trial], object] = lambda trial: None,
    shares: Sequence[float] = SHARES,
) -> list[Trial]:
    """Try candidates for so many seconds; returns all trials in their order.

    drawn: the candidates, the first of which goes on in any case, so that there is something to compare with. shares:
    of the text, rising, one a round. tell: is told of each trial. Raises `ConfigError` where the time is too short for
    one trial.
    """
    began, trials = clock(), list[Trial]()
    for number, share in enumerate(shares, 1):
        until, done = began + seconds * number / len(shares), list[Trial]()
        for config in drawn:
            # What one takes on the average is the best guess for a new one; those that go on were chosen to fit.
            usual = sum(trial.seconds for trial in done) / len(done) if done and number == 1 else 0.0
            if done and until - clock() <= usual:
                break
            start = clock()
            score = measure(config, share, until)
            done.append(Trial(config, share, score, clock() - start))
            tell(done[-1])
        trials += done
        if not any(math.isfinite(trial.score) for trial in done):
            break
        if number < len(shares):
            left = began + seconds * (number + 1) / len(shares) - clock()
            drawn = going_on(done, left, shares[number] / share)
    if all(math.isnan(trial.score) for trial in trials):
        raise too_short()
    return trials


def too_short() -> ConfigError:
    """What to raise where no candidate was finished."""
    return ConfigError(
        "the time is too short to try even one setting; give --autotune more, or leave it out to train with the "
        "settings as they are"
    )


def going_on(done: Sequence[Trial], seconds: float, growth: float) -> list[TrainConfig]:
    """The first candidate, and the best of the others: half of all at most, and as many as fit into the time.
    growth: how much more text they get."""
    first, others = done[0], [trial for trial in done[1:] if math.isfinite(trial.score)]
    kept, left = [first.config], seconds - growth * first.seconds
    for trial in sorted(others, key=lambda trial: -trial.score)[: max(1, len(done) // 2 - 1)]:
        if growth * trial.seconds <= left:
            kept.append(trial.config)
            left -= growth * trial.seconds
    return kept


def best(trials: Sequence[Trial]) -> Trial:
    """The one with the highest score on the largest share on which two or more were finished (any, if none were). The
    first of equals: the given settings go before. Raises `ConfigError` where all diverged."""
    finished = [trial for trial in trials if math.isfinite(trial.score)]
    if not finished:
        raise ConfigError("training diverged with every setting that was tried; give a lower --alpha")
    shares = [trial.share for trial in finished]
    largest = max((share for share in shares if shares.count(share) > 1), default=max(shares))
    return max((trial for trial in finished if trial.share == largest), key=lambda trial: trial.score)
