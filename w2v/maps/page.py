"""The page: one HTML file that holds the maps, the code that shows them, and plotly.js, and asks for nothing else.

Its own code is in the folder `web`. All data are gzip in base64, so that nothing in them can be taken for markup; the
script writes words as texts only. A policy in the page's head forbids it every connection.
"""

import base64
import gzip
import html
import json
import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v import __version__
from w2v.formats.small import quantized
from w2v.maps.word_map import WordMap
from w2v.system.extras import optional
from w2v.system.files import PathLike, atomic_writer

SCRIPTS = (
    "elements.js", "parts.js", "colours.js", "completion.js", "overlay.js", "pointers.js", "plane.js", "analogy.js",
    "panel.js", "main.js",
)  # fmt: skip
_VECTOR_BYTES = 10_000_000  # of the vectors that answer analogies, all maps together
_PLACE = 65535  # the largest number that a place has on the page


def plotly_code() -> str:
    """The source of plotly.js. Raises `MissingPackageError`."""
    return optional("plotly.offline", "a page", "explore").get_plotlyjs()


def write_page(path: PathLike, maps: Sequence[WordMap], plotly: str) -> int:
    """Write the page of one map, or of several side by side. plotly: the source of plotly.js. Returns its bytes."""
    page = make_page(maps, plotly).encode()
    with atomic_writer(path) as file:
        file.write(page)
    return len(page)


def make_page(maps: Sequence[WordMap], plotly: str) -> str:
    """The text of the page."""
    n_vectors = [_answering(one, len(maps)) for one in maps]
    parts = [_json("maps", [_about(one, n) for one, n in zip(maps, n_vectors, strict=True)])]
    for number, one in enumerate(maps):
        parts += [_packed(f"{number}-{name}", array) for name, array in _arrays(one)]
        parts.append(_json(f"{number}-words", one.words))
    parts.append(_part("plotly", "text", plotly.encode()))
    late = [
        _packed(f"{number}-vectors", quantized(one.unit[:n])[0])
        for number, (one, n) in enumerate(zip(maps, n_vectors, strict=True))
    ]
    heading = " and ".join(one.name for one in maps)
    inserted = {
        "title": html.escape(f"{heading}: a map of words"),
        "heading": html.escape(heading),
        "version": __version__,
        "style": _own("style.css"),
        "script": "\n".join(_own(name) for name in SCRIPTS),
        "parts": "\n".join(parts),
        "late_parts": "\n".join(late),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: inserted[found[1]], _own("template.html"))


def _own(name: str) -> str:
    return resources.files("w2v.maps").joinpath("web", name).read_text(encoding="utf-8")


def _answering(one: WordMap, n_maps: int) -> int:
    """How many words have vectors on the page."""
    return min(len(one), _VECTOR_BYTES // n_maps // one.unit.shape[1])


def _about(one: WordMap, n_vectors: int) -> dict[str, Any]:
    return {
        "name": one.name, "n": len(one), "k": one.neighbours.rows.shape[1], "d": one.unit.shape[1],
        "nVectors": n_vectors, "clusters": one.clusters, "labelNames": one.label_names, "card": one.card,
    }  # fmt: skip


def _arrays(one: WordMap) -> Iterator[tuple[str, NDArray[Any]]]:
    low = one.places.min(axis=0)
    spread = max(float(np.ptp(one.places, axis=0).max()), 1e-9)
    yield "places", np.rint((one.places - low) / spread * _PLACE).astype(np.uint16)
    yield "rows", one.neighbours.rows.astype(np.uint16 if len(one.words) <= 1 << 16 else np.uint32)
    # Ten-thousandths: the digits that `w2v nn` prints.
    yield "cosines", np.rint(one.neighbours.cosines.astype(np.float64).clip(-1, 1) * 10_000).astype(np.int16)
    yield "groups", one.groups.astype(np.uint8)
    if one.labels is not None:
        yield "labels", one.labels.clip(-1, np.iinfo(np.int16).max).astype(np.int16)
    if one.counts is not None:
        yield "counts", one.counts.astype(np.float64)


def _packed(name: str, array: NDArray[Any]) -> str:
    return _part(name, array.dtype.name, np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())


def _json(name: str, value: Any) -> str:
    return _part(name, "json", json.dumps(value).encode())


def _part(name: str, kind: str, data: bytes) -> str:
    text = base64.b64encode(gzip.compress(data, 9 if kind == "text" else 6, mtime=0)).decode()
    return f'<script type="application/gzip" id="part-{name}" data-kind="{kind}">{text}</script>'
