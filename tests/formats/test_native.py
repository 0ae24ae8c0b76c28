import json
import os

import numpy as np
import pytest

from w2v.errors import ConfigError, FormatError
from w2v.formats.vector_files import VectorTable, read_vectors, write_vectors
from w2v.system.container import read_container, write_container
from w2v.vectors.keyed_vectors import KeyedVectors

KEYS = ["line\nend", "two words", "", "\ud83d\ude00", "\U0001f600", "\udfff", '"', "\0"]


def table(n_rows=8):
    vectors = np.arange(n_rows * 3, dtype=np.float32).reshape(n_rows, 3)
    return VectorTable(KEYS[:n_rows], vectors, np.arange(n_rows), vectors + 1, {"seed": 1})


def tensors_of(path, **changes):
    write_vectors(path, table())
    tensors, strings = read_container(path)
    tensors = {name: np.array(array) for name, array in tensors.items()} | changes
    return {name: array for name, array in tensors.items() if array is not None}, strings


def words(keys):
    return np.frombuffer(json.dumps(keys).encode(), np.uint8)


def test_the_layout_is_as_written_down(tmp_path):
    tensors, strings = tensors_of(tmp_path / "a.w2v")
    assert {name: (array.dtype.str, array.shape) for name, array in tensors.items() if name != "words"} == {
        "input_vectors": ("<f4", (8, 3)), "output_vectors": ("<f4", (8, 3)), "counts": ("<i8", (8,)),
    }  # fmt: skip
    assert tensors["words"].dtype == np.uint8
    assert strings == {"format": "w2v", "format_version": "1", "metadata": '{"seed": 1}'}


def test_keys_are_decoded_on_first_use(tmp_path):
    write_container(tmp_path / "a.w2v", *tensors_of(tmp_path / "a.w2v", words=np.frombuffer(b"[broken", np.uint8)))
    found = read_vectors(tmp_path / "a.w2v")
    assert len(found.keys) == 8 and isinstance(found.vectors, np.memmap)
    with pytest.raises(FormatError, match="'words' is not valid JSON"):
        found.keys[0]


def test_keys_behave_as_a_sequence(tmp_path):
    write_vectors(tmp_path / "a.w2v", table())
    keys = read_vectors(tmp_path / "a.w2v").keys
    assert keys == KEYS and list(keys) == KEYS and keys[2:4] == KEYS[2:4] and keys[-1] == "\0"
    assert (
        "" in keys and keys.index("\udfff") == 5 and keys != KEYS[1:] and keys == read_vectors(tmp_path / "a.w2v").keys
    )


def test_keys_know_their_positions_which_vectors_copy(tmp_path):
    write_vectors(tmp_path / "a.w2v", table())
    keys = read_vectors(tmp_path / "a.w2v").keys
    assert keys.positions() == {key: row for row, key in enumerate(KEYS)}
    vectors = KeyedVectors.from_table(read_vectors(tmp_path / "a.w2v"))
    assert vectors.key_to_index == keys.positions()
    vectors.add_vector("new", [1, 2, 3])
    assert vectors.key_to_index["new"] == 8 and "new" not in keys.positions()


def test_a_table_that_was_read_can_be_written_over_its_own_file(tmp_path):
    write_vectors(tmp_path / "a.w2v", table())
    write_vectors(tmp_path / "a.w2v", read_vectors(tmp_path / "a.w2v"))
    found = read_vectors(tmp_path / "a.w2v")
    assert found.keys == KEYS and np.array_equal(found.vectors, table().vectors) and found.metadata == {"seed": 1}


def test_no_words_at_all(tmp_path):
    write_vectors(tmp_path / "a.w2v", VectorTable([], np.empty((0, 4), np.float32)))
    found = read_vectors(tmp_path / "a.w2v")
    assert found.keys == [] and found.vectors.shape == (0, 4)


@pytest.mark.parametrize("limit", [1, 7, 8, 9])
def test_a_limit_below_the_whole_drops_the_output_vectors(tmp_path, limit):
    write_vectors(tmp_path / "a.w2v", table())
    found = read_vectors(tmp_path / "a.w2v", limit=limit)
    assert found.keys == KEYS[:limit] and np.array_equal(found.counts, np.arange(min(limit, 8)))
    assert (found.output_vectors is None) == (limit < 8)


