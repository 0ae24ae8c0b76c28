"""Phrases beside gensim's `Phrases`: the whole command, phrases found in a text, and found and joined in two passes.

Both read the text of lines with 9,000 words, count all words and pairs, and score them by the same formula; two threads
of ours beside gensim's one, which is all that it has. The phrases are compared, too. The floor is reading and numbering
alone: what is left if finding phrases took no time.
"""

from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from bench.programs import python, run_program, w2v
from bench.sides import Comparison, SideError, alternate, say, wanted
from w2v.config import PhraseConfig, TextConfig
from w2v.corpus.encode import look_at_corpus
from w2v.phrases.learning import PhraseStep, learned

TARGET = {"gensim": 50.0}
_THREADS = 2
_GENSIM = """
import sys
from gensim.models.phrases import Phrases
from gensim.models.word2vec import LineSentence
print(len(Phrases(LineSentence(sys.argv[1])).export_phrases()))
"""


def measure(args: Namespace) -> Iterator[Comparison]:
    """A row for the command, one for each scoring, and one for two passes with everything joined."""
    piece, small = (
        args.texts.slice(10 * args.slice_words) if args.quick else args.texts.whole,
        args.texts.slice(100_000),
    )
    say(f"phrases of {piece.n_words:,} words")
    rows: dict[str, tuple[str, dict[str, Callable[[], Any]]]] = {}
    found, twice = args.texts.folder / "phrases.json", PhraseConfig(phrases=2)
    rows["whole"] = (
        "the whole command, start to saved phrases",
        {
            "w2v": lambda: run_program("w2v", _command(piece.path, found)).seconds,
            "gensim": lambda: run_program("gensim", python(_GENSIM, piece.path)).seconds,
        },
    )
    for scoring in ("default", "npmi"):
        config = PhraseConfig(phrases=1, phrases_scoring=scoring)
        rows[f"found-{scoring}"] = (
            f"found, {scoring} scoring",
            {
                "w2v": partial(find, piece.path, config),
                "w2v, reading alone": partial(read, piece.path),
                "gensim": partial(find_gensim, piece.path, config),
            },
        )
    rows["twice"] = (
        "found and joined, two passes",
        {"w2v": partial(find_and_join, piece.path, twice), "gensim": partial(find_and_join_gensim, piece.path, twice)},
    )
    for scoring in ("default", "npmi"):
        config = PhraseConfig(phrases=1, phrases_scoring=scoring)
        ours = find(small.path, config)  # compiles
        if args.gensim:
            check_same(small.path, config, ours)
    find_and_join(small.path, twice)
    run_program("w2v", _command(small.path, found))
    for key, (what, sides) in rows.items():
        if not wanted(key, args.only):
            continue
        shown = {name: run for name, run in sides.items() if name != "gensim" or args.gensim}
        yield Comparison(
            "phrases", what, alternate(_timed(shown), args.rounds), piece.n_words, "words/s", TARGET,
            note=f"{piece.n_words:,} words",
        )  # fmt: skip


def _command(text: Path, output: Path) -> list[str]:
    return w2v("phrases", text, "-o", output, "--threads", _THREADS)


def read(path: Path) -> object:
    """Ours: what stands before."""
    return look_at_corpus([str(path)], TextConfig(), lambda tokens, _: len(tokens.ids), _THREADS)


def _timed(sides: dict[str, Callable[[], Any]]) -> dict[str, Callable[[], float | None]]:
    """The same; results that are no seconds are dropped."""

    def timed(run: Callable[[], Any]) -> float | None:
        found = run()
        return found if isinstance(found, float) else None

    return {name: partial(timed, run) for name, run in sides.items()}


def find(path: Path, config: PhraseConfig) -> dict[tuple[str, ...], float]:
    """Ours: the phrases of one pass."""
    (found, _), _ = look_at_corpus(
        [str(path)], TextConfig(), lambda tokens, _: learned(tokens, config, _THREADS), _THREADS
    )
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
