"""`Phrases` and `FrozenPhrases`: gensim 4's classes, counted by compiled code.

What differs: words are counted exactly (`max_vocab_size` is ignored), files are JSON, and `export_phrases` of words
that have the delimiter inside names their own scores, while gensim takes such words apart and scores the pieces.
"""

import itertools
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from w2v.config import TextConfig, check_delimiter, check_threshold, check_whole
from w2v.corpus.encode import look_at_corpus
from w2v.errors import ConfigError, FormatError
from w2v.phrases.counting import Candidates, count_candidates, may_be_alike
from w2v.phrases.files import load_phrases
from w2v.phrases.learning import above, words_of
from w2v.phrases.model import PhraseModel, analysed, looking_up, read_json, write_json
from w2v.phrases.scoring import SCORERS, Scorer, check_scorer
from w2v.system.files import PathLike
from w2v.system.parallel import usable_cpus

_FORMAT, _VERSION = "w2v-phrase-counts", 1
_MEMORY = 2_000_000_000  # bytes, of the tables of candidates
_MOST_CORPUS = 40_000_000  # gensim's default


class _Transformation:
    """What applies to sentences: all that says what a phrase is."""

    def __init__(self, connector_words: Iterable[str]) -> None:
        self.connector_words = frozenset(connector_words)

    def score_candidate(self, word_a: str, word_b: str, in_between: list[str]) -> tuple[str | None, float | None]:
        """The joined string and the score; (None, None) for no phrase."""
        raise NotImplementedError

    def analyze_sentence(self, sentence: Iterable[str]) -> Iterator[tuple[str, float | None]]:
        """Tokens of a sentence, those of a phrase joined and with its score, others with None."""

        def look(first: str, between: list[str], last: str) -> tuple[str, float] | None:
            phrase, score = self.score_candidate(first, last, between)
            return None if phrase is None or score is None else (phrase, score)

        return analysed(sentence, self.connector_words, look)

    def __getitem__(self, sentence: Any) -> Any:
        """The sentence as a list of tokens with its phrases joined; for an iterable of sentences, one of such lists,
        made as it is gone through, and again each time if that can be."""
        first, items = _peeked(sentence)
        if first is None or isinstance(first, str):
            return [token for token, _ in self.analyze_sentence(items)]
        return _Transformed(self, items)

    def find_phrases(self, sentences: Iterable[Iterable[str]]) -> dict[str, float]:
        """The phrases that are joined in these sentences, and their scores."""
        found = itertools.chain.from_iterable(map(self.analyze_sentence, sentences))
        return {phrase: score for phrase, score in found if score is not None}


class _Transformed:
    """Sentences with phrases joined, for as often as the sentences can be gone through."""

    def __init__(self, phrases: _Transformation, sentences: Iterable[Any]) -> None:
        self.phrases, self.sentences = phrases, sentences

    def __iter__(self) -> Iterator[list[str]]:
        return (self.phrases[sentence] for sentence in self.sentences)


def _peeked(items: Iterable[Any]) -> tuple[Any, Iterable[Any]]:
    """The first item, None if there is none; and all of them."""
    iterator = iter(items)
    first = next(iterator, None)
    return first, items if iterator is not items else itertools.chain([] if first is None else [first], iterator)


