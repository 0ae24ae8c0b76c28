"""An index of neighbours beside exact search."""

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.errors import ConfigError, FormatError, MissingPackageError, W2VError
from w2v.vectors.ann import NeighbourIndex

pytest.importorskip("voyager")


@pytest.fixture(scope="module")
def vectors():
    generator = np.random.default_rng(0)
    centers = generator.normal(size=(20, 12))
    made = w2v.KeyedVectors(12)
    rows = centers[np.arange(400) % 20] + generator.normal(0, 0.4, (400, 12))
    rows[7] = 0
    made.add_vectors([f"w{n}" for n in range(400)], rows)
    return made


@pytest.fixture(scope="module")
def index(vectors):
    return vectors.build_index(threads=1)


def test_nearly_all_neighbours_with_their_exact_cosines(vectors, index):
    n_right = 0
    for word in ("w1", "w44", "w399"):
        exact, found = vectors.most_similar(word), vectors.most_similar(word, indexer=index)
        assert len(found) == 10 and word not in dict(found)
        n_right += len(dict(exact).keys() & dict(found).keys())
        for key, cosine in found:
            assert cosine == pytest.approx(vectors.similarity(word, key), abs=1e-6)
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert n_right >= 28
    assert vectors.most_similar(["w1", "w2"], ["w3"], 3, indexer=index) == vectors.most_similar(["w1", "w2"], ["w3"], 3)
    assert len(vectors.most_similar("w1", topn=1000, indexer=index)) == 399


def test_gensims_method(vectors, index):
    found = index.most_similar(3 * vectors["w1"], 2)
    assert found[0][0] == "w1" and found[0][1] == pytest.approx(1, abs=1e-6) and len(found) == 2
    with pytest.raises(ConfigError, match="does not fit"):
        index.most_similar(np.ones(3))


@pytest.mark.parametrize("more", [{"restrict_vocab": 9}, {"keys": ["w2"]}, {"where": "w"}, {"restrict_to": [1]}])
def test_an_index_takes_no_filter(vectors, index, more):
    with pytest.raises(ConfigError, match="an index answers from all rows"):
        vectors.most_similar("w1", indexer=index, **more)


def test_saved_beside_the_model(vectors, index, tmp_path):
    with pytest.raises(ConfigError, match="name its path"):
        index.save()
    vectors.save(tmp_path / "v.w2v")
    loaded = w2v.load(tmp_path / "v.w2v")
    made = loaded.build_index(threads=1)
    assert made.save() == f"{tmp_path}/v.w2v.ann"
    again = NeighbourIndex.load(loaded)
    assert loaded.most_similar("w5", indexer=again) == loaded.most_similar("w5", indexer=made)
    loaded.vectors[0] += 1
    with pytest.raises(ConfigError, match="the index of other vectors"):
        NeighbourIndex.load(loaded)
    with pytest.raises(FormatError, match="an index of neighbours, not word vectors|index of neighbours"):
        w2v.load(made.save())
    with pytest.raises(FormatError, match="is no index of neighbours"):
        NeighbourIndex.load(vectors, tmp_path / "v.w2v")


def test_damage_is_told(vectors, index, tmp_path):
    path = tmp_path / "x.ann"
    index.save(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(FormatError, match="is not what was written"):
        NeighbourIndex.load(vectors, path)
    path.write_bytes(data[:100])
    with pytest.raises(W2VError):
        NeighbourIndex.load(vectors, path)


def test_nn_approx(vectors, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    vectors.save("v.w2v")
    answers = []
    for expected in ("making an index of 400 words, once\nwrote v.w2v.ann\n", ""):
        assert main(["nn", "v.w2v", "w5", "--approx", "-n", "3"]) == 0
        said = capsys.readouterr()
        assert said.err == expected
        answers.append(said.out)
    assert answers[0] == answers[1]
    assert main(["nn", "v.w2v", "w5", "-n", "3"]) == 0 and capsys.readouterr().out == answers[0]
    (tmp_path / "v.w2v.ann").unlink()
    assert main(["nn", "v.w2v", "w5", "--approx", "--restrict-vocab", "9"]) == 2
    assert "leave --restrict-vocab out" in capsys.readouterr().err
    (tmp_path / "none.txt").write_text("0 3\n")
    assert main(["nn", "none.txt", "w5", "--approx"]) == 2
    assert "holds no word" in capsys.readouterr().err and not list(tmp_path.glob("*.ann"))


def test_without_voyager(vectors, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "voyager", None)
    with pytest.raises(MissingPackageError, match=r"needs voyager; run: pip install 'w2v\[ann\]'"):
        vectors.build_index()
    with pytest.raises(ConfigError, match="rows that all have a key"):
        w2v.KeyedVectors(3).build_index()
