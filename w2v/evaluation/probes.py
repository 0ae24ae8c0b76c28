"""Word probes: what a linear classifier can read from the vectors (Köhn 2015; Belinkov 2022).

A file gives each word a label: a part of speech, country or capital, ... Softmax regression on the vectors is scored by
cross-validation, beside the share of the commonest label, and beside a control, the same with labels shuffled among the
words (Hewitt & Liang 2019): what a classifier gets there it learns by heart, or by luck.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.analogy_search import Compose, searched_vocabulary, with_composed, word_ids
from w2v.evaluation.reports import SearchRules
from w2v.network.network import Fitting, Network, one_hot

N_FOLDS = 5
_FITTING = Fitting(rate=0.02, schedule="linear", n_epochs=30)
_L2 = 1e-4


@dataclass(frozen=True)
class ProbeReport:
    """Result of `evaluate_probe`. accuracies, control: one number for each fold, from 0 to 1."""

    accuracies: tuple[float, ...]
    control: tuple[float, ...]
    majority: float  # share of the commonest label
    counts: dict[str, int]  # words of each label that are used
    rare_labels: tuple[str, ...]  # left out: fewer words than folds
    n_asked: int
    unknown_words: tuple[str, ...]
    rules: SearchRules
    hidden: int = 0  # neurons of the hidden layer; 0 is softmax regression
    outcomes: NDArray[np.floating] = field(default_factory=lambda: np.empty(0), repr=False, compare=False)
    # (n_asked,): 1 for a word that was classified rightly, 0 wrongly, NaN for one that was not used

    @property
    def n_used(self) -> int:
        """Words that were classified."""
        return sum(self.counts.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        return {
            "kind": "labels",
            **vars(self.rules),
            "hidden": self.hidden,
            "asked": self.n_asked,
            "used": self.n_used,
            "unknown_words": list(self.unknown_words),
            "rare_labels": list(self.rare_labels),
            "labels": self.counts,
            "accuracy": float(np.mean(self.accuracies)),
            "accuracy_deviation": float(np.std(self.accuracies, ddof=1)),
            "folds": list(self.accuracies),
            "control": float(np.mean(self.control)),
            "majority": self.majority,
        }

    def __str__(self) -> str:
        """Five lines: rules, accuracy, control, labels, words used."""
        labels = ", ".join(f"{label} {n:,}" for label, n in self.counts.items())
        rare = f"; fewer than {N_FOLDS} words: {', '.join(self.rare_labels)}" if self.rare_labels else ""
        what = f"a hidden layer of {self.hidden}" if self.hidden else "softmax regression"
        return "\n".join(
            [
                f"labels, {what}, {len(self.accuracies)}-fold cross-validation; {self.rules}",
                f"accuracy {_shown(self.accuracies)}",
                f"control  {_shown(self.control)}, labels shuffled; commonest label {100 * self.majority:.1f} %",
                f"labels: {labels}{rare}",
                f"words: {self.n_asked:,} asked, {self.n_used:,} used, {len(self.unknown_words):,} unknown",
            ]
        )


def evaluate_probe(
    keys: Sequence[Any],
    vectors: NDArray[np.floating],
    pairs: Sequence[tuple[str, str]],
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    seed: int = 1,
    hidden: int = 0,
    compose: Compose | None = None,
) -> ProbeReport:
    """Classify words by their unit vectors. pairs: (word, label). hidden: neurons of a hidden layer, which reads from
    the vectors what no plane can part; 0 for none. compose: makes vectors of words outside the vocabulary.

    Words outside the first `restrict_vocab` keys and labels of fewer than `N_FOLDS` words are left out. Raises
    `ConfigError` when fewer than two labels remain.
    """
    searched = searched_vocabulary(keys, vectors, restrict_vocab, case_insensitive)
    searched = with_composed(searched, (word for word, _ in pairs), compose)
    ids = word_ids(searched, ((word,) for word, _ in pairs), 1)[:, 0]
    unknown = tuple(sorted({word for (word, _), i in zip(pairs, ids, strict=True) if i < 0}))
    names = np.array([label for _, label in pairs], dtype=object)
    labels, numbers = np.unique(names[ids >= 0].astype(str), return_inverse=True)
    counts = np.bincount(numbers, minlength=len(labels))
    frequent = np.flatnonzero(counts >= N_FOLDS)
    if len(frequent) < 2:
        raise ConfigError(
            f"a probe needs two labels of at least {N_FOLDS} words that the vectors know, and there "
            f"{'is one' if len(frequent) == 1 else 'is none'}: give more words"
        )
    used = np.isin(numbers, frequent)
    places, targets = ids[ids >= 0][used], np.searchsorted(frequent, numbers[used])
    rows = np.asarray(searched.vectors[places], dtype=np.float64)
    features = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30) * np.sqrt(rows.shape[1])
    shuffled = np.random.default_rng(seed).permutation(targets)
    accuracies, right = cross_validated(features, targets, len(frequent), seed, hidden)
    outcomes = np.full(len(pairs), np.nan)
    outcomes[np.flatnonzero(ids >= 0)[used]] = right
    return ProbeReport(
        accuracies,
        cross_validated(features, shuffled, len(frequent), seed, hidden)[0],
        float(counts[frequent].max() / counts[frequent].sum()),
        {str(labels[label]): int(counts[label]) for label in frequent},
        tuple(str(label) for label, n in zip(labels, counts, strict=True) if n < N_FOLDS),
        len(pairs),
        unknown,
        SearchRules(restrict_vocab, len(searched.keys), case_insensitive, False),
        hidden,
        outcomes,
    )


def cross_validated(
    features: NDArray[np.floating], targets: NDArray[np.integer], n_labels: int, seed: int, hidden: int = 0
) -> tuple[tuple[float, ...], NDArray[np.bool_]]:
    """Accuracy on each fold by softmax regression on the others, or with a hidden layer, and whether each sample (n,)
    was classified rightly. features: (n, d). targets: (n,), labels from 0 on."""
    fold, right = stratified_folds(targets, seed), np.zeros(len(targets), bool)
    sizes, activations = (hidden, n_labels)[not hidden :], ("relu", "softmax")[not hidden :]
    for number in range(N_FOLDS):
        rest, held = fold != number, fold == number
        network = Network.build(
            (features.shape[1], *sizes), activations, "categorical-cross-entropy", l2=_L2, seed=seed
        )
        network.fit(features[rest], one_hot(targets[rest], n_labels), _FITTING)
        right[held] = network.predict(features[held]).argmax(axis=1) == targets[held]
    return tuple(float(np.mean(right[fold == number])) for number in range(N_FOLDS)), right


def stratified_folds(targets: NDArray[np.integer], seed: int) -> NDArray[np.int64]:
    """A fold for each sample (n,), so that all folds have as many of a label, give or take one."""
    order = np.random.default_rng(seed).permutation(len(targets))
    order = order[np.argsort(targets[order], kind="stable")]
    fold = np.empty(len(targets), np.int64)
    fold[order] = np.arange(len(targets)) % N_FOLDS
    return fold


def _shown(accuracies: Sequence[float]) -> str:
    return f"{100 * np.mean(accuracies):.1f} ± {100 * np.std(accuracies, ddof=1):.1f} %"
