import errno
import json
import os
import time
import tracemalloc

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from w2v.errors import FormatError, W2VError
from w2v.system import container
from w2v.system.container import CHECKSUMS, DTYPES, read_container, verify_container, write_container

SHARED_PATH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

ARRAYS = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5).filter(lambda name: name != "__metadata__"),
    hnp.arrays(
        st.sampled_from(sorted(DTYPES.values(), key=str)),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
    ),
    max_size=4,
)


def raw_file(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def assert_equal_bytes(left, right):
    assert left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()


@SHARED_PATH
@given(
    tensors=ARRAYS,
    metadata=st.dictionaries(
        st.text(st.characters(codec="utf-8")).filter(lambda name: name != CHECKSUMS),
        st.text(st.characters(codec="utf-8")),
    ),
)
def test_what_is_written_is_read(tmp_path, tensors, metadata):
    write_container(tmp_path / "a", tensors, metadata)
    found, found_metadata = read_container(tmp_path / "a")
    assert found_metadata == metadata and found.keys() == tensors.keys()
    for name, array in tensors.items():
        assert_equal_bytes(found[name], array)
        assert found[name].flags.aligned


def test_the_name_of_the_checksums_is_taken(tmp_path):
    for tensors, metadata in (({CHECKSUMS: np.zeros(1)}, {}), ({}, {CHECKSUMS: "mine"})):
        with pytest.raises(FormatError, match=f"cannot be named {CHECKSUMS}"):
            write_container(tmp_path / "a", tensors, metadata)
        assert not (tmp_path / "a").exists()


@SHARED_PATH
@given(tensors=ARRAYS)
def test_safetensors_reads_ours_and_we_read_theirs(tmp_path, tensors):
    safetensors = pytest.importorskip("safetensors.numpy")
    write_container(tmp_path / "ours", tensors, {"key": "välue"})
    theirs = safetensors.load_file(tmp_path / "ours")
    assert theirs.pop("checksums").dtype == np.uint8
    safetensors.save_file(tensors, tmp_path / "theirs")
    ours, _ = read_container(tmp_path / "theirs")
    assert theirs.keys() == ours.keys() == tensors.keys()
    for name, array in tensors.items():
        assert_equal_bytes(theirs[name], array)
        assert_equal_bytes(ours[name], array)


def test_data_starts_on_a_64_byte_border_and_views_are_memory_maps(tmp_path):
    write_container(tmp_path / "a", {"a": np.arange(6.0), "b": np.ones(3, np.uint8)}, {"k": "v" * 13})
    raw = (tmp_path / "a").read_bytes()
    assert (8 + int.from_bytes(raw[:8], "little")) % 64 == 0
    tensors, _ = read_container(tmp_path / "a")
    assert all(isinstance(array, np.memmap) for array in tensors.values())
    tensors["a"][0] = 1  # copied on write
    assert tensors["a"][0] == 1 and (tmp_path / "a").read_bytes() == raw


def test_where_the_system_promises_no_memory_the_arrays_are_read_only(tmp_path, monkeypatch):
    write_container(tmp_path / "a", {"a": np.arange(6.0)}, {})
    real = np.memmap

    def refused(path, dtype, mode):
        if mode == "c":
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return real(path, dtype, mode)

    monkeypatch.setattr(np, "memmap", refused)
    tensors, _ = read_container(tmp_path / "a")
    assert tensors["a"].tolist() == list(range(6)) and not tensors["a"].flags.writeable


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype="f4").reshape(3, 4)[:, 1:3],
        np.arange(12, dtype="f4").reshape(3, 4).T,
        np.arange(12, dtype=">f4").reshape(3, 4),
        np.arange(12, dtype="i8")[::-2],
        np.broadcast_to(np.float32(1), (3, 4)),
    ],
)
def test_any_memory_order_is_written_in_c_order(tmp_path, array):
    write_container(tmp_path / "a", {"a": array}, {})
    assert np.array_equal(read_container(tmp_path / "a")[0]["a"], array)


