"""Addresses in place of paths, over a real server where there is one to be had."""

import gzip
import io
import sys
import types

import numpy as np
import pytest

from w2v.errors import ConfigError, FileError, MissingPackageError
from w2v.formats.vector_files import VectorTable, read_vectors, read_word2vec, write_vectors, write_word2vec
from w2v.system.files import atomic_writer, compressing_writer, decompressing_reader
from w2v.system.remote import is_remote, local_path, scheme_of

TABLE = VectorTable(["a", "b"], np.array([[1, 2], [3, 4]], np.float32))


def test_addresses_are_told_from_paths(tmp_path):
    schemes = {"s3://b/k": "s3", "HTTP://h/x": "http", "file:///x": "file", "a/b": None, "c:/x": None, "://x": None}
    assert {name: scheme_of(name) for name in schemes} == schemes
    assert not is_remote(tmp_path) and not is_remote("file:///x") and is_remote("s3://b/k")
    assert local_path(f"file://{tmp_path}/a%20b.txt") == f"{tmp_path}/a b.txt"
    with pytest.raises(ConfigError, match="not on this machine"):
        local_path("s3://bucket/a.w2v")


@pytest.mark.parametrize("name", ["a.w2v", "a.bin", "a.txt.gz"])
def test_file_addresses_are_paths(tmp_path, name):
    address = f"file://{tmp_path}/{name}"
    write_vectors(address, TABLE)
    assert (tmp_path / name).is_file()
    assert read_vectors(address).vectors.tolist() == TABLE.vectors.tolist()
    with pytest.raises(FileNotFoundError, match="cannot read file://"):
        read_vectors(f"{address}.missing")


@pytest.mark.parametrize("name", ["a.bin", "a.txt", "a.bin.gz", "a.glove.xz"])
def test_vectors_are_read_over_http(served, name):
    folder, address = served
    table = VectorTable([f"w{i}" for i in range(5_000)], np.random.default_rng(0).normal(size=(5_000, 9)).astype("f"))
    write_vectors(folder / name, table)
    found = read_vectors(f"{address}/{name}")
    assert found.keys == table.keys
    np.testing.assert_array_equal(found.vectors, table.vectors)


def test_what_cannot_be_read_over_http_is_one_sentence(served):
    folder, address = served
    write_vectors(folder / "a.w2v", TABLE)
    with pytest.raises(ConfigError, match=r"a\.w2v is not on this machine"):
        read_vectors(f"{address}/a.w2v")
    with pytest.raises(FileError, match="missing"):
        read_word2vec(f"{address}/missing.txt")
    with pytest.raises(ConfigError, match="not on this machine"), atomic_writer(f"{address}/b.w2v"):
        pass


@pytest.fixture
def memory(monkeypatch):
    """Files by address, in a transport of smart_open's that keeps them in memory."""
    transport = pytest.importorskip("smart_open.transport")
    files = {}

    class Written(io.BytesIO):
        def close(self):
            if not self.closed:
                files[self.name] = self.getvalue()
            super().close()

    def open_uri(uri, mode, params):
        if mode == "rb":
            return io.BytesIO(files[uri])
        opened = Written()
        opened.name = uri
        return opened

    module = types.SimpleNamespace(
        SCHEME="memo", parse_uri=lambda uri: {"scheme": "memo"}, open_uri=open_uri, __name__="memo", open=open_uri
    )
    monkeypatch.setitem(transport._REGISTRY, "memo", module)
    return files


@pytest.mark.parametrize("name", ["a.txt", "a.bin.gz"])
def test_vectors_are_written_elsewhere(memory, name):
    address = f"memo://{name}"
    write_word2vec(address, TABLE, binary="bin" in name)
    assert memory[address].startswith(gzip.compress(b"")[:2] if name.endswith("gz") else b"2 2\n")
    found = read_vectors(address)
    assert (found.keys, found.vectors.tolist()) == (TABLE.keys, TABLE.vectors.tolist())
    with pytest.raises(ConfigError, match="nothing can be added"):
        write_word2vec(address, TABLE, append=True)


def test_without_the_package_the_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "smart_open", None)
    for opened in (decompressing_reader("s3://b/k"), compressing_writer("s3://b/k")):
        with pytest.raises(MissingPackageError, match=r"pip install 'w2v\[remote\]'"), opened:
            pass
        with pytest.raises(ImportError):
            raise MissingPackageError


def test_an_unknown_scheme_is_refused():
    pytest.importorskip("smart_open")
    with pytest.raises(ConfigError, match="cannot be opened"), decompressing_reader("nonsense://b/k"):
        pass
