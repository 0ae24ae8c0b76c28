"""Which of the tokens that were counted become words, what each distinct string becomes, and the ledger of the rest."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2v.config import TrainConfig
from w2v.corpus.lexicon import Lexicon
from w2v.corpus.pruning import Dropped
from w2v.corpus.replacements import Replacements
from w2v.corpus.vocabulary import NO_RULES, Rules, Vocabulary, choose_words
from w2v.errors import CorpusError, NoKnownWordError, NoWordsError

logger = logging.getLogger("w2v")


@dataclass(frozen=True)
class TokenLedger:
    """What became of every token that was read: read = in the stream + rare + undecodable + joined."""

    n_read: int
    n_rare: int  # below min-count, beyond max-vocab, or not in the given vocabulary
    n_undecodable: int
    n_undecodable_bytes: int
    n_joined: int = 0  # part of a phrase, but for its first word: the phrase itself is a token

    @property
    def n_stream(self) -> int:
        """Tokens left to train on, before subsampling."""
        return self.n_read - self.n_rare - self.n_undecodable - self.n_joined

    def facts(self) -> dict[str, int]:
        """The numbers by name, for a file; that of joined tokens only where there are some."""
        facts = vars(self).copy()
        return facts if self.n_joined else {name: n for name, n in facts.items() if name != "n_joined"}


def choose_vocabulary(
    lexicon: Lexicon,
    config: TrainConfig,
    vocab: Vocabulary | None,
    extends: bool,
    dropped: Dropped,
    likely: Callable[[], str | None] = lambda: None,
    rules: Rules = NO_RULES,
) -> tuple[Vocabulary, Replacements, TokenLedger]:
    """Count the tokens that the distinct strings stand for, choose the words, and say what each string becomes.

    vocab: these words instead of chosen ones; with `extends`, these and all that are chosen. likely: tells the
    encoding that the text seems to have, should it be another. Raises `CorpusError` when
    there is no token, or fewer than two words are left.
    """
    offsets, token_ids = lexicon.offsets, lexicon.token_ids
    counts, first_seen = token_occurrences(lexicon)
    if not counts.any():
        raise NoWordsError(_all_dropped(dropped) if dropped.n_tokens else nothing_read(lexicon, likely))
    if vocab is None:
        try:
            vocab, word_ids = _select(lexicon, counts, first_seen, config, rules)
        except NoWordsError:
            if (n_decoded := int(counts.sum())) >= lexicon.n_undecodable:
                raise
            raise NoWordsError(nothing_read(lexicon, likely, n_decoded)) from None  # the reason behind it
    else:
        places = np.flatnonzero(counts)  # at the others there may be bytes that are no word
        words = lexicon.words(places)
        if extends:
            least, most = config.min_count, config.max_vocab
            vocab = vocab.extended(words, counts[places], first_seen[places], least, most, rules)
        else:
            vocab = _given(vocab, config)
        word_ids = np.full(len(counts), -1, np.int32)
        word_ids[places] = [vocab.ids.get(word, -1) for word in words]
        if not counts[word_ids >= 0].any():
            said = "no word of the given vocabulary occurs in the corpus; check --read-vocab"
            raise NoKnownWordError(said, int(counts.sum()))
    replaced = word_ids[token_ids]
    kept = replaced >= 0
    n_kept = np.concatenate([[0], np.cumsum(kept)])[offsets]
    ledger = TokenLedger(
        int(counts.sum()) + lexicon.n_undecodable + dropped.n_tokens,
        int(counts[word_ids < 0].sum()) + dropped.n_tokens - dropped.n_undecodable,
        lexicon.n_undecodable + dropped.n_undecodable,
        lexicon.n_undecodable_bytes + dropped.n_undecodable_bytes,
    )
    return vocab, Replacements(n_kept, replaced[kept]), ledger


def token_occurrences(lexicon: Lexicon) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(counts, where each first occurs) of the tokens, by their ids there: int64 (places,)."""
    lengths = np.diff(lexicon.offsets)
    place_in_string = np.arange(len(lexicon.token_ids)) - np.repeat(lexicon.offsets[:-1], lengths)
    counts = np.bincount(lexicon.token_ids, np.repeat(lexicon.counts, lengths), lexicon.n_places).astype(np.int64)
    first_seen = np.full(lexicon.n_places, np.iinfo(np.int64).max)
    np.minimum.at(first_seen, lexicon.token_ids, np.repeat(lexicon.first_seen, lengths) + place_in_string)
    return counts, first_seen


