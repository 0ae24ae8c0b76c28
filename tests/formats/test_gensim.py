"""Files that gensim's `save` wrote, of all its versions, read without running anything in them."""

import os
import pickle
import random
import struct
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.errors import ConfigError, FormatError, W2VError
from w2v.formats.gensim import FORMAT
from w2v.formats.pickled import Noted, array_of, read_pickled
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


HEAD = b"\x80\x04cgensim.models.keyedvectors\nKeyedVectors\n)\x81"  # an object without attributes yet
DEEP = b")" + b"\x85" * 300_000  # (((...),),), deeper than any stack
SHARED = b")" + b"".join(b"\x94h" + bytes([i]) + b"\x86" for i in range(200))  # t = (t, t), 200 times: 2^200 leaves


@pytest.mark.parametrize("nested", [DEEP, SHARED], ids=["deep", "shared"])
@pytest.mark.parametrize("place", [b"}%bNs", b"(%bNd", b"X\1\0\0\0a%b\x93", b"%b)\x81", b"}K\1%bs", b"K\1%bR"])
def test_nesting_without_end_is_no_end_of_the_program(tmp_path, nested, place):
    """As a key, name, class or value: deep ones were a crash, shared ones a run of years. The object's state, too."""
    (tmp_path / "kv").write_bytes(HEAD + place % nested + b"b.")
    with pytest.raises(FormatError) as caught:
        KeyedVectors.load(tmp_path / "kv")
    assert len(str(caught.value)) < 600


def test_only_plain_values_are_keys():
    plain = {"a": 1, 2: 3, 2.5: 4, None: 5, b"x": 6, True: 7}
    assert read_pickled(pickle.dumps(plain, 3)) == plain
    for key in ((), (1, "a"), frozenset([1]), os.mkdir):
        with pytest.raises(FormatError, match="a key of a dictionary is neither text nor a number"):
            read_pickled(pickle.dumps({key: 1}, 4))


def test_a_name_does_not_grow_beyond_the_file():
    name = b"X\xd0\x07\0\0" + b"a" * 2000
    with pytest.raises(FormatError, match="a class has no name"):
        read_pickled(b"\x80\x04" + name + b"\x94h\0\x93.")


@pytest.mark.parametrize("shape, numbers", [
    ((1, 4), 16), ((1, 4), [0] * 16), ((1, 4), None), ((1, -1), bytes(16)), (16, bytes(16)), ((1, 3), bytes(16)),
    ((1, 4), bytes(15)), ((1, 1 << 70), bytes(16)), ((True, "4"), bytes(16)),
    ((read_pickled(SHARED + b"."), read_pickled(SHARED + b".")), bytes(16)),
])  # fmt: skip
def test_an_array_has_the_bytes_of_its_shape(shape, numbers):
    """Bytes of a number would be as many zeros."""
    kind = Noted("numpy.dtype", ("f4", False, True), (3, "<"))
    array = Noted("numpy._core.multiarray._reconstruct", (), (1, shape, kind, False, numbers))
    with pytest.raises(FormatError, match="an array of the pickle is damaged"):
        array_of(array)
    for same in (bytes(16), bytearray(16), "\0" * 16):
        array.state = (1, (1, 4), kind, False, same)
        np.testing.assert_array_equal(array_of(array), np.zeros((1, 4), np.float32))


def crafted(path, beside=None, **attributes):
    """A file of three words, with other attributes than gensim makes, and a file beside it."""
    kv = models.KeyedVectors.__new__(models.KeyedVectors)
    vectors = {} if beside is not None else {"vectors": np.arange(12, dtype=np.float32).reshape(3, 4)}
    kv.__dict__ = {"index_to_key": ["a", "b", "c"], **vectors, **attributes}
    path.write_bytes(pickle.dumps(kv, 4))
    if beside is not None:
        path.with_name(f"{path.name}.vectors.npy").write_bytes(beside)
    return path


def npy(shape="(3, 4)", descr="<f4"):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + bytes(64)


def archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("vectors.npy", npy())
    return path.read_bytes()


@pytest.mark.parametrize("attributes", [
    {"__numpys": 5}, {"__numpys": None}, {"vocab": dict.fromkeys("abc", SimpleNamespace(count=1 << 70))},
    {"index_to_key": [True, False, 2]}, {"index_to_key": 3}, {"vectors": np.zeros((3, 0), np.float32)},
    {"vectors": 5}, {"vectors": np.zeros((3, 4), np.longdouble)},
])  # fmt: skip
def test_attributes_of_other_kinds_are_one_sentence(tmp_path, attributes):
    with pytest.raises(FormatError, match="load it in gensim and call save_word2vec_format$") as caught:
        KeyedVectors.load(crafted(tmp_path / "kv", **attributes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [
    "(-3, 4)", f"({1 << 70}, 4)", "(3, 0)", "3", "(True, 4)", "(3, 100000000000)", "(3, 4", "(" * 99, "-" * 9000 + "1",
])  # fmt: skip
def test_a_file_beside_it_that_is_damaged_is_one_sentence(tmp_path, shape):
    path = crafted(tmp_path / "kv", npy(shape), __numpys=["vectors"])
    with pytest.raises(FormatError) as caught:
        KeyedVectors.load(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


def test_a_file_beside_it_of_another_kind_is_one_sentence(tmp_path):
    for beside in (archive(tmp_path / "zip"), b"PK\3\4" + b"x" * 100, b"", npy(descr="zz"), npy(descr="|O")):
        path = crafted(tmp_path / "kv", beside, __numpys=["vectors"])
        with pytest.raises(FormatError, match=r"vectors\.npy beside it is damaged"):
            KeyedVectors.load(path)
    with pytest.raises(FormatError, match="no floats of 16, 32 or 64 bits"):
        KeyedVectors.load(crafted(tmp_path / "kv", npy("(3, 1)", "<f16"), __numpys=["vectors"]))
    assert KeyedVectors.load(crafted(tmp_path / "kv", npy(), __numpys=["vectors"])).vectors.shape == (3, 4)


@pytest.mark.parametrize("keys", [["a", "a", "b"], [7, 7, 8]])
def test_the_first_row_of_a_word_is_kept(tmp_path, keys):
    path = crafted(tmp_path / "kv", index_to_key=keys, expandos={"count": np.array([5, 4, 3])})
    with pytest.warns(UserWarning, match=f"dropped 1 rows whose word had occurred before .the first is {keys[0]!r}"):
        assert main(["convert", str(path), str(tmp_path / "kv.w2v")]) == 0
    ours = KeyedVectors.load(tmp_path / "kv.w2v")
    assert ours.index_to_key == keys[1:] and list(ours.expandos["count"]) == [5, 3]
    np.testing.assert_array_equal(ours.vectors, [[0, 1, 2, 3], [8, 9, 10, 11]])
    assert read_vectors(path, limit=1).keys == keys[:1]


def test_the_first_row_of_a_word_is_kept_for_training(tmp_path):
    model = models.Word2Vec(TEXTS, vector_size=5, min_count=1, workers=1)
    model.wv.index_to_key[1] = model.wv.index_to_key[0]
    model.save(str(tmp_path / "model"))
    with pytest.warns(UserWarning, match="dropped 1 rows"):
        table = read_vectors(tmp_path / "model")
    np.testing.assert_array_equal(table.output_vectors, model.syn1neg[[0, 2, 3, 4, 5]])
