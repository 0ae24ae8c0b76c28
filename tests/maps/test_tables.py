"""A map for other programs: TSV for TensorBoard's projector, Parquet for Embedding Atlas."""

import numpy as np
import pytest
from maps_support import hostile_store

from w2v.maps.atlas import write_atlas
from w2v.maps.projector import projector_files, write_projector
from w2v.maps.word_map import make_map


@pytest.fixture(scope="module")
def one():
    labels = {"word20": "x", "word21": "y"}
    return make_map(hostile_store(), "m", max_words=40, layout="pca", n_clusters=4, labels=labels)


def test_projector(one, tmp_path):
    write_projector(tmp_path / "new" / "folder", one)
    vectors, metadata, config = projector_files(tmp_path / "new" / "folder")
    assert np.loadtxt(vectors, delimiter="\t") == pytest.approx(one.unit, abs=1e-5)
    heading, *lines = metadata.read_text(encoding="utf-8").split("\n")[:-1]
    assert heading.split("\t") == ["word", "cluster", "count", "label"]
    assert len(lines) == 40 and all(len(line.split("\t")) == 4 for line in lines)
    assert lines[11].split("\t")[0] == "a b" and lines[12].split("\t")[0] == "new line"
    assert lines[20].split("\t")[2:] == ["980", "x"] and lines[22].split("\t")[3] == ""
    assert f'tensor_path: "{vectors.name}"' in config.read_text() and metadata.name in config.read_text()


def test_atlas(one, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    write_atlas(tmp_path / "a.parquet", one)
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.column_names == ["word", "cluster", "count", "label", "projection_x", "projection_y", "neighbors"]
    rows = table.to_pylist()
    assert [row["word"] for row in rows] == one.words[:40] and rows[20]["label"] == "x" and rows[0]["label"] is None
    for row, place, near, cosines in zip(rows, one.places, *one.neighbours, strict=True):
        assert (row["projection_x"], row["projection_y"]) == pytest.approx(place.tolist())
        here = near < 40  # others have no row
        assert row["neighbors"]["ids"] == near[here].tolist()
        assert row["neighbors"]["distances"] == pytest.approx((1 - cosines[here]).tolist())
