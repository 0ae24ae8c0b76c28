"""What a model says of its training, for a reader: settings, ledger, loss by epoch, scores."""

from collections.abc import Mapping
from typing import Any

from w2v.formats.card import SCORES, score_rows

_PARTS = {"config": "settings", "text": "text", "corpus": "corpus", "versions": "versions"}


def run_card(metadata: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a model as `{"facts": {part: {name: text}}, "losses": [...], "ledger": [[name, count], ...]}`.

    metadata: as a native file has it, perhaps with `SCORES`; what it lacks, or has in a form that is none of ours, is
    left out. about: facts of the map itself, which stand first.
    """
    facts = {"map": _told(about)}
    for part, name in _PARTS.items():
        found = metadata.get(part)
        if isinstance(found, Mapping) and _told(found):
            facts[name] = _told(found)
    if scores := score_rows(metadata.get(SCORES)):
        facts["scores"] = {f"{one[0]}, {one[1]}": f"{one[2]} ({one[3]})" if one[3] else one[2] for one in scores}
    return {"facts": facts, "losses": _losses(metadata), "ledger": _ledger(metadata)}


def _told(facts: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): _text(value) for name, value in facts.items() if value is not None and _text(value)}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value) if isinstance(value, str) else ""


def _losses(metadata: Mapping[str, Any]) -> list[float]:
    """Loss per pair of each epoch; nothing where the metadata are malformed: `w2v info` says so."""
    try:
        return [float(epoch[0]) / max(epoch[1], 1) for epoch in metadata.get("epochs") or []]
    except (TypeError, ValueError, LookupError, OverflowError):
        return []


def _ledger(metadata: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Tokens of the last epoch: read = trained + subsampled + rare + undecodable + joined."""
    try:
        corpus, epoch = metadata["corpus"], metadata["epochs"][-1]
        parts = [
            ("read", corpus["n_read"]),
            ("trained", epoch[2]),
            ("subsampled", epoch[3]),
            ("rare", corpus["n_rare"]),
        ]
        parts += [("undecodable", corpus.get("n_undecodable", 0)), ("joined to phrases", corpus.get("n_joined", 0))]
        return [(name, int(count)) for name, count in parts if count or name in ("read", "trained")]
    except (TypeError, ValueError, LookupError, AttributeError):
        return []
