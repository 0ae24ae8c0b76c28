import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from w2v.data.idx import read_idx
from w2v.errors import FormatError, W2VError

IMAGES = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


def idx(array, shape=None, kind=8):
    shape = array.shape if shape is None else shape
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("array", [IMAGES, IMAGES[0, 0], IMAGES[:0]])
def test_read(tmp_path, array, pack):
    (tmp_path / "a").write_bytes(pack(idx(array)))
    found = read_idx(tmp_path / "a")
    assert found.shape == array.shape and found.dtype == np.uint8
    np.testing.assert_array_equal(found, array)


def test_cut_at_any_byte_or_with_one_more(tmp_path):
    whole = idx(IMAGES)
    for data in [whole[:n] for n in range(len(whole))] + [whole + b"\0"]:
        (tmp_path / "a").write_bytes(data)
        with pytest.raises(FormatError) as error:
            read_idx(tmp_path / "a")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("data", [b"\0\0\x0d\1" + bytes(8), b"\1\0\x08\1\0\0\0\1a", b"\0\0\x08\0", b"text of words"])
def test_other_files_are_refused(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(FormatError, match="byte 0 is not the start"):
        read_idx(tmp_path / "a")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_untrue_headers_take_no_memory(tmp_path, pack):
    (tmp_path / "a").write_bytes(pack(idx(IMAGES, (60_000, 1_000_000, 1000))))
    tracemalloc.start()
    with pytest.raises(FormatError, match="promises 60000000000000 bytes of data and the file ends after 60"):
        read_idx(tmp_path / "a")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_what_unpacks_to_more_than_is_promised_is_refused_at_once(tmp_path):
    (tmp_path / "a").write_bytes(gzip.compress(idx(IMAGES) + bytes(300_000_000), 9))
    tracemalloc.start()
    with pytest.raises(FormatError, match="goes on after them"):
        read_idx(tmp_path / "a")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_missing_file(tmp_path):
    with pytest.raises(W2VError, match="cannot read"):
        read_idx(tmp_path / "none")
