"""Training speed, w2v beside gensim, in one run: words per second of raw text, medians of alternating rounds.

    python -m bench.throughput corpus.txt                       skip-gram, d = 300 and 100, 1 and 2 threads
    python -m bench.throughput corpus.txt --models cbow --losses ns hs --sizes 200 --rounds 5

The vocabulary is that of the whole corpus, so that the matrices have their real size; the rounds train one epoch on a
slice of it. Both get the same text: one file with sentences of 9,000 words where the corpus has longer ones, since
gensim drops what comes after the 10,000th. Reading the vocabulary and compiling are not in the figures.
"""

import argparse
import itertools
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from w2v.config import TextConfig, TrainConfig
from w2v.corpus import encode_corpus
from w2v.trainer import Schedule, initial_weights, train

SENTENCE = 9_000
ALPHA = {"sg": 0.025, "cbow": 0.05}


def main() -> None:
    """Measure every combination asked for and print a table of medians and ratios."""
    args = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        whole, part, n_words = split_corpus(Path(args.corpus), args.slice_words, Path(folder))
        machine = platform.processor() or platform.machine()
        print(f"{machine}, Python {platform.python_version()}, numpy {np.__version__}; slice of {n_words:,} words;")
        print(f"{args.rounds} alternating rounds; window 5, negative 5, sample {args.sample:g}")
        print("| model | loss | d | threads | gensim words/s | w2v words/s | ratio (min … max) |")
        print("|---|---|---|---|---|---|---|")
        results = []
        for model, loss, size, threads in itertools.product(args.models, args.losses, args.sizes, args.threads):
            config = TrainConfig(
                model=model,
                loss=loss,
                vector_size=size,
                threads=threads,
                sample=args.sample,
                alpha=ALPHA[model],
                epochs=1,
            )
            with ExitStack() as files:
                ours, gensims = w2v_round(whole, part, config, files), gensim_round(whole, part, n_words, config)
                rates = [(n_words / gensims(), n_words / ours()) for _ in range(args.rounds)]
            results.append(report(config, rates))
        if args.json:
            Path(args.json).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="a plain text file")
    parser.add_argument("--models", nargs="+", choices=("sg", "cbow"), default=["sg"])
    parser.add_argument("--losses", nargs="+", choices=("ns", "hs"), default=["ns"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[300, 100])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--sample", type=float, default=1e-4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slice-words", type=int, default=2_000_000, help="words trained per round")
    parser.add_argument("--json", help="also write the figures to this file")
    return parser.parse_args()


def split_corpus(corpus: Path, n_slice: int, folder: Path) -> tuple[Path, Path, int]:
    """The whole corpus and its first `n_slice` words, in sentences that gensim does not cut; and the words of the
    slice."""
    whole, part, n_words = folder / "whole.txt", folder / "slice.txt", 0
    with open(corpus, encoding="utf-8") as lines, open(whole, "w") as all_words, open(part, "w") as some_words:
        for line in lines:
            words = line.split()
            for start in range(0, len(words), SENTENCE):
                sentence = words[start : start + SENTENCE]
                text = " ".join(sentence) + "\n"
                all_words.write(text)
                if n_words < n_slice:
                    some_words.write(text)
                    n_words += len(sentence)
    return whole, part, n_words


def w2v_round(whole: Path, part: Path, config: TrainConfig, files: ExitStack) -> Callable[[], float]:
    """A function that trains one epoch on the slice and returns its seconds, until `files` are closed."""
    with encode_corpus([str(whole)], TextConfig(), config) as corpus:
        vocab = corpus.vocab
    sliced = files.enter_context(encode_corpus([str(part)], TextConfig(), config, vocab))
    weights = initial_weights(len(vocab), config)
    schedule = Schedule(config.start_alpha, config.min_alpha, 1, len(sliced.ids))
    train(sliced.ids[:1000], vocab.counts, weights, config, schedule)  # compiles

    def run() -> float:
        began = time.perf_counter()
        train(sliced.ids, vocab.counts, weights, config, schedule)
        return time.perf_counter() - began

    return run


def gensim_round(whole: Path, part: Path, n_words: int, config: TrainConfig) -> Callable[[], float]:
    """The same with gensim, from a corpus file: its fastest way."""
    from gensim.models import Word2Vec

    hs = int(config.loss == "hs")
    model = Word2Vec(
        vector_size=config.vector_size, sg=int(config.model == "sg"), hs=hs, negative=0 if hs else config.negative,
        window=config.window, sample=config.sample, min_count=config.min_count, workers=config.n_threads,
        alpha=config.start_alpha, epochs=1,
    )  # fmt: skip
    model.build_vocab(corpus_file=str(whole))

    def run() -> float:
        began = time.perf_counter()
        model.train(corpus_file=str(part), total_examples=model.corpus_count, total_words=n_words, epochs=1)
        return time.perf_counter() - began

    return run


def report(config: TrainConfig, rates: list[tuple[float, float]]) -> dict[str, Any]:
    """Print one row and return its figures."""
    gensim, ours = (statistics.median(column) for column in zip(*rates, strict=True))
    ratios = sorted(mine / theirs for theirs, mine in rates)
    ratio = statistics.median(ratios)
    print(
        f"| {config.model} | {config.loss} | {config.vector_size} | {config.n_threads} | {gensim:,.0f} | {ours:,.0f} "
        f"| **{ratio:.1f}** ({ratios[0]:.1f} … {ratios[-1]:.1f}) |",
        flush=True,
    )
    return {
        "model": config.model, "loss": config.loss, "vector_size": config.vector_size, "threads": config.n_threads,
        "gensim": gensim, "w2v": ours, "ratio": ratio, "rounds": rates,
    }  # fmt: skip


if __name__ == "__main__":
    main()
