"""`TextClassifier`: classification of texts with scikit-learn's manners, without needing it."""

import dataclasses
import inspect
import os
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from w2v.classify.classifier import Classifier, targets_of
from w2v.classify.config import TEXT_SETTINGS, ClassifyConfig
from w2v.classify.features import read_tokens
from w2v.classify.format import load_classifier, save_classifier
from w2v.classify.report import TestReport
from w2v.classify.samples import documents_of, labels_of
from w2v.classify.training import train_classifier
from w2v.config import TextConfig
from w2v.documents.texts import Cutter
from w2v.errors import ConfigError
from w2v.network.network import Epoch
from w2v.system.files import PathLike
from w2v.training.keywords import plain
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.recipe import phrase_model

_FIELDS = [item for kind in (ClassifyConfig, TextConfig) for item in dataclasses.fields(kind)]
_NAMES = [*(item.name for item in dataclasses.fields(ClassifyConfig)), *TEXT_SETTINGS]
_DEFAULTS: dict[str, Any] = {"vectors": None} | {item.name: item.default for item in _FIELDS if item.name in _NAMES}


class CertainError(NamedTuple):
    """A document whose likeliest label is none of its own."""

    place: int  # in X, from 0
    text: Any  # as it was given
    true: Any  # its label, or labels, as they were given
    predicted: Any  # the likeliest label
    probability: float  # of that


