"""A model of phrases: what is joined, pass by pass; applied to tokens, and as plain values for JSON.

Nothing here is compiled, so that questions to vectors start without the compiler.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from w2v.config import (
    MAX_PASSES,
    PHRASE_THRESHOLDS,
    PhraseConfig,
    TextConfig,
    check_delimiter,
    check_threshold,
    check_whole,
)
from w2v.corpus.tokens import normaliser, splitter
from w2v.errors import ConfigError, CorpusError, FormatError
from w2v.system.files import PathLike, atomic_writer

FORMAT, VERSION = "w2v-phrases", 1
TEXT_SETTINGS = ("lower", "nfc", "tokenize")
Pass = dict[tuple[str, ...], float]  # the words of each phrase, and its score
Look = Callable[[str, list[str], str], tuple[str, float] | None]


@dataclass(frozen=True)
class PhraseModel:
    """What becomes one token. A phrase is a word, any connector words, and a word; in later passes its words are
    phrases themselves."""

    passes: tuple[Pass, ...]
    connectors: frozenset[str] = frozenset()
    delimiter: str = "_"
    scoring: str = "default"
    threshold: float = 10.0
    min_count: int = 5
    text: Mapping[str, bool] = field(default_factory=dict)  # how the text was made into tokens: TEXT_SETTINGS

    @classmethod
    def of(cls, config: PhraseConfig, text: TextConfig, passes: Iterable[Pass]) -> "PhraseModel":
        """What these settings found in a text."""
        recipe = {name: getattr(text, name) for name in TEXT_SETTINGS}
        return cls(
            tuple(passes), config.connectors, config.phrases_delimiter, config.phrases_scoring, config.threshold,
            config.phrases_min_count, recipe,
        )  # fmt: skip

    # ---- new text

    def joined(self, tokens: Iterable[str]) -> list[str]:
        """Tokens with the phrases among them joined."""
        found = list(tokens)
        for phrases in self.passes:
            found = [token for token, _ in analysed(found, self.connectors, looking_up(phrases, self.delimiter))]
        return found

    def joined_text(self, line: str) -> list[str]:
        """The same, of a text that is made into tokens as that was from which the phrases were learned."""
        lower, nfc, tokenize = (self.text.get(name, False) for name in TEXT_SETTINGS)
        config = TextConfig(lower, nfc, tokenize)
        return self.joined(splitter(config)(normaliser(config)(line)))

    # ---- files

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON; the best phrases of a pass come first."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "scoring": self.scoring,
            "threshold": self.threshold,
            "min_count": self.min_count,
            "delimiter": self.delimiter,
            "connectors": sorted(self.connectors),
            "text": dict(self.text),
            "passes": [
                [[list(words), score] for words, score in sorted(phrases.items(), key=lambda item: (-item[1], item[0]))]
                for phrases in self.passes
            ],
        }

    @classmethod
    def from_facts(cls, facts: Any, source: str) -> "PhraseModel":
        """From what `facts` made, or whatever else is there. source: named in the `FormatError` that tells what is
        wrong."""
        try:
            return cls._checked(facts)
        except (TypeError, KeyError, ValueError, OverflowError, ConfigError) as error:
            raise FormatError(f"{source}: its phrases are malformed ({error}); the file is damaged") from error

    @classmethod
    def _checked(cls, facts: Any) -> "PhraseModel":
        if not isinstance(facts, dict) or facts.get("format") != FORMAT:
            raise ValueError(f"no {FORMAT}")
        if facts["version"] != VERSION:
            raise ValueError(f"version {str(facts['version'])[:20]!r}, and this program knows {VERSION}")
        connectors, text, passes = facts["connectors"], facts["text"], facts["passes"]
        if not isinstance(facts["scoring"], str):
            raise TypeError("the scoring is no text")
        if facts["scoring"] in PHRASE_THRESHOLDS:
            check_threshold("threshold", facts["scoring"], facts["threshold"])
        check_delimiter("delimiter", facts["delimiter"])
        check_whole("min_count", facts["min_count"], 1, 2**63 - 1)
        if not isinstance(connectors, list) or not all(isinstance(word, str) for word in connectors):
            raise TypeError("the connector words are no texts")
        if not isinstance(text, dict) or not all(text.get(name, False) in (True, False) for name in TEXT_SETTINGS):
            raise TypeError("the settings of its text are no truth values")
        if not isinstance(passes, list) or not all(isinstance(rows, list) for rows in passes):
            raise TypeError("the passes are no lists")
        check_whole("phrases", len(passes), 0, MAX_PASSES)
        return cls(
            tuple(dict(map(_phrase, rows)) for rows in passes), frozenset(connectors), facts["delimiter"],
            facts["scoring"], float(facts["threshold"]), facts["min_count"],
            {name: bool(text.get(name, False)) for name in TEXT_SETTINGS},
        )  # fmt: skip

    def save(self, path: PathLike) -> None:
        """Write a JSON file, whole or not at all."""
        write_json(path, self.facts())

    @classmethod
    def load(cls, path: PathLike) -> "PhraseModel":
        """Read what `save` or `w2v phrases` wrote. Raises `FormatError`, `CorpusError` for what cannot be opened."""
        return cls.from_facts(read_json(path), str(path))

    def __repr__(self) -> str:
        return f"<PhraseModel: {' + '.join(f'{len(phrases):,}' for phrases in self.passes)} phrases, {self.scoring}>"


def analysed(sentence: Iterable[str], connectors: frozenset[str], look: Look) -> Iterator[tuple[str, float | None]]:
    """Tokens of a sentence from left to right, each phrase joined and with its score; a word that ends a phrase begins
    none, as in gensim. look: the joined string and the score of a candidate, None for no phrase."""
    start, between = None, list[str]()
    for word in sentence:
        if word in connectors:
            if start is None:
                yield word, None
            else:
                between.append(word)
            continue
        found = None if start is None else look(start, between, word)
        if found is not None:
            yield found
            start, between = None, []
            continue
        if start is not None:
            yield start, None
            yield from ((other, None) for other in between)
        start, between = word, []
    if start is not None:
        yield start, None
        yield from ((other, None) for other in between)


def looking_up(phrases: Pass, delimiter: str) -> Look:
    """For `analysed`: what stands in a pass."""

    def look(first: str, between: list[str], last: str) -> tuple[str, float] | None:
        words = (first, *between, last)
        score = phrases.get(words)
        return None if score is None else (delimiter.join(words), score)

    return look


def _phrase(row: Any) -> tuple[tuple[str, ...], float]:
    words, score = row
    if not isinstance(words, list) or len(words) < 2 or not all(isinstance(word, str) and word for word in words):
        raise TypeError(f"{str(words)[:60]!r} where the words of a phrase belong")
    if type(score) not in (int, float) or not math.isfinite(score):
        raise ValueError(f"{str(score)[:20]!r} where a score belongs")
    return tuple(words), float(score)


def write_json(path: PathLike, facts: Any) -> None:
    """Write plain values to a file, whole or not at all."""
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    with atomic_writer(path) as file:
        file.write(text.encode("utf-8", "surrogatepass") + b"\n")


def read_json(path: PathLike) -> Any:
    """The plain values of a file. Raises `FormatError` for what is no JSON, `CorpusError` for what cannot be opened."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise CorpusError(f"cannot read the phrases {path}: {error.strerror or error}; check the path") from error
    if content[:1] == b"\x80":
        raise FormatError(f"{path} is a Python pickle, as gensim's save() writes; find its phrases anew")
    try:
        return json.loads(content.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is no file of phrases, which w2v phrases writes: it is no JSON ({error})") from error
