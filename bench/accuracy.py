"""Accuracy: train with several seeds, score on analogies and word similarity, beside gensim at the same settings.

Settings as in most published comparisons: d = 200, window 5, negative 5, sample 1e-4, min-count 5, 5 epochs, alpha
.025 for skip-gram and .05 for CBOW; analogies among the 30,000 commonest words, percent right of those answered; word
similarity as Spearman's ρ × 100. Mean ± standard deviation over the seeds; ✓: the mean is not below gensim's by more
than one standard deviation, the larger one of the two.
"""

import dataclasses
from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from bench.peers import ALPHA, NEGATIVE, SAMPLE, WINDOW
from bench.sides import FAILURES, Figure, SideError, say, wanted
from bench.training import NAMES
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.evaluation.questions import read_questions, read_similarity, sniff_evaluation_file
from w2v.evaluation.scoring import evaluate_analogies, evaluate_similarity
from w2v.training.model import Word2Vec
from w2v.vectors.keyed_vectors import KeyedVectors

RESTRICT = 30_000
TOTAL = ""  # of a file's scores, that of all of it
SIZE = 200
GRID = [f"{model}-{loss}-{threads}" for loss, model, threads in product(("ns", "hs"), ("sg", "cbow"), (2, 1))]
_LOSSES = {**NAMES, "sampled": "sampled softmax", "softmax": "full softmax"}


def measure(args: Namespace) -> Iterator[Figure]:
    """A row for each setting and evaluation file."""
    if not args.eval:
        raise SideError("accuracy needs evaluation files: --eval questions-words.txt wordsim353.tsv ...")
    given = [text.partition("=") for text in args.vectors]
    files = [path for path, sign, _ in given if not sign]
    for path in files:
        yield from rows(args, f"vectors of {path}", {path: [scores(KeyedVectors.load(path), args.eval)]})
    if files:
        return
    vectors = [(key, paths.split(",")) for key, _, paths in given]
    for key, sharing, update in product(asked(args.only), args.sharing, args.updates):
        config = settings(key, args.alpha, sharing, update)
        made = next((paths for name, paths in vectors if wanted(key, [name])), None)
        found: dict[str, list[list[float]]] = {}
        for name, runs in sides(args, config, made).items():
            say(f"accuracy of {name}, {key}, {len(runs)} runs")
            try:
                found[name] = [scores(run(), args.eval) for run in runs]
            except FAILURES as error:
                say(f"{name} is left out: {error}")
        extra = f", negatives per {sharing}" * (sharing != "block") + f", {update} update" * (update != "word2vec")
        threads = f"{config.n_threads} thread" + "s" * (config.n_threads > 1)
        yield from rows(args, f"{_LOSSES[config.model]}, {_LOSSES[config.loss]}{extra}, {threads}", found)


def asked(only: list[str]) -> list[str]:
    """The settings of the grid that begin with one of `only`, and those of `only` that are settings of their own."""
    keys = [key for key in GRID if wanted(key, only)]
    return keys + [key for key in only if key not in keys and is_setting(key)]


def is_setting(key: str) -> bool:
    """Whether a key is complete: model, loss, threads."""
    parts = key.split("-")
    return len(parts) == 3 and parts[0] in ALPHA and parts[1] in _LOSSES and parts[2].isdigit()


def settings(key: str, alpha: float | None, sharing: str, update: str) -> TrainConfig:
    """The settings that a key like `sg-ns-2` stands for."""
    model, loss, threads = key.split("-")
    return TrainConfig(
        model=model, loss=loss, vector_size=SIZE, window=WINDOW, negative=NEGATIVE, sample=SAMPLE,
        alpha=alpha or ALPHA[model], threads=int(threads), negative_sharing=sharing, cbow_update=update,
    )  # fmt: skip


def sides(args: Namespace, config: TrainConfig, made: list[str] | None) -> dict[str, list[Callable[[], Any]]]:
    """What gives the vectors of each seed: our training, and gensim's or its files."""
    seeds, path = [dataclasses.replace(config, seed=seed) for seed in args.seeds], args.texts.whole.path
    found: dict[str, list[Callable[[], Any]]] = {"w2v": [partial(train_w2v, path, one) for one in seeds]}
    if made is not None:
        found["gensim"] = [partial(KeyedVectors.load, path) for path in made]
    elif args.gensim and config.loss in ("ns", "hs") and config.cbow_update == "word2vec":
        found["gensim"] = [partial(train_gensim, path, one) for one in seeds]
    return found


def rows(args: Namespace, what: str, found: dict[str, list[list[float]]]) -> Iterator[Figure]:
    """Scores by evaluation file. found: side → one list of scores, in the order of the files, per seed."""
    for place, path in enumerate(args.eval):
        values = {side: [run[place] for run in runs] for side, runs in found.items()}
        unit = "%" if sniff_evaluation_file(path) == "analogies" else "ρ × 100"
        ours = "w2v" if "w2v" in values else next(iter(values), "w2v")
        n_seeds = len(values.get(ours, []))
        seeds = f"{n_seeds} seed" + "s" * (n_seeds != 1)
        seeds += "".join(f", {side} {len(runs)}" for side, runs in values.items() if len(runs) != n_seeds)
        yield Figure("accuracy", f"{what}: {Path(path).stem}", values, unit, not_below="gensim", note=seeds, ours=ours)


def train_w2v(corpus: Path, config: TrainConfig) -> KeyedVectors:
    """The whole run, from text to vectors."""
    model = Word2Vec.from_config(config)
    with encode_corpus([str(corpus)], TextConfig(), config) as encoded:
        model.prepare(encoded)
        model.run(encoded)
    return model.wv


def train_gensim(corpus: Path, config: TrainConfig) -> Any:
    """The same with gensim, from a corpus file."""
    from gensim.models import Word2Vec as GensimModel

    hs = int(config.loss == "hs")
    return GensimModel(
        corpus_file=str(corpus), vector_size=config.vector_size, sg=int(config.model == "sg"), hs=hs,
        negative=0 if hs else config.negative, window=config.window, sample=config.sample, alpha=config.start_alpha,
        min_alpha=config.min_alpha, epochs=config.epochs, workers=config.n_threads, seed=config.seed,
    ).wv  # fmt: skip


def scores(vectors: Any, files: list[str]) -> list[float]:
    """One score per file, the total of `parts_of`, among the commonest words."""
    return [parts_of(path, vectors.index_to_key, vectors.vectors, RESTRICT).get(TOTAL, 0.0) for path in files]


def parts_of(path: str, words: list[str], matrix: NDArray[Any], restrict: int | None = None) -> dict[str, float]:
    """The scores of an evaluation file: share of answered analogies that are right in percent, in all and by kind, as
    far as any were answered, or Spearman's ρ × 100."""
    if sniff_evaluation_file(path) != "analogies":
        return {TOTAL: 100 * evaluate_similarity(words, matrix, read_similarity(path), restrict).spearman.statistic}
    report = evaluate_analogies(words, matrix, read_questions(path), restrict_vocab=restrict)
    parts = {TOTAL: report.total, "semantic": report.semantic, "syntactic": report.syntactic}
    return {part: 100 * tally.of_answered for part, tally in parts.items() if tally.of_answered is not None}