def test_a_newer_version_is_refused_in_a_sentence(tmp_path):
    tensors, strings = tensors_of(tmp_path / "a.w2v")
    write_container(tmp_path / "a.w2v", tensors, strings | {"format_version": "2"})
    with pytest.raises(FormatError, match="format version 2 and this w2v reads up to 1; update w2v"):
        read_vectors(tmp_path / "a.w2v")


BAD_STRINGS = [
    ({"format": "other"}, "no w2v file"), ({"format_version": "x"}, "version is 'x'"),
    ({"format_version": "0"}, "'0'"),
    ({"format_version": "²"}, "version is"), ({"metadata": "{"}, "not valid JSON"),
    ({"metadata": "[]"}, "not a JSON object"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), BAD_STRINGS)
def test_strings_that_do_not_fit_are_refused(tmp_path, change, sentence):
    tensors, strings = tensors_of(tmp_path / "a.w2v")
    write_container(tmp_path / "a.w2v", tensors, strings | change)
    with pytest.raises(FormatError, match=f"a.w2v.*{sentence}"):
        read_vectors(tmp_path / "a.w2v")


def test_a_safetensors_file_of_another_maker_is_refused(tmp_path):
    write_container(tmp_path / "a", {"embeddings": np.ones((2, 2))}, {})
    with pytest.raises(FormatError, match="no w2v file"):
        read_vectors(tmp_path / "a")


BAD_ARRAYS = [
    ({"words": None}, "missing"), ({"input_vectors": None}, "missing"),
    ({"input_vectors": np.ones((8, 3), np.int64)}, "int64"),
    ({"counts": np.ones(8, np.int32)}, "int32"), ({"counts": np.ones(7, np.int64)}, "do not fit"),
    ({"output_vectors": np.ones((8, 2), np.float32)}, "do not fit"),
    ({"words": np.ones((2, 2), np.uint8)}, "do not fit"),
    ({"input_vectors": np.ones(8, np.float32)}, "do not fit"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), BAD_ARRAYS)
def test_arrays_that_do_not_fit_are_refused(tmp_path, change, sentence):
    write_container(tmp_path / "a.w2v", *tensors_of(tmp_path / "a.w2v", **change))
    with pytest.raises(FormatError, match=f"a.w2v.*{sentence}"):
        read_vectors(tmp_path / "a.w2v")


BAD_KEYS = [
    (["a"], "list of 8"), ({}, "list of 8"), (["a"] * 8, "twice"), ([*"abcdefg", 1], "mixes"),
    ([True] * 8, "mixes"),
    ([[]] * 8, "mixes"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "sentence"), BAD_KEYS)
def test_keys_that_do_not_fit_are_refused(tmp_path, keys, sentence):
    write_container(tmp_path / "a.w2v", *tensors_of(tmp_path / "a.w2v", words=words(keys)))
    with pytest.raises(FormatError, match=f"a.w2v.*{sentence}"):
        list(read_vectors(tmp_path / "a.w2v").keys)


def test_numpy_numbers_in_metadata_and_keys_become_plain_ones(tmp_path):
    metadata = {"a": np.int64(3), "b": [np.float32(0.5)]}
    write_vectors(tmp_path / "a.w2v", VectorTable(np.arange(2), np.ones((2, 2), int), np.int32([5, 3]), None, metadata))
    found = read_vectors(tmp_path / "a.w2v")
    assert found.metadata == {"a": 3, "b": [0.5]} and found.keys == [0, 1]
    assert found.vectors.dtype == np.float32 and found.counts.dtype == np.int64


def test_metadata_that_json_cannot_hold_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="does not fit in JSON"):
        write_vectors(tmp_path / "a.w2v", table()._replace(metadata={"a": object()}))
    with pytest.raises(ConfigError, match="cannot be compressed"):
        write_vectors(tmp_path / "a.w2v.gz", table())
    assert os.listdir(tmp_path) == []