class Phrases(_Transformation):
    """Find words that belong together, as gensim's class of this name does, with the same counts and scores.

    sentences: an iterable of token lists, or paths of text files. scoring: "default", "npmi", or a function of
    worda_count, wordb_count, bigram_count, len_vocab, min_count and corpus_word_count. workers: threads that count.
    Raises `ConfigError` for settings out of range.
    """

    def __init__(
        self,
        sentences: Any = None,
        min_count: int = 5,
        threshold: float = 10.0,
        max_vocab_size: int = _MOST_CORPUS,
        delimiter: str = "_",
        progress_per: int = 10_000,
        scoring: Any = "default",
        connector_words: Iterable[str] = frozenset(),
        workers: int | None = None,
    ) -> None:
        if max_vocab_size != _MOST_CORPUS:
            warnings.warn("max_vocab_size is not needed: all words and pairs are counted exactly", stacklevel=2)
        check_whole("min_count", min_count, 1, 2**63 - 1)
        check_delimiter("delimiter", delimiter)
        if isinstance(scoring, str) and scoring in SCORERS:
            check_threshold("threshold", scoring, threshold)
        self.scoring: Scorer = SCORERS.get(scoring, scoring)
        check_scorer(self.scoring)
        self.min_count, self.threshold, self.delimiter = min_count, threshold, delimiter
        super().__init__(connector_words)
        self.workers, self.corpus_word_count = workers, 0
        self._vocab: dict[str, int] | None = {}
        self._counted: tuple[Candidates, Sequence[str]] | None = None  # while there was one corpus
        self._may_be_alike = False
        self._exported: tuple[Any, dict[tuple[str, ...], float]] | None = None
        if sentences is not None:
            self.add_vocab(sentences)

    # ---- counts

    def add_vocab(self, sentences: Any) -> None:
        """Count these sentences, too."""
        if isinstance(sentences, str) or hasattr(sentences, "__fspath__"):
            sentences = [sentences]
        n_threads = self.workers or usable_cpus()
        before = None if self._vocab == {} and self._counted is None else self.vocab
        counted, _ = look_at_corpus(
            sentences,
            TextConfig(),
            lambda tokens, _: (
                count_candidates(tokens, self.connector_words, self.delimiter, 1, _MEMORY, n_threads),
                tokens.words,
            ),
            n_threads,
        )
        self.corpus_word_count += counted[0].n_tokens
        self._counted, self._vocab, self._exported = counted, None, None
        self._may_be_alike = may_be_alike(counted[1], self.delimiter)
        if before is not None:
            for string, count in self.vocab.items():
                before[string] = before.get(string, 0) + count
            self._counted, self._vocab = None, before

    @property
    def vocab(self) -> dict[str, int]:
        """How often each word and each candidate occurs, by the joined string; made at the first use."""
        if self._vocab is None:
            assert self._counted is not None
            found, words = self._counted
            self._vocab = {words[word]: int(found.words[word]) for word in np.flatnonzero(found.words).tolist()}
            strings = map(self.delimiter.join, words_of(found, words, np.arange(len(found.first))))
            self._vocab.update(zip(strings, found.counts.tolist(), strict=True))
        return self._vocab

    # ---- phrases

    def score_candidate(self, word_a: str, word_b: str, in_between: list[str]) -> tuple[str | None, float | None]:
        """The joined string and the score; (None, None) for no phrase."""
        phrase = self.delimiter.join([word_a, *in_between, word_b])
        counts = [self.vocab.get(string, 0) for string in (word_a, word_b, phrase)]
        if min(counts) <= 0:
            return None, None
        totals = len(self.vocab), self.min_count, self.corpus_word_count
        score = self.scoring(counts[0], counts[1], counts[2], *totals)
        return (phrase, float(score)) if score > self.threshold else (None, None)

    def analyze_sentence(self, sentence: Iterable[str]) -> Iterator[tuple[str, float | None]]:
        """Tokens of a sentence, those of a phrase joined and with its score, others with None."""
        if self._counted is None or self._may_be_alike:
            return super().analyze_sentence(sentence)
        return analysed(sentence, self.connector_words, looking_up(self._phrases(), self.delimiter))

    def _phrases(self) -> dict[tuple[str, ...], float]:
        """The words and the score of each phrase."""
        settings = (self.scoring, self.threshold, self.min_count)
        if self._exported is None or self._exported[0] != settings:
            if self._counted is not None:
                found, _ = above(*self._counted, self.scoring, self.threshold, self.min_count)
            else:
                parts = (string.split(self.delimiter) for string in self.vocab if self.delimiter in string)
                scored = ((words, self.score_candidate(words[0], words[-1], words[1:-1])[1]) for words in parts)
                found = {tuple(words): score for words, score in scored if score is not None}
            self._exported = settings, found
        return self._exported[1]

    def export_phrases(self) -> dict[str, float]:
        """All phrases and their scores."""
        return {self.delimiter.join(words): score for words, score in self._phrases().items()}

    def freeze(self) -> "FrozenPhrases":
        """What applies these phrases, and counts no more."""
        return FrozenPhrases(self)

    # ---- files

    def save(self, fname: PathLike) -> None:
        """Write all counts as JSON, so that `add_vocab` can go on; `freeze().save` writes the phrases only, which is
        what the commands read. Raises `ConfigError` for a scoring function of the user's."""
        write_json(
            fname,
            {
                "format": _FORMAT,
                "version": _VERSION,
                "scoring": _name_of(self.scoring),
                "threshold": self.threshold,
                "min_count": self.min_count,
                "delimiter": self.delimiter,
                "connectors": sorted(self.connector_words),
                "corpus_word_count": self.corpus_word_count,
                "vocab": self.vocab,
            },
        )

    @classmethod
    def load(cls, fname: PathLike) -> Self:
        """Read what `save` wrote. Raises `FormatError`."""
        facts = read_json(fname)
        try:
            if facts["format"] != _FORMAT or facts["version"] != _VERSION:
                raise ValueError(f"no {_FORMAT} of version {_VERSION}; FrozenPhrases.load reads phrases without counts")
            vocab, connectors = facts["vocab"], facts["connectors"]
            if not isinstance(connectors, list) or not all(isinstance(word, str) for word in connectors):
                raise TypeError("the connector words are no texts")
            if not isinstance(facts["scoring"], str) or facts["scoring"] not in SCORERS:
                raise ValueError("the scoring is unknown")
            if not isinstance(vocab, dict) or not all(type(n) is int and 0 < n < 2**63 for n in vocab.values()):
                raise TypeError("the counts are no whole numbers")
            check_whole("corpus_word_count", facts["corpus_word_count"], 0, 2**63 - 1)
            phrases = cls(
                None, facts["min_count"], facts["threshold"], delimiter=facts["delimiter"], scoring=facts["scoring"],
                connector_words=connectors,
            )  # fmt: skip
        except (TypeError, KeyError, ValueError, ConfigError) as error:
            raise FormatError(f"{fname}: its counts of phrases are malformed ({error})") from error
        phrases._vocab, phrases.corpus_word_count = vocab, facts["corpus_word_count"]
        return phrases

    def __repr__(self) -> str:
        counted = self._counted
        n = len(self._vocab) if self._vocab is not None else counted[0].n_strings if counted else 0
        return f"<Phrases: {n:,} words and candidates, min_count {self.min_count}, threshold {self.threshold:g}>"


