"""Quality: train on a corpus with several seeds, score on analogies and word similarity, print mean ± deviation.

    python -m bench.accuracy corpus.txt questions-words.txt wordsim353.tsv simlex999.txt --models sg cbow --losses ns hs
    python -m bench.accuracy corpus.txt questions-words.txt --peer gensim --seeds 1
    python -m bench.accuracy corpus.txt questions-words.txt --vectors gensim.bin other.w2v

Settings as in most published comparisons: d = 200, window 5, negative 5, sample 1e-4, min-count 5, 5 epochs, alpha
.025 for skip-gram and .05 for CBOW; analogies among the 30,000 commonest words.
"""

import argparse
import dataclasses
import itertools
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.throughput import ALPHA, split_corpus
from w2v.config import TextConfig, TrainConfig
from w2v.evaluate import (
    evaluate_analogies,
    evaluate_similarity,
    read_questions,
    read_similarity,
    sniff_evaluation_file,
)
from w2v.vectors import KeyedVectors

RESTRICT = 30_000


def main() -> None:
    """Train, score and print one row per setting."""
    args = parse_arguments()
    print("| vectors | seeds | seconds | " + " | ".join(Path(path).stem for path in args.files) + " |")
    print("|---|---|---|" + "---|" * len(args.files))
    for path in args.vectors:
        print_row(path, [(0.0, scores(KeyedVectors.load(path), args.files))])
    if args.vectors:
        return
    with tempfile.TemporaryDirectory() as folder:
        lines, _, _ = split_corpus(Path(args.corpus), 0, Path(folder))
        for model, loss, sharing, update in itertools.product(args.models, args.losses, args.sharing, args.updates):
            config = TrainConfig(
                model=model, loss=loss, negative_sharing=sharing, cbow_update=update, vector_size=200, sample=1e-4,
                threads=args.threads, alpha=args.alpha or ALPHA[model],
            )  # fmt: skip
            for trainer in (train_w2v, train_gensim) if args.peer == "gensim" else (train_w2v,):
                runs = []
                for seed in args.seeds:
                    began = time.monotonic()
                    source = lines if trainer is train_gensim else Path(args.corpus)
                    vectors = trainer(source, dataclasses.replace(config, seed=seed))
                    runs.append((time.monotonic() - began, scores(vectors, args.files)))
                extra = f", {sharing}" * (sharing != "window") + f", {update}" * (update != "word2vec")
                print_row(f"{trainer.__name__[6:]} {model} {loss}{extra}, {args.threads} threads", runs)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("files", nargs="+", help="analogy questions and word similarity files")
    parser.add_argument("--models", nargs="+", choices=("sg", "cbow"), default=["sg"])
    parser.add_argument("--losses", nargs="+", choices=("ns", "hs", "sampled"), default=["ns"])
    parser.add_argument("--sharing", nargs="+", choices=("window", "pair"), default=["window"])
    parser.add_argument("--updates", nargs="+", choices=("word2vec", "corrected"), default=["word2vec"])
    parser.add_argument("--alpha", type=float)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--peer", choices=("gensim",))
    parser.add_argument("--vectors", nargs="+", default=[], help="score these files instead of training")
    return parser.parse_args()


def train_w2v(corpus: Path, config: TrainConfig) -> KeyedVectors:
    """The whole run, from text to vectors."""
    from w2v.corpus import encode_corpus
    from w2v.model import Word2Vec

    model = Word2Vec.from_config(config)
    with encode_corpus([str(corpus)], TextConfig(), config) as encoded:
        model.prepare(encoded)
        model.run(encoded)
    return model.wv


def train_gensim(corpus: Path, config: TrainConfig) -> Any:
    """The same with gensim, from a corpus file."""
    from gensim.models import Word2Vec

    hs = int(config.loss == "hs")
    return Word2Vec(
        corpus_file=str(corpus), vector_size=config.vector_size, sg=int(config.model == "sg"), hs=hs,
        negative=0 if hs else config.negative, window=config.window, sample=config.sample, alpha=config.start_alpha,
        min_alpha=config.min_alpha, epochs=config.epochs, workers=config.n_threads, seed=config.seed,
    ).wv  # fmt: skip


def scores(vectors: Any, files: list[str]) -> list[float]:
    """One score per file: share of answered analogies that are right in percent, or Spearman's rho × 100."""
    found = []
    for path in files:
        if sniff_evaluation_file(path) == "analogies":
            report = evaluate_analogies(
                vectors.index_to_key, vectors.vectors, read_questions(path), restrict_vocab=RESTRICT
            )
            found.append(100 * (report.total.of_answered or 0.0))
        else:
            pairs = evaluate_similarity(
                vectors.index_to_key, vectors.vectors, read_similarity(path), restrict_vocab=RESTRICT
            )
            found.append(100 * pairs.spearman.statistic)
    return found


def print_row(name: str, runs: list[tuple[float, list[float]]]) -> None:
    """Median seconds, and mean ± standard deviation of each score over the runs."""
    columns = zip(*(values for _, values in runs), strict=True)
    cells = [
        f"{statistics.mean(column):.1f}" + (f" ± {statistics.stdev(column):.1f}" if len(runs) > 1 else "")
        for column in columns
    ]
    seconds = statistics.median(duration for duration, _ in runs)
    print(f"| {name} | {len(runs)} | {seconds:.0f} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
