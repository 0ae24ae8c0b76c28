"""`w2v explore`: what it writes, and what it refuses before any work."""

import base64
import gzip
import importlib.util
import json
import re
import sys

import pytest
from maps_support import hostile_store

from w2v.cli.commands import main


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("explore") / "tiny.w2v"
    hostile_store().save(path)
    return str(path)


def test_a_folder_for_the_projector(model, tmp_path, capsys):
    (tmp_path / "labels").write_text("word20\tx\n")
    command = ["explore", model, "-o", f"{tmp_path}/p/", "--layout", "pca", "--clusters", "3", "--max-words", "30"]
    assert main([*command, "--labels", str(tmp_path / "labels")]) == 0
    assert len((tmp_path / "p" / "vectors.tsv").read_text().splitlines()) == 30
    said = capsys.readouterr()
    assert "tiny: searching the neighbours of 30 words" in said.err and "metadata.tsv" in said.err and not said.out


def test_a_page(model, tmp_path, capsys):
    pytest.importorskip("plotly")
    page = tmp_path / "map.html"
    assert main(["explore", model, model, "-o", str(page), "--layout", "pca"]) == 0
    assert page.stat().st_size > 1e6 and "MB) after" in capsys.readouterr().err
    score = {"score": 0.25, "interval": [0.1, 0.4], "measure": "accuracy", "category": "all"}
    (tmp_path / "s.json").write_text(json.dumps({"results": [{"file": "q.txt", "models": [{"scores": [score]}]}]}))
    assert main(["explore", model, "-o", str(page), "--layout", "pca", "--scores", str(tmp_path / "s.json")]) == 0
    part = re.search(r'id="part-maps"[^>]*>([^<]*)<', page.read_text("utf-8"))[1]
    card = json.loads(gzip.decompress(base64.b64decode(part)))[0]["card"]
    assert card["facts"]["scores"] == {"q.txt, accuracy": "0.2500 (0.1000 to 0.4000)"}


def test_what_is_refused_before_any_work(model, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for arguments, said in (
        ([model, "-o", "map.png"], "a map ends in .html or .parquet"),
        ([model, model, "-o", f"{tmp_path}/x/"], "2 models were given, and such a file holds one model at most"),
        ([model, model, model, "-o", "map.html"], "3 models were given, and a page shows two models at most"),
        ([model, "-o", "map.html", "--max-words", "50001"], "50,000 words at most"),
        ([model, "-o", f"{tmp_path}/file/"], "it is a file; name a folder"),
        ([model, "-o", f"{tmp_path}/none/map.html"], "does not exist"),
        ([model, model, "-o", "map.html", "--scores", "s.json"], "--scores are for the card of a page's one model"),
        ([model, "-o", "map.html", "--layout", "tsne"], "--layout: invalid choice"),
    ):
        assert main(["explore", *arguments]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1, error


def test_a_missing_extra_is_one_sentence(model, tmp_path, capsys, monkeypatch):
    for package in ("plotly", "plotly.offline", "pyarrow"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    cases = (("m.html", "pca", "explore"), ("m.parquet", "pca", "parquet"), ("f/", "umap", "explore"))
    for output, layout, extra in cases:
        assert main(["explore", model, "-o", f"{tmp_path}/{output}", "--layout", layout]) == 2
        error = capsys.readouterr().err
        assert f"pip install 'w2v[{extra}]'" in error and error.count("\n") <= 2, error
    assert not list(tmp_path.iterdir())