class FrozenPhrases(_Transformation):
    """Phrases without the counts that they came from: smaller, and faster to apply."""

    def __init__(self, phrases_model: Phrases | PhraseModel) -> None:
        if isinstance(phrases_model, Phrases):
            one = phrases_model
            scoring = next((name for name, scorer in SCORERS.items() if scorer is one.scoring), repr(one.scoring))
            phrases_model = PhraseModel(
                (one._phrases(),), one.connector_words, one.delimiter, scoring, one.threshold, one.min_count
            )
        self.model = model = phrases_model
        super().__init__(self.model.connectors)
        self.threshold, self.min_count, self.delimiter = model.threshold, model.min_count, model.delimiter
        self.scoring: Any = SCORERS.get(model.scoring, model.scoring)

    def export_phrases(self) -> dict[str, float]:
        """All phrases and their scores."""
        return {self.delimiter.join(words): score for phrases in self.model.passes for words, score in phrases.items()}

    phrasegrams = property(export_phrases)

    def analyze_sentence(self, sentence: Iterable[str]) -> Iterator[tuple[str, float | None]]:
        """Tokens of a sentence, those of a phrase joined and with its score, others with None; pass after pass."""
        tokens, known = list(sentence), dict[str, float]()
        for phrases in self.model.passes:
            found = list(analysed(tokens, self.connector_words, looking_up(phrases, self.delimiter)))
            known.update((token, score) for token, score in found if score is not None)
            tokens = [token for token, _ in found]
        return ((token, known.get(token)) for token in tokens)

    def save(self, fname: PathLike) -> None:
        """Write the phrases as JSON, as `w2v phrases` does."""
        self.model.save(fname)

    @classmethod
    def load(cls, fname: PathLike) -> Self:
        """Read what `save` or `w2v phrases` wrote, or the phrases of a model of word vectors. Raises `FormatError`."""
        return cls(load_phrases(fname))

    def __repr__(self) -> str:
        return f"<FrozenPhrases: {self.model!r}>"


Phraser = FrozenPhrases  # gensim 3's name


def _name_of(scorer: Any) -> str:
    name = next((name for name, known in SCORERS.items() if known is scorer), None)
    if name is None:
        raise ConfigError(f"{scorer!r} is code, which a file does not hold; save freeze(), or score by name")
    return name
