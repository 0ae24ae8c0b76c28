"""From a text file to vocabulary and word ids: all words of the corpus, tokens per second.

gensim only counts (`build_vocab(corpus_file=...)`), and so does word2vec.c (`-save-vocab` without `-output`); ours also
writes the ids. The file is in the system's cache for all.
"""

import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.peers import External
from bench.programs import run_program
from bench.sides import Comparison, alternate, say
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus

TARGETS = {"gensim": 15.0, "word2vec.c": 4.0}


def measure(args: Namespace) -> Iterator[Comparison]:
    """One row with two threads and one with one, from the same rounds."""
    piece = args.texts.slice(10 * args.slice_words) if args.quick else args.texts.whole
    say(f"reading {piece.n_words:,} words")
    encode(piece.path, 1)  # compiles
    sides: dict[str, Callable[[], float | None]] = {
        "w2v": partial(encode, piece.path, 2),
        "1 thread": partial(encode, piece.path, 1),
    }
    if args.gensim:
        sides["gensim"] = partial(count_gensim, piece.path)
    externals = [external for external in args.peers if external.peer.name == "word2vec.c"]
    sides |= {external.name: partial(count_word2vec_c, external, piece.path) for external in externals}
    targets = TARGETS | {external.name: TARGETS["word2vec.c"] for external in externals}
    seconds = alternate(sides, args.rounds)
    theirs = {side: rounds for side, rounds in seconds.items() if side not in ("w2v", "1 thread")}
    for n_threads, side in ((2, "w2v"), (1, "1 thread")):
        ours = {"w2v": seconds[side]} if side in seconds else {}
        yield Comparison(
            "reading", f"text to vocabulary and ids, {n_threads} thread{'s' * (n_threads > 1)}",
            ours | theirs, piece.n_words, "words/s", targets if n_threads == 2 else {},
            note=f"{piece.n_words:,} words",
        )  # fmt: skip


def encode(path: Path, n_threads: int) -> None:
    """Ours: words counted and chosen, ids on disk."""
    with encode_corpus([str(path)], TextConfig(), TrainConfig(threads=n_threads)):
        pass


def count_gensim(path: Path) -> None:
    """gensim's first pass."""
    from gensim.models import Word2Vec

    Word2Vec(vector_size=1, workers=2, min_count=5).build_vocab(corpus_file=str(path))


def count_word2vec_c(external: External, path: Path) -> float:
    """word2vec.c's counting pass."""
    command = [external.path, "-train", str(path), "-save-vocab", os.devnull, "-min-count", "5", "-debug", "0"]
    return run_program(external.name, command).seconds