class TextClassifier:
    """Texts to labels, as `w2v classify` does it: with the same settings and seed, on one thread, it is the same model.

    Settings are those of the command (`w2v classify train --help`): `finetune`, `weights`, `hidden`, `loss`, `lr`,
    `epochs`, `dim`, `min_count`, `word_ngrams`, `ngram_min_count`, `buckets`, `dtype`, `validation`, `threads`, `seed`,
    and of the text `lower`, `nfc`, `tokenize`. vectors: `KeyedVectors` or the path of a vector file; with them the
    input is the mean of given vectors, or with `finetune` embeddings start from them; without, embeddings are trained.
    As in scikit-learn settings are attributes and are looked at by `fit`; clones, pipelines, searches and
    cross-validation take this class.

    X is a sequence of texts, or of lists of tokens, which are not split; y holds a label for each, str or int, or a
    list of labels. After `fit`: `classes_`, the C sorted labels; `history_`, loss and accuracy of each epoch;
    `classifier_`, the model. What is wrong with X, y or a setting raises a `W2VError` that is a `ValueError`.
    """

    _estimator_type = "classifier"  # what scikit-learn before 1.6 asks for
    classes_: NDArray[Any]  # (C,)
    classifier_: Classifier
    history_: list[Epoch]

    def __init__(self, **settings: Any) -> None:
        """Raises `TypeError` for a setting that nobody knows."""
        for name in settings:
            if name not in _DEFAULTS:
                raise TypeError(f"TextClassifier() got an unexpected keyword argument {name!r}")
        for name, value in {**_DEFAULTS, **settings}.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        changed = {name: value for name, value in self.get_params().items() if value != _DEFAULTS[name]}
        return f"TextClassifier({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name. deep: has no effect."""
        return {name: getattr(self, name) for name in _DEFAULTS}

    def set_params(self, **settings: Any) -> Self:
        """Change settings, for the next `fit`. Raises `ConfigError` for one that nobody knows."""
        for name in settings:
            if name not in _DEFAULTS:
                raise ConfigError(f"there is no setting {name!r} of a TextClassifier; it has {', '.join(_DEFAULTS)}")
        for name, value in settings.items():
            setattr(self, name, value)
        return self

    def fit(self, X: Any, y: Any) -> Self:
        """Train anew on texts and their labels; files and folders come through `w2v.load_documents`.

        Raises `ConfigError` for settings that cannot be, `CorpusError` for fewer than two labels or no known word,
        `W2VError` when training diverges, and on Ctrl-C `KeyboardInterrupt` at the end of a chunk; then what was
        learned before stays.
        """
        vectors = self._given_vectors()
        config, text = self._configs(vectors is not None)
        phrases = None if vectors is None else phrase_model(vectors)
        labels = labels_of(y)
        classes = sorted({label for own in labels for label in own})
        ids = {str(label): label_id for label_id, label in enumerate(classes)}
        tokens = read_tokens(documents_of(X, labels), Cutter(text, phrases), ids)._replace(labels=classes)
        history: list[Epoch] = []
        self.classifier_ = train_classifier(
            tokens, config, text, None, vectors, on_epoch=history.append, phrases=phrases
        )
        self.classes_, self.history_ = np.array(self.classifier_.labels), history
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """(n, C) probabilities, columns as `classes_`; with the loss `ova` each label's own, which do not add up to 1.
        A document without a known word gets the shares of the labels in training."""
        classifier = self._trained()
        tokens = classifier.tokens(documents_of(X), check_labels=False)
        return classifier.probabilities(classifier.encoder.lists(tokens))

    def predict(self, X: Any) -> NDArray[Any] | list[tuple[Any, ...]]:
        """(n,) the likeliest label of each text; a list of tuples where training documents had several labels, with the
        loss `ova` of all that are at least as likely as not."""
        classifier, found = self._trained(), self.predict_proba(X)
        if not classifier.several:
            return self.classes_[found.argmax(axis=1)]
        chosen = classifier.config.label_loss.predicted(found, True)
        return [tuple(classifier.labels[place] for place in np.flatnonzero(row)) for row in chosen]

    def report(self, X: Any, y: Any) -> TestReport:
        """Precision, recall and F1 of each label, and the confusion matrix; `print` shows them. Raises `CorpusError`
        for a label that the model does not know, or no document."""
        return self._trained().test(documents_of(X, labels_of(y)))

    def score(self, X: Any, y: Any) -> float:
        """The share of the documents whose labels are exactly those predicted. Raises as `report`."""
        return self.report(X, y).accuracy

    def most_certain_errors(self, X: Any, y: Any, n: int = 10) -> list[CertainError]:
        """The `n` documents to which a wrong label is given with the highest probability, highest first: mislabelled
        ones are found there, and what a bag of words cannot see. Raises as `report`."""
        classifier, labels = self._trained(), labels_of(y)
        documents = documents_of(X, labels)
        tokens = classifier.tokens(documents)
        found = classifier.probabilities(classifier.encoder.lists(tokens))
        rows, best = np.arange(len(found)), found.argmax(axis=1)
        is_wrong = targets_of(tokens.label_ids, len(classifier.labels))[rows, best] == 0
        certainty = np.where(is_wrong, found[rows, best], -1)
        order = np.argsort(-certainty, kind="stable")[: min(n, np.count_nonzero(is_wrong))].tolist()
        return [
            CertainError(
                row,
                documents[row].text,
                labels[row] if len(labels[row]) > 1 else labels[row][0],
                classifier.labels[best[row]],
                float(certainty[row]),
            )
            for row in order
        ]

    def save(self, path: PathLike) -> None:
        """Write the model for `load` and `w2v classify`, whole or not at all. Raises `W2VError`."""
        save_classifier(path, self._trained())

    @classmethod
    def load(cls, path: PathLike) -> Self:
        """A trained classifier from a file that `save` or `w2v classify train` wrote. It is no pickle. The setting
        `vectors` is not in it: give it again before another `fit`. Raises `FormatError`."""
        found = load_classifier(path)
        text = {name: getattr(found.text, name) for name in TEXT_SETTINGS}
        self = cls(**{**vars(found.config), **text})
        self.classifier_, self.classes_, self.history_ = found, np.array(found.labels), []
        return self

    def _trained(self) -> Classifier:
        if not hasattr(self, "classifier_"):
            raise ConfigError("the classifier is not trained; call fit, or open one with TextClassifier.load")
        return self.classifier_

    def _given_vectors(self) -> KeyedVectors | None:
        vectors = getattr(self, "vectors")  # noqa: B009 - settings are no declared attributes
        if isinstance(vectors, str | os.PathLike):
            return KeyedVectors.load(vectors)
        if vectors is not None and not isinstance(vectors, KeyedVectors):
            raise ConfigError(
                f"vectors is {type(vectors).__name__}; give KeyedVectors, such as model.wv, or a vector file's path"
            )
        return vectors

    def _configs(self, has_vectors: bool) -> tuple[ClassifyConfig, TextConfig]:
        """The settings, checked."""
        settings = {name: plain(value) for name, value in self.get_params().items()}
        text = TextConfig(**{name: settings[name] for name in TEXT_SETTINGS})
        text.validate()
        config = ClassifyConfig(**{item.name: settings[item.name] for item in dataclasses.fields(ClassifyConfig)})
        if not has_vectors:
            config = dataclasses.replace(config, finetune=True)
        config.validate()
        for name in config.idle(has_vectors):
            if name != "threads" and settings[name] != _DEFAULTS[name]:
                raise ConfigError(f"{name} does nothing with these settings; leave it out")
        return config, text

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks an estimator about itself; nobody else calls this."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            transformer_tags=None,
            regressor_tags=None,
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(two_d_array=False, string=True),
        )


TextClassifier.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value) for name, value in _DEFAULTS.items()]
)
