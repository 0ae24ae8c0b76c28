"""A model card: the `README.md` of a hub's repository, with what a vector file knows of its training."""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from w2v import __version__
from w2v.errors import FormatError
from w2v.formats.format import VectorTable
from w2v.system.files import PathLike, decompressing_reader
from w2v.system.wording import quantity

SCORES = "scores"  # where metadata keep what `w2v eval --json` said
_HEAD = """---
library_name: model2vec
tags:
- word2vec
- word-embeddings
- static-embeddings
- sentence-transformers
- w2v
---
"""
_USE = """```python
from model2vec import StaticModel

StaticModel.from_pretrained("THIS-FOLDER-OR-REPOSITORY").encode(["a text"])
```

`SentenceTransformer("THIS-FOLDER-OR-REPOSITORY")` opens it, too. A text's vector is the mean of those of its words.
"""


def read_scores(path: PathLike) -> Any:
    """What `w2v eval --json` wrote. Raises `FormatError`."""
    try:
        with decompressing_reader(path) as file:
            found = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is not valid JSON ({error}); give what w2v eval --json wrote") from error
    if not isinstance(found, dict):
        raise FormatError(f"{path} holds no scores; give what w2v eval --json wrote")
    return found


def model_card(table: VectorTable) -> str:
    """Markdown with a YAML head: what it is, how to use it, settings, where the tokens of the corpus went, scores."""
    n_words, size = table.vectors.shape
    parts = [_HEAD, f"# Word vectors: {quantity(n_words, 'word')} x {size}\n", f"Made by w2v {__version__}.\n", _USE]
    for part, title in (("config", "Settings"), ("text", "Text"), ("corpus", "Corpus"), ("versions", "Versions")):
        facts = table.metadata.get(part)
        if isinstance(facts, Mapping) and facts:
            parts.append(_table(title, ("", ""), ((name, value) for name, value in facts.items() if value is not None)))
    if isinstance(steps := table.metadata.get("postprocessing"), str):
        parts.append(f"Changed after training: {steps}.\n")
    parts += _epochs(table.metadata.get("epochs"))
    if scores := score_rows(table.metadata.get(SCORES)):
        parts.append(_table("Scores", ("evaluation", "measure", "score", "95 % interval"), scores))
    return "\n".join(parts)


def _epochs(epochs: Any) -> Iterator[str]:
    """The ledger: what each epoch trained, and its loss. Metadata of a file may say anything."""
    try:
        rows = [
            (number, f"{trained:,}", f"{subsampled:,}", f"{loss / max(pairs, 1):.4f}")
            for number, (loss, pairs, trained, subsampled, *_) in enumerate(epochs or (), 1)
        ]
    except (TypeError, ValueError):
        return
    if rows:
        yield _table("Training", ("epoch", "tokens trained", "subsampled", "loss per pair"), rows)


def score_rows(scores: Any) -> list[tuple[str, str, str, str]]:
    """What `w2v eval --json` says of all questions of each file: its name, measure, score, and the interval around it;
    nothing of what is malformed."""
    try:
        return [
            (PurePath(one["file"]).name, found["measure"], f"{found['score']:.4f}", _interval(found["interval"]))
            for one in scores["results"]
            for model in one["models"]
            for found in model["scores"]
            if found["category"] == "all"
        ]
    except (TypeError, KeyError, ValueError):
        return []


def _interval(interval: Any) -> str:
    return "" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"


def _table(title: str, head: tuple[str, ...], rows: Any) -> str:
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in (head, *rows)]
    return "\n".join([f"## {title}\n", lines[0], "|---" * len(head) + "|", *lines[1:], ""])


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
