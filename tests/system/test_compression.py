"""Compressed files are read and written as if they were plain; broken ones are refused."""

import bz2
import gzip
import lzma
import sys

import pytest

from w2v.errors import FormatError, W2VError
from w2v.system.compression import compression_of
from w2v.system.files import compressing_writer, decompressing_reader

DATA = b"some text, some text\n" * 100
PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz", ".zst"])
def test_what_is_written_compressed_is_read_by_its_bytes(tmp_path, suffix):
    if suffix == ".zst":
        pytest.importorskip("backports.zstd" if sys.version_info < (3, 14) else "compression.zstd")
    with compressing_writer(tmp_path / f"a{suffix}") as handle:
        handle.write(DATA)
    (tmp_path / f"a{suffix}").rename(tmp_path / "name.txt")
    assert ((tmp_path / "name.txt").stat().st_size < len(DATA)) == bool(suffix)
    with decompressing_reader(tmp_path / "name.txt") as handle:
        assert handle.read() == DATA


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_equal_data_compresses_to_equal_bytes_and_appends(tmp_path, suffix):
    for name in ("a", "b"):
        with compressing_writer(tmp_path / f"{name}.{suffix}") as handle:
            handle.write(DATA)
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    with compressing_writer(tmp_path / f"a.{suffix}", append=True) as handle:
        handle.write(b"more")
    with decompressing_reader(tmp_path / f"a.{suffix}") as handle:
        assert handle.read() == DATA + b"more"


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_compressed_data_cut_at_any_byte_is_refused(tmp_path, suffix):
    whole = PACKERS[suffix](DATA)
    path = tmp_path / "a"
    for length in range(10, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError, match="damaged or cut off"), decompressing_reader(path) as handle:
            handle.read()


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_a_flipped_bit_in_compressed_data_is_refused(tmp_path, suffix):
    whole = bytearray(PACKERS[suffix](DATA))
    whole[len(whole) // 2] ^= 16
    (tmp_path / "a").write_bytes(whole)
    with (
        pytest.raises(FormatError, match=str(tmp_path / "a")),
        decompressing_reader(tmp_path / "a") as handle,
    ):
        handle.read()


def test_text_that_only_begins_like_a_compressed_file_is_text():
    assert compression_of(b"BZh9 is a word") is None
    assert compression_of(b"") is None
    assert [compression_of(pack(b"")) for pack in PACKERS.values()] == ["gzip", "bzip2", "xz"]


def test_zstd_without_a_reader_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"\x28\xb5\x2f\xfd rest of it")
    for name in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(W2VError, match=r"pip install 'w2v\[zstd\]'"), decompressing_reader(tmp_path / "a"):
        pass


def test_an_error_of_the_reader_passes_through(tmp_path):
    (tmp_path / "a").write_bytes(gzip.compress(DATA))
    with pytest.raises(ZeroDivisionError), decompressing_reader(tmp_path / "a"):
        raise ZeroDivisionError


# ---- several streams in one file, as pbzip2, pixz and the dumps of Wikipedia write them

STREAMS = [b"the king and the queen\n" * 3000, b"", b"the man and the woman\n" * 3000]


def unpacked(path, packed):
    path.write_bytes(packed)
    with decompressing_reader(path) as stream:
        return stream.read()


@pytest.mark.parametrize("compression", PACKERS)
def test_several_streams_are_read_whole(tmp_path, compression):
    packed = [PACKERS[compression](data) for data in STREAMS]
    assert unpacked(tmp_path / "c", b"".join(packed)) == b"".join(STREAMS)
    if compression == "xz":  # whose streams may be padded
        assert unpacked(tmp_path / "c", bytes(8).join(packed) + bytes(4)) == b"".join(STREAMS)
    with decompressing_reader(tmp_path / "c") as stream:
        assert sum(1 for _ in stream) == 6000


@pytest.mark.parametrize("compression", PACKERS)
def test_a_damaged_second_stream_is_not_the_end_of_the_file(tmp_path, compression):
    """The standard library's `BZ2File` and `LZMAFile` stop there without a word."""
    first, second = PACKERS[compression](STREAMS[0]), PACKERS[compression](STREAMS[2])
    for place in (0, 1, 2):
        damaged = bytearray(first + second)
        damaged[len(first) + place] ^= 1
        with pytest.raises(FormatError, match="damaged or cut off"):
            unpacked(tmp_path / "c", damaged)
    for garbage in (b"garbage", b"\0garbage", second[:1], second[:-1]):
        with pytest.raises(FormatError, match="damaged or cut off"):
            unpacked(tmp_path / "c", first + garbage)
