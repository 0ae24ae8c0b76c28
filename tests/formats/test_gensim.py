"""Files that gensim's `save` wrote, of all its versions, read without running anything in them."""

import os
import pickle
import random

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.errors import ConfigError, FormatError, W2VError
from w2v.formats.gensim import FORMAT
from w2v.formats.pickled import read_pickled
from w2v.formats.vector_files import read_vectors
from w2v.vectors.keyed_vectors import KeyedVectors

models = pytest.importorskip("gensim.models")
datapath = pytest.importorskip("gensim.test.utils").datapath
TEXTS = [list("abcd"), list("cdef")] * 5


def equals(path, theirs):
    ours = KeyedVectors.load(path)
    assert ours.index_to_key == theirs.index_to_key
    np.testing.assert_array_equal(ours.vectors, theirs.vectors)
    assert ours.vectors.dtype == theirs.vectors.dtype
    assert [ours.get_vecattr(key, "count") for key in "abc"] == [theirs.get_vecattr(key, "count") for key in "abc"]


@pytest.fixture(scope="module")
def trained():
    return models.Word2Vec(TEXTS, vector_size=5, min_count=1, workers=1)


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("sep_limit", [0, 10 << 20])
def test_what_gensim_writes_today(tmp_path, trained, protocol, sep_limit):
    path = str(tmp_path / "saved")
    trained.wv.save(path, pickle_protocol=protocol, sep_limit=sep_limit)
    assert os.path.exists(f"{path}.vectors.npy") == (sep_limit == 0)
    equals(path, trained.wv)
    trained.save(path, pickle_protocol=protocol, sep_limit=sep_limit)
    equals(path, trained.wv)
    assert read_vectors(path, limit=2).vectors.shape == (2, 5)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_numbers_orders_and_keys(tmp_path, dtype):
    kv = models.KeyedVectors(3, dtype=dtype)
    kv.add_vectors([7, 3, 9], np.asfortranarray(np.arange(9).reshape(3, 3) / 7))
    kv.vectors = np.asfortranarray(kv.vectors).astype(kv.vectors.dtype.newbyteorder(">"))
    kv.save(str(tmp_path / "kv"))
    ours = KeyedVectors.load(tmp_path / "kv")
    assert ours.index_to_key == [7, 3, 9] and ours.vectors.dtype == dtype and "count" not in ours.expandos
    np.testing.assert_array_equal(ours.vectors, kv.vectors)


OLD = [
    "old_keyedvectors_320.dat", "model-from-gensim-3.8.0.w2v", "word2vec_3.3", "word2vec_old", "word2vec_old_sep",
    *(f"old_w2v_models/w2v_{version}.mdl" for version in ("0.13.4", "1.0.0", "2.3.0", "3.0.0", "3.4.0")),
]  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_what_older_versions_wrote(name):
    theirs = (models.KeyedVectors if "keyed" in name else models.Word2Vec).load(datapath(name))
    theirs, ours = getattr(theirs, "wv", theirs), KeyedVectors.load(datapath(name))
    assert ours.index_to_key == theirs.index_to_key
    np.testing.assert_array_equal(ours.vectors, theirs.vectors)
    assert all(ours.get_vecattr(key, "count") == theirs.get_vecattr(key, "count") for key in ours.index_to_key)


@pytest.mark.parametrize("name", ["py2", "py3", "py3_4", "sep_py2", "sep_py3", "sep_py3_4"])
def test_what_gensim_itself_no_longer_reads(name):
    """One of gensim's own tests trained all of these in 2016, with the same seed."""
    ours = KeyedVectors.load(datapath(f"word2vec_pre_kv_{name}"))
    assert (
        ours.vectors.shape == (9, 2)
        and ours.index_to_key[:2] == KeyedVectors.load(datapath("word2vec_pre_kv_py3")).index_to_key[:2]
    )
    assert ours.expandos["count"][0] == 4135


class Calls:
    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return os.mkdir, (self.name,)