def test_a_column_slice_is_written_without_a_whole_copy(tmp_path):
    padded = np.random.default_rng(0).random((40_000, 320), dtype=np.float32)
    tracemalloc.start()
    write_container(tmp_path / "a", {"a": padded[:, :300]}, {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < padded.nbytes / 2
    assert np.array_equal(read_container(tmp_path / "a")[0]["a"], padded[:, :300])


def test_opening_reads_the_header_only(tmp_path):
    size = 1 << 40  # a sparse file: reading it would not end
    header = {"a": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}
    path = raw_file(tmp_path / "a", header)
    start = path.stat().st_size
    try:
        os.truncate(path, start + size)
    except OSError:
        pytest.skip("the file system holds no file of a tebibyte")
    assert read_container(path)[0]["a"].shape == (size,)


@pytest.mark.parametrize("dtype", ["c16", "S3", "O", "?", "i2"])
def test_a_dtype_the_layout_lacks_is_refused(tmp_path, dtype):
    with pytest.raises(FormatError, match="'a' has dtype"):
        write_container(tmp_path / "a", {"a": np.zeros(2, dtype)}, {})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("tensors", "metadata"),
    [({"__metadata__": np.zeros(1)}, {}), ({"\ud800": np.zeros(1)}, {}), ({}, {"a": "\udfff"})],
)
def test_names_and_strings_that_do_not_fit_are_refused(tmp_path, tensors, metadata):
    with pytest.raises(FormatError, match="cannot write"):
        write_container(tmp_path / "a", tensors, metadata)
    assert os.listdir(tmp_path) == []


def entry(dtype="U8", shape=(4,), start=0, end=4):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


BAD_HEADERS = {
    "negative shape": {"a": entry(shape=(-1, -4))},
    "bool shape": {"a": entry(shape=(True, 4))},
    "float shape": {"a": entry(shape=(4.0,))},
    "huge shape": {"a": entry(shape=(2**62, 2**62))},
    "overflow to the right size": {"a": entry(shape=(2**32, 2**32, 4), end=4)},
    "huge empty shape": {"a": entry(shape=(0, 2**62, 2**62), end=0), "b": entry()},
    "many dimensions": {"a": entry(shape=(1,) * 70 + (4,))},
    "unknown dtype": {"a": entry(dtype="F8_E4M3")},
    "dtype no string": {"a": entry(dtype=[])},
    "size and shape differ": {"a": entry(shape=(3,))},
    "offsets backwards": {"a": entry(start=4, end=0)},
    "offset negative": {"a": entry(start=-4, end=0)},
    "one offset": {"a": {"dtype": "U8", "shape": [4], "data_offsets": [4]}},
    "offsets beyond the file": {"a": entry(shape=(5,), end=5)},
    "offsets short of the file": {"a": entry(shape=(3,), end=3)},
    "gap": {"a": entry(shape=(1,), end=1), "b": entry(shape=(2,), start=2)},
    "overlap": {"a": entry(shape=(3,), end=3), "b": entry(shape=(2,), start=2)},
    "twice the same": {"a": entry(), "b": entry()},
    "entry no object": {"a": 3},
    "extra field": {"a": entry() | {"x": 1}},
    "missing field": {"a": {"dtype": "U8", "shape": [4]}},
    "metadata no object": {"__metadata__": 3, "a": entry()},
    "metadata no strings": {"__metadata__": {"a": 3}, "a": entry()},
    "duplicate": b'{"a":%b,"a":%b}' % ((json.dumps(entry()).encode(),) * 2),
    "array": b"[1, 2]",
    "garbage": b"{garbage",
    "two objects": b"{}{}",
    "nan": b'{"a": NaN}',
    "deep": b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "endless number": b'{"a":' + b"9" * 10_000 + b"}",
    "not utf-8": b'{"\xff": 1}',
    "utf-16": json.dumps({"a": entry()}).encode("utf-16-le"),
}


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_a_header_that_does_not_fit_the_file_is_refused(tmp_path, name):
    path = raw_file(tmp_path / "file", BAD_HEADERS[name], b"\0" * 4)
    with pytest.raises(FormatError, match=r"file.*byte \d+") as caught:
        read_container(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400 + len(str(path))


@pytest.mark.parametrize("length", [0, 1, 1000, 2**31, 2**63, 2**64 - 1])
def test_the_header_length_is_bounded_by_the_file(tmp_path, length):
    (tmp_path / "a").write_bytes(length.to_bytes(8, "little") + b"{}" + b" " * 100)
    with pytest.raises(FormatError, match=f"header of {length} bytes and 102 follow"):
        read_container(tmp_path / "a")


def test_a_header_over_100_megabytes_is_refused_unread(tmp_path):
    length = 200_000_000
    (tmp_path / "a").write_bytes(length.to_bytes(8, "little") + b"{}")
    os.truncate(tmp_path / "a", length + 100)
    with pytest.raises(FormatError, match="limit 100000000"):
        read_container(tmp_path / "a")


def test_a_file_cut_at_any_byte_or_with_a_byte_more_is_refused(tmp_path):
    write_container(tmp_path / "a", {"a": np.arange(3), "b": np.ones(5, np.uint8)}, {"k": "v"})
    whole = (tmp_path / "a").read_bytes()
    for length in range(len(whole)):
        (tmp_path / "a").write_bytes(whole[:length])
        with pytest.raises(FormatError):
            read_container(tmp_path / "a")
    (tmp_path / "a").write_bytes(whole + b"\0")
    with pytest.raises(FormatError, match="goes on after"):
        read_container(tmp_path / "a")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["F32", "U8"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "dtype", "shape", "data_offsets", "__metadata__"]), inner, max_size=4)
    ),
)


