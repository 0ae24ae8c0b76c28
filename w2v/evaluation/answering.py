"""What one model answers to the questions of a file: a number for each of them, which scores and intervals are made
of."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.analogy_search import (
    Compose,
    SearchedVocabulary,
    n_composed,
    searched_vocabulary,
    with_composed,
    word_ids,
)
from w2v.evaluation.item_sets import Terms
from w2v.evaluation.reports import SKIPPED, SearchRules
from w2v.evaluation.scoring import evaluate_analogies, evaluate_similarity
from w2v.evaluation.statistics import Floats

KMEANS_SEEDS = tuple(range(1, 11))
_MIN_CLUSTER = 3  # known words of a kind that an outlier is told from


class Rules(NamedTuple):
    """How questions are answered; `w2v.evaluation.scoring` says what each is."""

    restrict_vocab: int | None = 300_000
    case_insensitive: bool = True
    similarity: str = "3cosadd"
    dummy4unknown: bool = False
    hidden: int = 0
    compose: Compose | None = None  # makes vectors of words outside the vocabulary, where a model can


class Coverage(NamedTuple):
    """How many questions were asked, and for how many all words have vectors of their own, or ones that were composed;
    the rest was skipped, or counts as wrong where the rules say so."""

    asked: int
    known: int
    composed: int
    skipped: int

    def __str__(self) -> str:
        return f"{self.asked:,} asked, {self.known:,} known, {self.composed:,} composed, {self.skipped:,} skipped"


@dataclass(frozen=True)
class Answers:
    """What one run answered. values: for each measure (n, c), NaN where an item was skipped; c is 1, or the number of
    seeds of a measure that is drawn. report: the report of this kind of file, where there is one."""

    coverage: Coverage
    values: Mapping[str, Floats]
    rules: SearchRules
    report: Any = None


# ---- analogies and similarity


def answer_analogies(items: Any, keys: Sequence[Any], vectors: Floats, rules: Rules) -> Answers:
    report = evaluate_analogies(
        keys, vectors, items, rules.restrict_vocab, rules.case_insensitive, rules.similarity, rules.dummy4unknown,
        rules.compose,
    )  # fmt: skip
    outcomes = np.concatenate([np.empty(0), *(section.outcomes for section in report.sections)])
    values = np.where(outcomes == SKIPPED, np.nan, outcomes)
    asked, unknown = report.total.asked, report.total.skipped
    coverage = _coverage(asked, asked - unknown, report.n_composed)
    return Answers(coverage, {"accuracy": values[:, None]}, report.rules, report)


def answer_similarity(items: Any, keys: Sequence[Any], vectors: Floats, rules: Rules) -> Answers:
    report = evaluate_similarity(
        keys, vectors, items, rules.restrict_vocab, rules.case_insensitive, rules.dummy4unknown, rules.compose
    )
    values, n = report.similarities[:, None], len(items)
    coverage = _coverage(n, n - report.n_skipped, report.n_composed)
    return Answers(coverage, {"Spearman": values, "Pearson": values}, report.rules, report)


# ---- labels: a probe, and clusters


def answer_labels(items: Any, keys: Sequence[Any], vectors: Floats, rules: Rules) -> Answers:
    """The probe of `w2v.evaluation.probes`; and the purity of as many clusters as there are labels, of the unit vectors
    of all known words, by k-means from `KMEANS_SEEDS` (k-means++; SciPy)."""
    from w2v.evaluation.probes import evaluate_probe

    searched = _searched(keys, vectors, rules, (word for word, _ in items))
    ids = word_ids(searched, (row[:1] for row in items), 1)[:, 0]
    known = ids >= 0
    n_known, n_clusters = int(np.count_nonzero(known)), len({items[row][1] for row in np.flatnonzero(known)})
    try:
        report = evaluate_probe(
            keys, vectors, items, rules.restrict_vocab, rules.case_insensitive, hidden=rules.hidden,
            compose=rules.compose,
        )  # fmt: skip
    except ConfigError:
        if not 1 < n_clusters < n_known:  # nothing to read, and nothing to group
            raise
        report = None
    pure = np.full((len(items), len(KMEANS_SEEDS)), np.nan)
    rows = searched.rows(ids[known]).astype(np.float64)
    labels = np.unique([label for (_, label), there in zip(items, known, strict=True) if there], return_inverse=True)[1]
    for column, seed in enumerate(KMEANS_SEEDS):
        pure[known, column] = in_majority(labels, clustered(rows, n_clusters, seed))
    outcomes = np.full(len(items), np.nan) if report is None else report.outcomes
    return Answers(
        _coverage(len(items), n_known, n_composed(searched, ids[:, None])),
        {"accuracy": outcomes[:, None], "purity": pure},
        _search_rules(searched, rules),
        report,
    )


def clustered(rows: Floats, n_clusters: int, seed: int) -> NDArray[np.integer]:
    """The cluster (n,) of each row (n, d), by k-means."""
    from scipy.cluster.vq import kmeans2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a cluster that became empty stays so
        return kmeans2(rows, n_clusters, iter=100, minit="++", seed=np.random.default_rng(seed))[1]


def in_majority(labels: NDArray[np.integer], clusters: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether each item (n,) has the commonest label of its cluster; the mean is the purity. labels, clusters: (n,),
    from 0 on. Of labels that are as common, the first counts."""
    counts = np.zeros((int(clusters.max()) + 1, int(labels.max()) + 1), np.int64)
    np.add.at(counts, (clusters, labels), 1)
    return labels == counts.argmax(axis=1)[clusters]