def test_nothing_in_it_is_run(tmp_path):
    kv = models.KeyedVectors(2)
    kv.add_vectors(["a", "b"], np.ones((2, 2)))
    kv.trap = Calls(str(tmp_path / "made"))
    kv.save(str(tmp_path / "kv"))
    assert KeyedVectors.load(tmp_path / "kv").index_to_key == ["a", "b"]
    assert not (tmp_path / "made").exists()
    models.KeyedVectors.load(str(tmp_path / "kv"))
    assert (tmp_path / "made").exists(), "the trap works"


def test_the_command_describes_and_converts_it(tmp_path, capsys):
    path = datapath("word2vec_old_sep")
    assert main(["info", path]) == 0 and "gensim vectors, 12 words x 100" in capsys.readouterr().out
    assert main(["convert", path, str(tmp_path / "m.w2v")]) == 0
    np.testing.assert_array_equal(read_vectors(tmp_path / "m.w2v").vectors, read_vectors(path).vectors)
    assert main(["convert", str(tmp_path / "m.w2v"), str(tmp_path / "x"), "--format", "gensim"]) == 2
    assert "are read and not written" in capsys.readouterr().err


def test_what_is_not_read_is_said(tmp_path, trained):
    path = str(tmp_path / "saved")
    trained.save(path, sep_limit=0)
    os.remove(f"{path}.wv.vectors.npy")
    with pytest.raises(FileNotFoundError, match=r"wv\.vectors\.npy is missing, which gensim wrote beside the file"):
        KeyedVectors.load(path)
    (tmp_path / "saved.wv.vectors.npy").write_bytes(b"\x93NUMPY\x01\0")
    with pytest.raises(FormatError, match=r"wv\.vectors\.npy beside it is damaged"):
        KeyedVectors.load(path)
    models.FastText(TEXTS, vector_size=5, min_count=1, workers=1, bucket=10).save(path)
    with pytest.raises(FormatError, match="holds gensim's FastText, .*load it in gensim and call save_word2vec_format"):
        KeyedVectors.load(path)
    with pytest.raises(ConfigError, match="are read and not written"):
        FORMAT.write(path, read_vectors(datapath("word2vec_3.3")))


def test_a_damaged_file_is_one_sentence(tmp_path, trained):
    choose = random.Random(1)
    for protocol in (2, 4):
        trained.wv.save(str(tmp_path / "kv"), pickle_protocol=protocol)
        whole = (tmp_path / "kv").read_bytes()
        for _ in range(80):
            damaged = bytearray(whole)
            if choose.random() < 0.3:
                del damaged[choose.randrange(60, len(whole)) :]
            else:
                damaged[choose.randrange(60, len(whole))] = choose.randrange(256)
            (tmp_path / "damaged").write_bytes(damaged)
            try:
                KeyedVectors.load(tmp_path / "damaged")
            except W2VError as error:
                assert "\n" not in str(error) and len(str(error)) < 600


def test_data_equal_what_pickle_makes():
    data = [1, -5, 1 << 70, 2.5, "é", b"\xff", None, True, (1, (2, 3, 4, 5)), [], {"a": [{"b": ()}], 3: "x"}, "a" * 300]
    data += [data[10], data[4]]  # once more
    for protocol in range(6):
        if protocol > 2:
            assert read_pickled(pickle.dumps(data, protocol)) == data
        else:  # bytes are made by a call there
            assert read_pickled(pickle.dumps(data[:5] + data[6:], protocol)) == data[:5] + data[6:]
    for bad in (
        b"",
        b"\x80\x04",
        b"\x80\x04.",
        b"\x80\x04]b.",
        b"\x80\x04K\x01\x85R.",
        b"\x80\x04(\x8e" + b"\xff" * 8,
        b"F" + b"x" * 999 + b"\n.",
    ):
        with pytest.raises(FormatError) as caught:
            read_pickled(bad)
        assert len(str(caught.value)) < 200 and "\n" not in str(caught.value)
