"""The settings of a model that gensim saved, as the metadata of a native file say them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from w2v.errors import FormatError
from w2v.system.files import PathLike
from w2v.training.keywords import configs_from

_SAME = ("alpha", "window", "min_count", "sample", "seed", "min_alpha", "negative", "ns_exponent", "epochs")
# What gensim's versions before the setting had.
_DEFAULTS = {"alpha": 0.025, "sample": 1e-3, "min_alpha": 1e-4, "ns_exponent": 0.75, "shrink_windows": True}


def native_metadata(path: PathLike, metadata: Mapping[str, Any], vector_size: int) -> Mapping[str, Any]:
    """The metadata of a file; of gensim's, which has its settings under "gensim", those of a model that nobody trained.

    Raises `FormatError` for settings that no model has.
    """
    saved = metadata.get("gensim")
    if saved is None or "config" in metadata:
        return metadata
    values = {**_DEFAULTS, **saved}
    try:
        settings = {name: values[name] for name in _SAME if name in values}
        settings.update(
            model="sg" if values.get("sg") else "cbow", vector_size=vector_size, threads=values.get("workers") or None,
            cbow_mean=bool(values.get("cbow_mean", 1)), shrink_windows=bool(values["shrink_windows"]),
            max_vocab=values.get("max_final_vocab"),
        )  # fmt: skip
        text, config = configs_from(settings, 0, {})
    except (ValueError, TypeError, KeyError) as error:
        raise FormatError(f"{path}: {error}; its vectors load with KeyedVectors.load") from error
    corpus = {"n_sentences": values.get("corpus_count") or 0, "n_read": values.get("corpus_total_words") or 0}
    return {
        "config": dataclasses.asdict(config), "text": dataclasses.asdict(text), "corpus": corpus,
        "epochs": [], "alphas": [], "left_out": [],
    }  # fmt: skip