# ---- choices, outliers, relations


def answer_choices(items: Any, keys: Sequence[Any], vectors: Floats, rules: Rules) -> Answers:
    """The choice whose cosine with the stem is largest: of words, or of the differences of the words of pairs (second
    less first, of unit length before). Of n equal ones, the right one among them, the answer is 1 / n right."""
    words = (word for question in items for term in (question.stem, *question.choices) for word in term)
    searched = _searched(keys, vectors, rules, words)
    values = np.full((len(items), 1), 0.0 if rules.dummy4unknown else np.nan)
    n_known = n_made = 0
    for row, question in enumerate(items):
        terms = _terms(searched, [question.stem, *question.choices])
        if terms is None:
            continue
        n_known += 1
        n_made += _has_composed(searched, [question.stem, *question.choices])
        cosines = terms[1:] @ terms[0]
        best = np.flatnonzero(cosines >= cosines.max() - 1e-9)
        values[row] = 1 / len(best) if question.right in best else 0.0
    coverage = _coverage(len(items), n_known, n_made)
    return Answers(coverage, {"accuracy": values}, _search_rules(searched, rules))


def _terms(searched: SearchedVocabulary, terms: list[Terms]) -> Floats | None:
    """float64 (n, d) unit vectors of words, or of the differences of pairs; None if a word is unknown."""
    ids = word_ids(searched, terms, len(terms[0]))
    if (ids < 0).any():
        return None
    rows = [searched.rows(column).astype(np.float64) for column in ids.T]
    return _unit(rows[-1] - rows[0] if len(rows) > 1 else rows[0])


def _has_composed(searched: SearchedVocabulary, terms: list[Terms]) -> bool:
    """Whether the vector of one of the words was composed."""
    return n_composed(searched, word_ids(searched, terms, len(terms[0]))) > 0


def answer_outliers(items: Any, keys: Sequence[Any], vectors: Floats, rules: Rules) -> Answers:
    """Each outlier is put among the words of its set: right if it is the one that is least similar to the others (the
    sum of cosines; Camacho-Collados & Navigli 2016), and its position is the share of the words that are more similar.
    Unknown words of a set are left out; with fewer than 3 left, its outliers are skipped."""
    words = (word for some in items for word in (*some.cluster, *some.outliers))
    searched = _searched(keys, vectors, rules, words)
    found: list[tuple[float, float]] = []
    n_known = n_made = 0
    for some in items:
        ids = word_ids(searched, [(word,) for word in some.cluster], 1)[:, 0]
        cluster = searched.rows(ids[ids >= 0]).astype(np.float64)
        within = cluster @ cluster.sum(axis=0) - np.square(cluster).sum(axis=1)
        for outlier in word_ids(searched, [(word,) for word in some.outliers], 1)[:, 0]:
            if outlier < 0 or len(cluster) < _MIN_CLUSTER:
                found.append((0.0, 0.0) if rules.dummy4unknown else (np.nan, np.nan))
                continue
            n_known += 1
            n_made += n_composed(searched, np.array([[outlier, *ids]]))
            cosines = cluster @ searched.rows(np.array([outlier]))[0].astype(np.float64)
            position = float(np.mean(within + cosines > cosines.sum()))
            found.append((float(position == 1), position))
    values = np.array(found, dtype=np.float64).reshape(-1, 2)
    coverage = _coverage(len(found), n_known, n_made)
    measures = {"accuracy": values[:, :1], "position": values[:, 1:]}
    return Answers(coverage, measures, _search_rules(searched, rules))


def answer_relations(items: Any, keys: Sequence[Any], vectors: Floats, rules: Rules) -> Answers:
    """How good an example a pair is: the mean cosine of its difference (second less first) with those of the pairs that
    define the relation (Zhila et al. 2013)."""
    pairs = [pair for some in items for pair in (*some.examples, *(tuple(words) for *words, _ in some.pairs))]
    searched = _searched(keys, vectors, rules, (word for pair in pairs for word in pair))
    found: list[float] = []
    n_made = 0
    for relation in items:
        examples = [terms[0] for pair in relation.examples if (terms := _terms(searched, [pair])) is not None]
        for *pair, _ in relation.pairs:
            terms = _terms(searched, [tuple(pair)])
            if terms is None or not examples:
                found.append(np.nan)
                continue
            n_made += _has_composed(searched, [tuple(pair)])
            found.append(float(np.mean(np.array(examples) @ terms[0])))
    values = np.array(found, dtype=np.float64)
    n_known = int(np.count_nonzero(~np.isnan(values)))
    if rules.dummy4unknown:
        values = np.nan_to_num(values)
    coverage = _coverage(len(values), n_known, n_made)
    return Answers(coverage, {"Spearman": values[:, None]}, _search_rules(searched, rules))


def _unit(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def _searched(keys: Sequence[Any], vectors: Floats, rules: Rules, words: Iterable[str]) -> SearchedVocabulary:
    """The vocabulary, and the composed vectors of those words that are not in it."""
    searched = searched_vocabulary(keys, vectors, rules.restrict_vocab, rules.case_insensitive)
    return with_composed(searched, words, rules.compose)


def _coverage(asked: int, found: int, composed: int) -> Coverage:
    """found: questions all whose words have vectors; composed: those of them with a word whose vector was composed."""
    return Coverage(asked, found - composed, composed, asked - found)


def _search_rules(searched: SearchedVocabulary, rules: Rules) -> SearchRules:
    return SearchRules(rules.restrict_vocab, len(searched.keys), rules.case_insensitive, rules.dummy4unknown)
