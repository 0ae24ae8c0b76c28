"""The figures of docs/parameters.md: trained once a setting, kept, and shown."""

import json
import random
from pathlib import Path

import pytest

from bench import parameters

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def corpus(tmp_path):
    words = [f"{kind}{n}" for kind in "ab" for n in range(10)]
    draw = random.Random(1)
    text = "\n".join(" ".join(draw.choices(words[:10] if n % 2 else words[10:], k=12)) for n in range(200))
    (tmp_path / "text").write_text(text)
    (tmp_path / "pairs.tsv").write_text("".join(f"a0\ta{n}\t{9 - n}\na0\tb{n}\t0.{n}\n" for n in range(1, 9)))
    return tmp_path / "text"


def test_a_setting_is_trained_once_and_kept(corpus, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(parameters, "CURVES", {"window": (1, 5), "epochs": (5,)})
    trained = []
    train = parameters.train_w2v
    monkeypatch.setattr(parameters, "train_w2v", lambda path, one: trained.append(one) or train(path, one))
    kept, asked = (
        tmp_path / "points.json",
        ["--eval", str(tmp_path / "pairs.tsv"), "--json", str(tmp_path / "points.json")],
    )
    assert parameters.main([str(corpus), *asked, "--seeds", "1"]) == 0
    assert [(one.model, one.window, one.start_alpha) for one in trained] == [
        ("sg", 1, 0.025), ("sg", 5, 0.025), ("cbow", 1, 0.05), ("cbow", 5, 0.05),
    ]  # fmt: skip
    first = capsys.readouterr().out
    points = json.loads(kept.read_text())
    assert len(points) == 6 and all(len(point["scores"]["pairs"]) == 1 for point in points)
    assert "| window | 1 | 5 |\n|---|---|---|\n| sg, pairs | " in first and "| epochs | 5 |" in first
    assert parameters.main([str(corpus), *asked]) == 0
    assert len(trained) == 4 and capsys.readouterr().out == first


def test_the_page_has_the_points_that_are_kept():
    page = (DOCS / "parameters.md").read_text(encoding="utf-8")
    found = list(parameters.tables(parameters.read_points(DOCS / "parameters.json")))
    assert len(found) == len(parameters.CURVES)
    for table in found:
        assert table in page
