"""Phrases beside gensim's `Phrases`: found in a text file, and found and joined in two passes.

Both read the text of lines with 9,000 words, count all words and pairs, and score them by the same formula; two threads
of ours beside gensim's one, which is all that it has. The phrases are compared, too.
"""

from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from bench.sides import Comparison, SideError, alternate, say
from w2v.config import PhraseConfig, TextConfig
from w2v.corpus.encode import look_at_corpus
from w2v.phrases.learning import PhraseStep, learned

TARGET = {"gensim": 50.0}
_THREADS = 2


def measure(args: Namespace) -> Iterator[Comparison]:
    """A row for each scoring, and one for two passes with everything joined."""
    piece = args.texts.slice(10 * args.slice_words) if args.quick else args.texts.whole
    say(f"phrases of {piece.n_words:,} words")
    for scoring in ("default", "npmi"):
        config = PhraseConfig(phrases=1, phrases_scoring=scoring)
        ours = find(args.texts.slice(100_000).path, config)  # compiles
        if args.gensim:
            check_same(args.texts.slice(100_000).path, config, ours)
        sides: dict[str, Callable[[], Any]] = {"w2v": partial(find, piece.path, config)}
        if args.gensim:
            sides["gensim"] = partial(find_gensim, piece.path, config)
        yield Comparison(
            "phrases", f"found, {scoring} scoring", alternate(_timed(sides), args.rounds), piece.n_words, "words/s",
            TARGET, note=f"{piece.n_words:,} words",
        )  # fmt: skip
    config = PhraseConfig(phrases=2)
    sides = {"w2v": partial(find_and_join, piece.path, config)}
    if args.gensim:
        sides["gensim"] = partial(find_and_join_gensim, piece.path, config)
    yield Comparison(
        "phrases", "found and joined, two passes", alternate(_timed(sides), args.rounds), piece.n_words, "words/s",
        TARGET, note=f"{piece.n_words:,} words",
    )  # fmt: skip


def _timed(sides: dict[str, Callable[[], Any]]) -> dict[str, Callable[[], float | None]]:
    """The same, whose results are no seconds and are dropped."""
    return {name: (lambda run=run: run() and None) for name, run in sides.items()}  # type: ignore[misc]


def find(path: Path, config: PhraseConfig) -> dict[tuple[str, ...], float]:
    """Ours: the phrases of one pass."""
    found, _ = look_at_corpus([str(path)], TextConfig(), lambda tokens, _: learned(tokens, config, _THREADS), _THREADS)
    return found


def find_and_join(path: Path, config: PhraseConfig) -> PhraseStep:
    """Ours: all passes, and the text with the phrases joined, as ids on disk."""
    step = PhraseStep(config, TextConfig(), _THREADS)
    look_at_corpus([str(path)], TextConfig(), step, _THREADS)
    return step


def find_gensim(path: Path, config: PhraseConfig) -> dict[str, float]:
    """gensim's: the phrases of one pass."""
    return _gensim(_lines(path), config).export_phrases()


def find_and_join_gensim(path: Path, config: PhraseConfig) -> int:
    """gensim's: two passes, and the text with the phrases joined, of which nothing is kept."""
    first = _gensim(_lines(path), config)
    second = _gensim(first[_lines(path)], config)
    return sum(map(len, second[first[_lines(path)]]))


def _gensim(sentences: Any, config: PhraseConfig) -> Any:
    from gensim.models.phrases import Phrases

    return Phrases(sentences, scoring=config.phrases_scoring, threshold=config.threshold)


def _lines(path: Path) -> Any:
    from gensim.models.word2vec import LineSentence

    return LineSentence(str(path))


def check_same(path: Path, config: PhraseConfig, ours: dict[tuple[str, ...], float]) -> None:
    """Raise `SideError` unless gensim finds the same phrases with the same scores."""
    theirs = find_gensim(path, config)
    joined = {"_".join(words): score for words, score in ours.items()}
    differs = chain(
        joined.keys() ^ theirs.keys(), (name for name, score in joined.items() if abs(score - theirs[name]) > 1e-6)
    )
    if (name := next(differs, None)) is not None:
        raise SideError(f"gensim and w2v do not agree on the phrase {name!r}")