def _all_dropped(dropped: Dropped) -> str:
    return (
        f"--vocab-memory holds none of the words: all {dropped.n_tokens:,} tokens were dropped while counting; give "
        "more, or take out what is no word, such as a token of megabytes"
    )


def nothing_read(lexicon: Lexicon, likely: Callable[[], str | None], n_decoded: int = 0) -> str:
    """What is said of a corpus without a token. likely: tells the encoding that it seems to have."""
    if lexicon.n_undecodable:
        n_read = lexicon.n_undecodable + n_decoded
        which = f"{lexicon.n_undecodable:,} of the {n_read:,}" if n_decoded else f"none of the {n_read:,}"
        encoding = likely()
        advice = f"it looks like --encoding {encoding}" if encoding else "name its --encoding"
        return f"{which} tokens of the corpus can{'not' * (n_decoded > 0)} be decoded; {advice}"
    return "the corpus is empty: it holds no token; give a text with words in it"


def _select(
    lexicon: Lexicon, counts: NDArray[np.int64], first_seen: NDArray[np.int64], config: TrainConfig, rules: Rules
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """Choose by min-count and max-vocab; returns the vocabulary and each token's word id, −1 for a rare one."""
    chosen = choose_words(counts, first_seen, config.min_count, config.max_vocab, rules, lexicon.words)
    words = lexicon.words(chosen)
    if len(chosen) == config.max_vocab and (n_equal := _n_left_out(counts, chosen)):
        logger.info(
            "max-vocab keeps %d words; %d more occur as often as the last of them (gensim leaves all of these out)",
            len(chosen), n_equal,
        )  # fmt: skip
    if len(chosen) == 0:
        top = choose_words(counts, first_seen, 1, 1)
        n_top = int(counts[top[0]])
        times = "once" if n_top == 1 else f"{n_top:,} times"
        raise NoWordsError(
            f"no word occurs at least {config.min_count} times: the commonest, {lexicon.words(top)[0]!r}, occurs "
            f"{times}; try --min-count {min(n_top, 2)}"
        )
    if len(chosen) == 1:
        times = "at all" if config.min_count <= 1 else f"at least {config.min_count} times"
        raise NoWordsError(
            f"only one word, {words[0]!r}, occurs {times}; training needs two: give more text or a smaller --min-count"
        )
    word_ids = np.full(len(counts), -1, np.int32)
    word_ids[chosen] = np.arange(len(chosen))
    vocab = Vocabulary(words, counts[chosen])
    return vocab.with_null_word() if rules.has_null_word else vocab, word_ids


def _n_left_out(counts: NDArray[np.int64], chosen: NDArray[np.int64]) -> int:
    """How many tokens that were not chosen occur as often as the rarest that was."""
    least = counts[chosen].min()
    return int(np.count_nonzero(counts == least) - np.count_nonzero(counts[chosen] == least))


def _given(vocab: Vocabulary, config: TrainConfig) -> Vocabulary:
    """A vocabulary read from a file, with min-count and max-vocab applied to its own counts; or that of a model, whose
    words keep their places."""
    if config.min_count > 0 or config.max_vocab is not None:
        vocab = vocab.pruned(config.min_count, config.max_vocab)
    if len(vocab) < 2:
        raise CorpusError(
            f"fewer than two words of the given vocabulary have a count of at least {config.min_count}; "
            "lower --min-count"
        )
    return vocab
