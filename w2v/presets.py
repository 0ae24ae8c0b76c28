"""Settings under one name: the best for a time, the defaults of other tools, what is advised for other kinds of data.

A preset changes what is not given otherwise; everything else keeps this package's defaults. What a tool does and no
setting says (how vectors start, how negatives are shared) is not copied.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

from w2v.config import TrainConfig


class Preset(NamedTuple):
    """What a preset sets."""

    help: str
    settings: dict[str, Any]  # of `TrainConfig`
    postprocess: str = ""  # steps of `vectors.steps`

    def beside(self, given: Mapping[str, Any]) -> "Preset":
        """The preset where these settings are given. Its learning rate is that of its model and update: where others
        are given, it has none."""
        plain = TrainConfig()
        for name in ("model", "cbow_update"):
            if name in given and given[name] != self.settings.get(name, getattr(plain, name)):
                return self._replace(settings={key: value for key, value in self.settings.items() if key != "alpha"})
        return self


_LEAN = {"vector_size": 200, "sample": 1e-4}  # CBOW; skip-gram scores alike in the same time (docs/quality.md)
PRESETS = {
    "fast": Preset(
        "better vectors in about the time of the defaults", {**_LEAN, "alpha": 0.075}, "add-output,center"
    ),
    "balanced": Preset("twice the epochs of fast", {**_LEAN, "epochs": 10}, "add-output,center"),
    "best": Preset(
        "four times the epochs of fast, twice the negatives: more analogies, no better similarity than balanced",
        {**_LEAN, "epochs": 20, "negative": 10},
        "add-output,center",
    ),
    "similarity": Preset(
        "three times the epochs of fast with the corrected update: words that mean the same, more than analogies",
        {**_LEAN, "cbow_update": "corrected", "alpha": 0.075, "epochs": 15},
        "add-output:0.2,center",
    ),
    "word2vec.c": Preset("the defaults of word2vec.c", {}),
    "gensim": Preset("the defaults of gensim 4", {"alpha": 0.025}),
    "fasttext": Preset(
        "the defaults of fastText's skipgram, without n-grams",
        {"model": "sg", "alpha": 0.05, "sample": 1e-4, "ns_exponent": 0.5, "min_alpha": 0.0},
    ),
    "koan": Preset(
        "the settings advised for koan's CBOW (İrsoy et al. 2021)",
        {"cbow_update": "corrected", "alpha": 0.075, "vector_size": 200, "min_count": 1, "epochs": 1},
    ),
    "levy": Preset(
        "what Levy et al. 2015 advise for skip-gram (section 7): many negatives, input and output vectors added",
        {"model": "sg", "vector_size": 500, "negative": 15, "sample": 1e-5},
        "add-output",
    ),
    "items": Preset(
        "baskets and sessions (Caselles-Dupré et al. 2018): whole baskets as windows, rare items as negatives",
        {
            "model": "sg", "window": 100, "shrink_windows": False, "ns_exponent": -0.5, "sample": 1e-4, "epochs": 50,
            "min_count": 1,
        },
    ),
    "graph": Preset(
        "walks over a graph (Grover & Leskovec 2016, node2vec)",
        {"model": "sg", "vector_size": 128, "window": 10, "sample": 0.0, "min_count": 1, "epochs": 1},
    ),
}  # fmt: skip


def differences(preset: Preset) -> str:
    """What the preset changes, in one line: `alpha 0.025 (otherwise 0.05), …`."""
    plain = TrainConfig()
    usual = {**dataclasses.asdict(plain), "alpha": plain.start_alpha}
    changed = [
        f"{name.replace('_', '-')} {value} (otherwise {usual[name]})"
        for name, value in preset.settings.items()
        if value != usual[name]
    ]
    if preset.postprocess:
        changed.append(f"postprocess {preset.postprocess} (otherwise nothing)")
    return ", ".join(changed) or "nothing: these are the defaults here, too"
