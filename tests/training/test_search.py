"""Successive halving with a made-up scorer and clock; candidates that are drawn around the given settings."""

import itertools
import math

import pytest

from w2v.config import TrainConfig
from w2v.errors import ConfigError
from w2v.training.search import (
    SEARCHED,
    Trial,
    best,
    candidates,
    going_on,
    smallest_min_count,
    successive_halving,
)

GIVEN = TrainConfig(seed=3)


class Scorer:
    """Scores a setting by its window, and takes seconds in proportion to share and epochs."""

    def __init__(self, cut=math.inf, score=lambda config: config.window):
        self.now, self.cut, self.score, self.untils = 0.0, cut, score, []

    def clock(self):
        return self.now

    def measure(self, config, share, until):
        self.untils.append(until)
        self.now += min(share * config.epochs, until - self.now)
        return self.score(config) if self.now < until else math.nan


def numbered(n):
    return [TrainConfig(window=5 if i == 0 else i, epochs=4) for i in range(n)]


def test_each_round_has_its_part_of_the_time_and_the_best_go_on():
    scorer, told = Scorer(), []
    trials = successive_halving(numbered(100), scorer.measure, 30.0, scorer.clock, told.append)
    assert told == trials and scorer.now <= 30
    rounds = {share: [t.config.window for t in trials if t.share == share] for share in (0.25, 0.5, 1.0)}
    # A trial of the first round takes 1 s, so that nine begin before the second at ten is someone else's.
    assert rounds[0.25] == [5, *range(1, 9)]
    assert rounds[0.5] == [5, 8, 7, 6]  # of nine the best, and the given settings, in 11 s at 2 s each
    assert rounds[1.0] == [5, 8]
    assert scorer.untils[0] == 10 and scorer.untils[-1] == 30
    assert best(trials) == Trial(TrainConfig(window=8, epochs=4), 1.0, 8, 4.0)


def test_what_does_not_fit_into_the_next_round_stays_behind():
    done = [Trial(config, 0.25, config.window, 1.0) for config in numbered(9)]
    done[8] = done[8]._replace(seconds=100.0)
    done[7] = done[7]._replace(score=math.nan)
    assert [config.window for config in going_on(done, 6.0, 2.0)] == [5, 6, 5]
    assert [config.window for config in going_on(done, 0.0, 2.0)] == [5]
    assert [config.window for config in going_on(done[:2], 9.0, 2.0)] == [5, 1]


def test_a_trial_that_is_cut_off_has_no_score_and_the_others_decide():
    long = [GIVEN, TrainConfig(window=9, epochs=1000)]
    scorer = Scorer()
    trials = successive_halving(long, scorer.measure, 30.0, scorer.clock)
    assert math.isnan(trials[1].score) and best(trials).config == GIVEN


def test_too_little_time_is_said():
    scorer = Scorer()
    with pytest.raises(ConfigError, match="too short to try even one setting"):
        successive_halving([GIVEN], scorer.measure, 0.3, scorer.clock)


def test_the_best_is_that_of_the_largest_share_with_a_comparison():
    one, other = TrainConfig(window=1), TrainConfig(window=2)
    small = [Trial(one, 0.5, 0.1, 1), Trial(other, 0.5, 0.2, 1)]
    assert best([*small, Trial(one, 1.0, 0.9, 1)]).config == other
    assert best([*small, Trial(one, 1.0, 0.9, 1), Trial(other, 1.0, 0.9, 1)]).config == one  # equal: the given
    assert best([Trial(one, 0.5, 0.1, 1)]).config == one
    with pytest.raises(ConfigError, match="diverged with every setting"):
        best([Trial(one, 0.5, -math.inf, 1)])


def test_where_all_diverge_no_round_follows():
    scorer = Scorer(score=lambda config: -math.inf)
    trials = successive_halving(numbered(3), scorer.measure, 100.0, scorer.clock)
    assert {trial.share for trial in trials} == {0.25}


def test_candidates_are_repeatable_valid_and_keep_what_was_given():
    drawn = list(itertools.islice(candidates(GIVEN, SEARCHED), 200))
    assert drawn[0] == GIVEN and len(set(drawn)) == 200
    assert drawn == list(itertools.islice(candidates(GIVEN, SEARCHED), 200))
    for config in drawn:
        config.validate()
    assert {config.min_count for config in drawn} == {smallest_min_count(GIVEN, SEARCHED), 5, 10}
    only = list(itertools.islice(candidates(GIVEN, ["window"]), 5))
    assert {(c.alpha, c.epochs, c.min_count) for c in only} == {(GIVEN.alpha, GIVEN.epochs, GIVEN.min_count)}


@pytest.mark.parametrize("given", [{"sample": 0.0}, {"window": 1, "negative": 1, "epochs": 1, "min_count": 0}])
def test_settings_at_the_edge_are_drawn_around_too(given):
    for config in itertools.islice(candidates(TrainConfig(**given), SEARCHED), 50):
        config.validate()


def test_candidates_end_where_there_are_no_others():
    assert len(list(candidates(GIVEN, ["min_count"]))) == 3
    assert list(candidates(GIVEN, [])) == [GIVEN]