@SHARED_PATH
@given(header=JSON | st.binary(max_size=60), data=st.binary(max_size=20))
def test_any_header_gives_arrays_or_one_error(tmp_path, header, data):
    path = raw_file(tmp_path / "a", header, data)
    try:
        tensors, _ = read_container(path)
    except FormatError:
        return
    assert sum(array.nbytes for array in tensors.values()) == len(data)


@SHARED_PATH
@given(raw=st.binary(max_size=100))
def test_any_bytes_give_an_error(tmp_path, raw):
    (tmp_path / "a").write_bytes(raw)
    try:
        tensors, metadata = read_container(tmp_path / "a")
    except FormatError:
        return
    assert tensors == {}  # only an empty header fits by chance


def test_a_missing_file_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(W2VError, match="cannot read .*check the path"):
        read_container(tmp_path / "missing")


def test_any_changed_byte_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "_CHECKED_BYTES", 100)
    arrays = {"a": np.arange(40), "b": np.arange(50, dtype=np.float32), "c": np.ones(33, np.uint8)}
    write_container(tmp_path / "a", arrays, {"k": "v"})
    verify_container(tmp_path / "a")
    whole = bytearray((tmp_path / "a").read_bytes())
    start = 8 + int.from_bytes(whole[:8], "little")
    places = {"a": start, "b": start + 320, "c": start + 520, "checksums": start + 553}
    for place in range(len(whole)):
        damaged = whole.copy()
        damaged[place] ^= 1
        (tmp_path / "a").write_bytes(damaged)
        with pytest.raises(FormatError) as error:
            verify_container(tmp_path / "a")
        if start <= place < places["checksums"]:
            part = start + (place - start) // 100 * 100
            name = max((name for name in "abc" if places[name] <= part), key=places.get)
            assert f"from byte {part} on, in the array '{name}'" in str(error.value)


def test_files_without_checksums_pass(tmp_path):
    """Other programs write none; then nothing is there to compare with, and the arrays can be read."""
    header = {"a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}
    path = raw_file(tmp_path / "a", header, b"ab")
    verify_container(path)
    assert read_container(path)[0]["a"].tobytes() == b"ab"


def test_names_that_come_twice_take_no_quadratic_time(tmp_path):
    """0.5 MB took half a minute: each name was counted among all others."""
    head = ("{" + ",".join(f'"{n}":0' for n in [*range(60_000), 59_999]) + "}").encode()
    (tmp_path / "a").write_bytes(len(head).to_bytes(8, "little") + head)
    began = time.monotonic()
    with pytest.raises(FormatError, match="'59999' occurs twice"):
        read_container(tmp_path / "a")
    assert time.monotonic() - began < 5
