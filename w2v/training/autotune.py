"""Settings searched for on a corpus: what a candidate is trained on, for how long, and what it is scored by.

The corpus is cut into pieces. Of each, a first part is trained on, as large as the share says, and the last is held
out; so every share is of the whole breadth of the text, and what is held out is never trained on.
"""

import dataclasses
import logging
import math
import time
from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import EncodedCorpus
from w2v.corpus.stream import BREAK
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ConfigError, DivergedError
from w2v.evaluation.held_out import held_out_pairs, held_out_score
from w2v.training.engine import Load
from w2v.training.listeners import Pauses
from w2v.training.model import Word2Vec
from w2v.training.schedule import make_schedule
from w2v.training.search import (
    SHARES,
    Trial,
    candidates,
    smallest_min_count,
    successive_halving,
    too_short,
)
from w2v.training.trainer import train

HELD_OUT = 0.07  # of the text
_N_PIECES = 50
_PROBE_TOKENS = 200_000  # trained once, to know the speed
_GIVEN_IN_TIME = 24  # how often the given settings could be tried in the first round

_NEARLY_ALL = 0.5  # from which share on the rest is worth fewer trials

logger = logging.getLogger("w2v")
Score = Callable[[Word2Vec], float]  # higher is better


class _TimeIsUp(Exception):
    pass


class _Until(Pauses):
    """Ends a run at a time of the monotonic clock."""

    def __init__(self, until: float) -> None:
        self.until = until

    def due(self) -> bool:
        """Whether it has come."""
        return time.monotonic() >= self.until

    def write(self, is_last: bool) -> None:
        """End the run, unless a signal does."""
        if not is_last:
            raise _TimeIsUp


class Text(NamedTuple):
    """A corpus to try settings on."""

    ids: NDArray[np.int32]  # the words, most frequent first, BREAK between sentences
    vocab: Vocabulary

    def trained(self, share: float) -> NDArray[np.int32]:
        """The first part of each piece: `share` of all that is not held out."""
        return self._pieces(lambda start, end: (start, start + int((end - start) * (1 - HELD_OUT) * share)))

    def held_out(self) -> NDArray[np.int32]:
        """The last part of each piece."""
        return self._pieces(lambda start, end: (start + int((end - start) * (1 - HELD_OUT)), end))

    def _pieces(self, part: Callable[[int, int], tuple[int, int]]) -> NDArray[np.int32]:
        """Of each piece the tokens between two places; no window reaches from one to the next."""
        borders = np.linspace(0, len(self.ids), _N_PIECES + 1).astype(int).tolist()
        parts = [part(*ends) for ends in zip(borders, borders[1:], strict=False)]
        brk = np.array([BREAK], np.int32)
        return np.concatenate([piece for start, end in parts for piece in (self.ids[start:end], brk)])


def reading_config(config: TrainConfig, searched: Collection[str]) -> TrainConfig:
    """The configuration to read a corpus with, so that it has the words of all candidates."""
    return dataclasses.replace(config, min_count=smallest_min_count(config, searched))


def search_settings(
    corpus: EncodedCorpus,
    config: TrainConfig,
    text: TextConfig,
    searched: Collection[str],
    seconds: float,
    score: Score | None = None,
    tell: Callable[[Trial], object] = lambda trial: None,
) -> list[Trial]:
    """Try settings around `config` for so many seconds; returns all trials (`search.best` chooses).

    corpus: was read with `reading_config`. searched: names among `search.SEARCHED`; the others stay as they are, and so
    do epochs where the corpus is too large to be tried whole, as few epochs of much text are not few of little. score:
    of a trained model; None for that of held-out text. Raises `ConfigError` for too little time or text.
    """
    whole = Text(corpus.ids, corpus.vocab)
    score = score or held_out_scorer(whole)
    trained(whole, config, text, 0.0, math.inf)  # compiles, or loads what is compiled
    until = time.monotonic() + seconds

    def measure(candidate: TrainConfig, share: float, until: float) -> float:
        try:
            return score(trained(whole, candidate, text, share, until))
        except _TimeIsUp:
            return math.nan
        except DivergedError:
            return -math.inf

    part = _largest_share(whole, config, text, seconds, until)
    if part < 1:
        searched = [name for name in searched if name != "epochs"]
        logger.info("settings are tried on %.3g %% of the text at most, so epochs stay as they are", 100 * part)
    left = until - time.monotonic()
    shares = [part * share for share in SHARES]
    return successive_halving(candidates(config, searched), measure, left, tell=tell, shares=shares)


def _largest_share(whole: Text, config: TrainConfig, how: TextConfig, seconds: float, until: float) -> float:
    """Of the text, so that the given settings could be tried often enough. Raises `ConfigError` where a glance takes
    all the time."""
    once = dataclasses.replace(config, epochs=1)
    share, began = min(1.0, _PROBE_TOKENS / max(len(whole.ids), 1)), time.monotonic()
    try:
        trained(whole, once, how, share, until)
    except _TimeIsUp:
        raise too_short() from None
    on_all = (time.monotonic() - began) / share * config.epochs
    part = seconds / len(SHARES) / _GIVEN_IN_TIME / (SHARES[0] * on_all)
    return part if part < _NEARLY_ALL else 1.0


def held_out_scorer(text: Text, seed: int = 1) -> Score:
    """The score of the held-out text. A word that a candidate leaves out has the vector 0, which is right as often as
    chance: so leaving words out has its price. Raises `ConfigError` where the text is too short."""
    n_words = len(text.vocab)
    pairs = held_out_pairs(text.held_out(), n_words, seed)
    if not len(pairs.words):
        raise ConfigError(
            "the text is too short to hold a part of it out; leave --autotune out, or give --validation FILE"
        )

    def score(model: Word2Vec) -> float:
        assert model.weights is not None
        inputs, outputs = model.input_vectors, model.weights.outputs[:, : model.config.vector_size]
        of_words = outputs[: len(inputs)] if model.config.objective.predicts_words else inputs
        missing = np.zeros((n_words - len(inputs), inputs.shape[1]), inputs.dtype)
        return held_out_score(pairs, np.concatenate([inputs, missing]), np.concatenate([of_words, missing]))

    return score


def trained(text: Text, config: TrainConfig, how: TextConfig, share: float, until: float) -> Word2Vec:
    """A model of a share of the text. Raises `_TimeIsUp`."""
    vocab = text.vocab.pruned(config.min_count, config.max_vocab)
    stream = text.trained(share)
    stream = stream[stream < len(vocab)]
    model = Word2Vec.from_config(config, how)
    model._set_vocab(vocab)
    weights = model.weights
    assert weights is not None
    load = Load(weights, stream, vocab.counts, config, word_rows=model.word_rows)
    train(load, make_schedule(config, len(stream), len(vocab)), pauses=_Until(until))
    model._changed()
    return model
