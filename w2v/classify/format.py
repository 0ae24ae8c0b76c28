"""The file of a classifier: a container (safetensors layout) with fixed names. No pickle.

Arrays of embeddings that were trained: `input_vectors` F16 or F32 (rows, d), `output_vectors` F32 (C, d), `buckets`
I32, the n-gram buckets of the rows after the words, `row_weights` F32 (rows,). Arrays of given vectors:
`input_vectors` F32 (V, d), `word_weights` F32 (V,), `component`, `center`, `scale` F32 (d,), and `weights0`, `bias0`,
... of the network's layers, F32 (n_in, n_out) and (n_out,). Both: `words` U8, a JSON array. Strings: `format` =
"w2v-classifier", `format_version` = "2", `metadata` = JSON with labels (all strings, all integers or all booleans),
their counts, all settings, and phrases if any are joined. Version 1 has F32 and no `row_weights`: all rows count
alike.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.classify.bag import Bag
from w2v.classify.classifier import Classifier
from w2v.classify.config import ClassifyConfig
from w2v.classify.features import Means
from w2v.classify.means import build_network
from w2v.config import TextConfig, stored_config
from w2v.errors import ConfigError, FormatError
from w2v.formats.native import StoredKeys
from w2v.kernel.layout import Weights
from w2v.network.network import Network
from w2v.phrases.model import PhraseModel
from w2v.system.container import damaged, read_container, write_container
from w2v.system.files import PathLike

_FORMAT, _VERSIONS = "w2v-classifier", ("1", "2")


def save_classifier(path: PathLike, classifier: Classifier) -> None:
    """Write the file, whole or not at all. Raises `W2VError`."""
    encoder, model, metadata = classifier.encoder, classifier.model, {
        "labels": classifier.labels,
        "label_counts": classifier.label_counts.tolist(),
        "several": classifier.several,
        "config": vars(classifier.config),
        "text": vars(classifier.text),
        **({} if classifier.phrases is None else {"phrases": classifier.phrases.facts()}),
    }  # fmt: skip
    arrays: dict[str, NDArray[Any]]
    if isinstance(encoder, Means):
        assert isinstance(model, Network)
        arrays = {name: getattr(encoder, name) for name in ("word_weights", "component", "center", "scale")}
        arrays["input_vectors"] = encoder.vectors
        for number, layer in enumerate(model.layers):
            arrays |= {f"weights{number}": layer.weights, f"bias{number}": layer.bias}
    else:
        assert isinstance(model, Weights)
        size = classifier.config.dim
        arrays = {"input_vectors": model.inputs[:, :size], "output_vectors": model.outputs[:, :size]}
        arrays |= {"buckets": encoder.buckets, "row_weights": encoder.row_weights}
    words = json.dumps(list(encoder.rows), ensure_ascii=False).encode("utf-8", "surrogatepass")
    strings = {"format": _FORMAT, "format_version": _VERSIONS[-1], "metadata": json.dumps(metadata)}
    write_container(path, {**arrays, "words": np.frombuffer(words, np.uint8)}, strings)


def load_classifier(path: PathLike) -> Classifier:
    """Read a file; arrays are mapped, not copied. Raises `FormatError` for all that is not a whole file of this format,
    `W2VError` when it cannot be opened."""
    arrays, strings = read_container(path)
    if strings.get("format") != _FORMAT:
        raise FormatError(f"{path} is no classifier; make one with: w2v classify train")
    if strings.get("format_version") not in _VERSIONS:
        raise FormatError(
            f"{path} has format version {strings.get('format_version', '')[:20]!r} and this w2v reads "
            f"{' and '.join(_VERSIONS)}; update w2v (pip install -U w2v)"
        )
    try:
        metadata = json.loads(strings["metadata"])
        config, text = (
            stored_config(kind, metadata[name]) for kind, name in ((ClassifyConfig, "config"), (TextConfig, "text"))
        )
        labels = list(metadata["labels"])
        counts, several = np.array(metadata["label_counts"], np.int64), bool(metadata["several"])
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise damaged(path, f"the metadata do not hold what they should ({error})") from error
    if set(map(type, labels)) not in ({str}, {int}, {bool}) or len(set(map(str, labels))) != len(labels):
        raise damaged(path, "the labels are not all strings, or not all numbers, or not all different")
    if counts.shape != (len(labels),) or len(labels) < 2 or counts.min() < 0 or counts.sum() < 1:
        raise damaged(path, "labels and their counts do not fit")
    if strings["format_version"] == "1" and "row_weights" not in arrays and "input_vectors" in arrays:
        arrays["row_weights"] = np.ones(len(arrays["input_vectors"]), np.float32)
    facts = metadata.get("phrases")
    phrases = None if facts is None else PhraseModel.from_facts(facts, str(path))
    read = _bag if config.finetune else _means
    encoder, model = read(path, arrays, config, len(labels))
    return Classifier(labels, counts, several, config, text, encoder, model, phrases)


def _bag(
    path: PathLike, arrays: Mapping[str, NDArray[Any]], config: ClassifyConfig, n_labels: int
) -> tuple[Bag, Weights]:
    inputs = _array(path, arrays, "input_vectors", (None, config.dim), (np.float32, np.float16))
    buckets, weights = arrays.get("buckets"), _array(path, arrays, "row_weights", (len(inputs),))
    outputs = _array(path, arrays, "output_vectors", (n_labels, config.dim))
    if buckets is None or buckets.dtype != np.int32 or buckets.ndim != 1 or len(buckets) > len(inputs):
        raise damaged(path, "the array 'buckets' is missing or does not fit")
    if len(buckets) and not (buckets[0] >= 0 and buckets[-1] < config.buckets and (np.diff(buckets) > 0).all()):
        raise damaged(path, "the array 'buckets' is not in order")
    if not ((weights > 0) & (weights < np.inf)).all():
        raise damaged(path, "the array 'row_weights' holds what is no weight")
    rows = _words(path, arrays, len(inputs) - len(buckets))
    return Bag(rows, buckets, weights, config.weighting, config.word_ngrams, config.buckets), Weights(inputs, outputs)


def _means(
    path: PathLike, arrays: Mapping[str, NDArray[Any]], config: ClassifyConfig, n_labels: int
) -> tuple[Means, Network]:
    vectors = _array(path, arrays, "input_vectors", (None, None))
    n_words, size = vectors.shape
    weights = _array(path, arrays, "word_weights", (n_words,))
    component, center, scale = (_array(path, arrays, name, (size,)) for name in ("component", "center", "scale"))
    try:
        network = build_network(size, n_labels, config)
    except (ConfigError, MemoryError) as error:
        raise damaged(path, "the sizes of the layers mean nothing") from error
    for number, layer in enumerate(network.layers):
        layer.weights = _array(path, arrays, f"weights{number}", layer.weights.shape)
        layer.bias = _array(path, arrays, f"bias{number}", layer.bias.shape)
    rows = _words(path, arrays, n_words)
    return Means(rows, vectors, weights, config.weighting, component, center, scale), network


def _array(
    path: PathLike,
    arrays: Mapping[str, NDArray[Any]],
    name: str,
    shape: tuple[int | None, ...],
    dtypes: tuple[Any, ...] = (np.float32,),
) -> NDArray[Any]:
    """An array of that shape, of one of the dtypes; None is any length."""
    array = arrays.get(name)
    if array is None or array.dtype not in dtypes or array.ndim != len(shape):
        raise damaged(path, f"the array {name!r} is missing or of another kind")
    if any(wanted not in (None, there) for wanted, there in zip(shape, array.shape, strict=True)):
        raise damaged(path, f"the array {name!r} has the shape {array.shape}, not {shape}")
    return array


def _words(path: PathLike, arrays: Mapping[str, NDArray[Any]], n_words: int) -> dict[str, int]:
    text = arrays.get("words")
    if text is None or text.dtype != np.uint8 or text.ndim != 1:
        raise damaged(path, "the array 'words' is missing or of another kind")
    rows = StoredKeys(path, text, n_words).positions()
    if not all(isinstance(word, str) for word in rows):
        raise damaged(path, "the array 'words' holds numbers")
    return rows
