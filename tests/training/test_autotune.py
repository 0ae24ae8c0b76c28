"""What candidates are trained on, and what they are scored by."""

import dataclasses
import math
import time

import numpy as np
import pytest

from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.corpus.stream import BREAK
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ConfigError, DivergedError
from w2v.training import autotune
from w2v.training.autotune import Text, held_out_scorer, reading_config, search_settings
from w2v.training.search import SEARCHED, best

SMALL = TrainConfig(vector_size=8, threads=1, epochs=3, min_count=2, sample=0.0, alpha=0.1)


@pytest.fixture(scope="module")
def corpus():
    """Sentences of words with a neighbour that is theirs."""
    generator = np.random.default_rng(1)
    pairs = [[f"a{n}", f"b{n}"] for n in range(15)]
    text = [[word for n in generator.integers(0, 15, 4) for word in pairs[n]] for _ in range(2000)]
    with encode_corpus(text, TextConfig(), reading_config(SMALL, SEARCHED)) as found:
        yield found


def test_pieces_are_trained_on_or_held_out():
    text = Text(np.arange(10_000, dtype=np.int32), Vocabulary([], np.zeros(0, np.int64)))
    whole, quarter, held_out = text.trained(1.0), text.trained(0.25), text.held_out()
    assert set(quarter) <= set(whole) and not (set(whole) & set(held_out)) - {BREAK}
    assert set(whole) | set(held_out) == {BREAK, *range(10_000)}
    assert len(set(held_out)) == pytest.approx(700, abs=60) and len(set(quarter)) == pytest.approx(2325, abs=60)
    # From the whole breadth of the text, and no window reaches across a gap.
    assert np.ptp(quarter) > 9700 and set(np.diff(quarter[quarter >= 0])) > {1}
    for one in (whole, quarter, held_out):
        steps = one[1:] - one[:-1]
        assert ((steps == 1) | (one[1:] == BREAK) | (one[:-1] == BREAK)).all()


def test_a_search_tries_the_given_settings_first_and_finds_none_worse(corpus):
    told = []
    trials = search_settings(corpus, SMALL, TextConfig(), SEARCHED, 1.0, tell=told.append)
    assert told == trials and trials[0].config == SMALL and len(trials) > 3
    given = [trial for trial in trials if trial.config == SMALL and trial.share == best(trials).share]
    assert best(trials).score >= given[0].score > 0.5
    assert {trial.config.vector_size for trial in trials} == {8}


@pytest.mark.parametrize("settings", [{"loss": "hs"}, {"model": "sg", "max_n": 3}])
def test_other_objectives_and_ngrams_have_a_score(corpus, settings):
    config = TrainConfig(vector_size=8, threads=1, min_count=2, bucket=100, **settings)
    trials = search_settings(corpus, config, TextConfig(), ["window"], 0.5)
    assert any(0 < trial.score < 1 for trial in trials)


def test_leaving_words_out_has_its_price(corpus):
    text = Text(corpus.ids, corpus.vocab)
    score = held_out_scorer(text)
    few = dataclasses.replace(SMALL, max_vocab=3)
    models = [autotune.trained(text, config, TextConfig(), 1.0, math.inf) for config in (SMALL, few)]
    assert score(models[0]) > score(models[1]) > 0.4 and len(models[1].wv) == 3


def test_a_large_corpus_is_tried_in_part_and_epochs_stay(corpus, monkeypatch):
    monkeypatch.setattr(autotune, "_GIVEN_IN_TIME", 1e9)
    text = Text(corpus.ids, corpus.vocab)
    share = autotune._largest_share(text, SMALL, TextConfig(), 1.0, math.inf)
    assert 0 < share < 1e-5
    monkeypatch.setattr(autotune, "_largest_share", lambda *arguments: 0.4)
    trials = search_settings(corpus, SMALL, TextConfig(), SEARCHED, 0.5)
    assert {trial.config.epochs for trial in trials} == {3} and max(trial.share for trial in trials) == 0.4


def test_a_run_is_cut_off_and_divergence_is_a_score(corpus, monkeypatch):
    with pytest.raises(autotune._TimeIsUp):
        autotune.trained(Text(corpus.ids, corpus.vocab), SMALL, TextConfig(), 1.0, time.monotonic())

    def diverging(text, config, *rest, trained=autotune.trained):
        if config.window != SMALL.window:
            raise DivergedError("training diverged")
        return trained(text, config, *rest)

    monkeypatch.setattr(autotune, "trained", diverging)
    trials = search_settings(corpus, SMALL, TextConfig(), ["window"], 0.3)
    assert best(trials).config == SMALL and {t.score for t in trials if t.config != SMALL} <= {-math.inf}


def test_too_little_time_and_too_little_text_are_said(corpus):
    with pytest.raises(ConfigError, match="too short to try"):
        search_settings(corpus, SMALL, TextConfig(), SEARCHED, 1e-6)
    with pytest.raises(ConfigError, match="too short to hold a part of it out"):
        held_out_scorer(Text(corpus.ids[:10], corpus.vocab))
