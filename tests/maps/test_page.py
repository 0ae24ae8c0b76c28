"""The page as a file: whole, closed to the network, and unmoved by what words are made of."""

import base64
import gzip
import json
from html.parser import HTMLParser

import numpy as np
import pytest
from maps_support import HOSTILE, hostile_store

from w2v.maps import page
from w2v.maps.word_map import make_map


class Reader(HTMLParser):
    """What a browser makes of it: scripts by their ids, text, and all attributes."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.attributes, self.tags, self.title, self._id = {}, [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self._id = (dict(attrs).get("id") or "code", dict(attrs).get("data-kind")) if tag == "script" else tag

    def handle_endtag(self, tag):
        self._id = None

    def handle_data(self, data):
        if isinstance(self._id, tuple):
            self.scripts[self._id[0].removeprefix("part-")] = (self._id[1], data)
        elif self._id == "title":
            self.title += data

    def part(self, name):
        kind, text = self.scripts[name]
        plain = gzip.decompress(base64.b64decode(text, validate=True))
        return json.loads(plain) if kind == "json" else np.frombuffer(plain, np.dtype(kind).newbyteorder("<"))


@pytest.fixture(scope="module")
def one():
    return make_map(hostile_store(), "</title><script>alert(1)</script>", max_words=40, layout="pca", n_clusters=4)


def test_words_and_numbers_come_back_and_nothing_breaks_out(one):
    read = Reader(page.make_page([one], "plotly code </script><b>"))
    about, words = read.part("maps")[0], read.part("0-words")
    assert words == one.words and set(HOSTILE) <= set(words) and read.title.startswith(one.name)
    assert (about["n"], about["k"], about["d"], about["nVectors"], about["clusters"]) == (40, 10, 8, 40, one.clusters)
    assert "img" not in read.tags and "b" not in read.tags and read.tags.count("title") == 1
    assert (read.part("0-rows").reshape(40, 10) == one.neighbours.rows).all()
    assert (read.part("0-cosines").reshape(40, 10) / 1e4 == np.round(one.neighbours.cosines.astype(float), 4)).all()
    assert (read.part("0-groups") == one.groups).all() and (read.part("0-counts") == one.counts).all()
    places = read.part("0-places").reshape(40, 2).astype(float)
    assert places.min() == 0 and places.max() == 65535
    spread = np.ptp(one.places, axis=0).max()
    assert places == pytest.approx((one.places - one.places.min(axis=0)) / spread * 65535, abs=0.6)
    codes = read.part("0-vectors").reshape(40, 8).astype(float)
    lengths = np.linalg.norm(codes, axis=1, keepdims=True)
    assert codes / np.where(lengths, lengths, 1) == pytest.approx(one.unit, abs=0.01)


def test_the_page_asks_for_nothing(one):
    text = page.make_page([one], "plotly code")
    read = Reader(text)
    assert not {"src", "href", "srcset", "action"} & {name for name, _ in read.attributes}
    policy = next(value for name, value in read.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none';") and "http" not in policy
    assert "{{" not in text and "innerHTML" not in text and "insertAdjacentHTML" not in text
    assert "MIT licence" in text


def test_the_same_map_gives_the_same_bytes(one, tmp_path):
    sizes = [page.write_page(tmp_path / name, [one, one], "code") for name in ("a.html", "b.html")]
    first, second = ((tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second and sizes == [len(first)] * 2
    assert Reader(first.decode()).part("1-words") == one.words


def test_large_vectors_answer_analogies_for_the_commonest_words_only(one, monkeypatch):
    monkeypatch.setattr(page, "_VECTOR_BYTES", 200)
    read = Reader(page.make_page([one, one], "code"))
    assert [about["nVectors"] for about in read.part("maps")] == [12, 12]
    assert len(read.part("1-vectors")) == 12 * 8


def test_every_file_of_the_page_is_in_it():
    names = {path.name for path in page.resources.files("w2v.maps").joinpath("web").iterdir()}
    assert names == {"template.html", "style.css", *page.SCRIPTS}
