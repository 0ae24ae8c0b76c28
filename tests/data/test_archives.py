"""Archives that nobody should trust: what is written stays in its folder and under its limit, or one `W2VError`."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import tracemalloc
import zipfile

import pytest

from w2v.data.archives import unpack
from w2v.errors import W2VError

KINDS = {"zip": "zip", "tar": "tar", "tar.gz": "tar", "tar.bz2": "tar", "tar.xz": "tar", "gz": "gz"}
PACK = {"tar": bytes, "tar.gz": gzip.compress, "tar.bz2": bz2.compress, "tar.xz": lzma.compress, "gz": gzip.compress}


def archive(name, members):
    """An archive of (path, bytes) members."""
    if name == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as pack:
            for path, data in members:
                pack.writestr(path, data)
        return buffer.getvalue()
    if name == "gz":
        return gzip.compress(members[0][1])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tape:
        for path, data in members:
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            tape.addfile(entry, io.BytesIO(data))
    return PACK[name](buffer.getvalue())


def unpacked(folder, name, data, max_bytes=1 << 20):
    """Unpack into `folder`/out; returns its files, having looked for any outside of it."""
    folder.mkdir(exist_ok=True)
    out, packed = folder / "out", folder / f"a.{name}"
    out.mkdir()
    packed.write_bytes(data)
    try:
        unpack(packed, KINDS[name], out, max_bytes)
    finally:
        assert sorted(path.name for path in folder.iterdir()) == sorted(["out", packed.name])
        assert sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) <= max_bytes
        assert not any(path.is_symlink() for path in out.rglob("*"))
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", KINDS)
def test_good_archives(tmp_path, name):
    found = unpacked(tmp_path / "f", name, archive(name, [("d/a.txt", b"one"), ("b", b"two")]))
    assert found == ({"a": b"one"} if name == "gz" else {"d/a.txt": b"one", "b": b"two"})


@pytest.mark.parametrize("name", ["zip", "tar.gz"])
@pytest.mark.parametrize(
    "path", ["../x", "/tmp/w2v-escape", "a/../../x", "C:/x", "..\\x", "a\\..\\..\\x", "//server/x", ".", "./.."]
)
def test_paths_that_lead_outside(tmp_path, name, path):
    with pytest.raises(W2VError, match="do not trust"):
        unpacked(tmp_path / "f", name, archive(name, [("fine", b"1"), (path, b"2")]))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_left_out_and_lead_nowhere(tmp_path, kind):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tape:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = kind, "../.."
        tape.addfile(link)
        entry = tarfile.TarInfo("link/inside")
        entry.size = 3
        tape.addfile(entry, io.BytesIO(b"abc"))
    assert unpacked(tmp_path / "f", "tar", buffer.getvalue()) == {"link/inside": b"abc"}


@pytest.mark.parametrize("name", KINDS)
def test_bombs_are_refused_before_they_go_off(tmp_path, name):
    data = archive(name, [("a", bytes(30 << 20))])
    tracemalloc.start()
    with pytest.raises(W2VError, match="unpacks to over 1,048,576 bytes"):
        unpacked(tmp_path / "f", name, data)
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v.data.archives.MAX_MEMBERS", 10)
    with pytest.raises(W2VError, match="more than 10 files"):
        unpacked(tmp_path / "f", "zip", archive("zip", [(str(n), b"") for n in range(20)]))


@pytest.mark.parametrize("paths", [("a", "a"), ("a", "a/b"), ("a/b", "a")])
@pytest.mark.parametrize("name", ["zip", "tar"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_that_stand_in_each_others_way(tmp_path, name, paths):
    with pytest.raises(W2VError, match="is damaged"):
        unpacked(tmp_path / "f", name, archive(name, [(path, b"1") for path in paths]))


@pytest.mark.parametrize(
    ("place", "value", "what"), [(6, 1, "encrypted"), (8, 99, "unknown method")], ids=["encrypted", "method"]
)
def test_zip_members_that_cannot_be_read(tmp_path, place, value, what):
    data = bytearray(archive("zip", [("a", b"one" * 20)]))
    directory = data.index(b"PK\x01\x02")
    data[place], data[directory + place + 2] = value, value
    with pytest.raises(W2VError, match="is damaged"):
        unpacked(tmp_path / "f", "zip", bytes(data))


@pytest.mark.parametrize("name", KINDS)
def test_changed_archives(tmp_path, name):
    choose = random.Random(1)
    whole = archive(name, [("d/a.txt", b"one" * 50), ("b", choose.randbytes(300))])
    cut = [whole[:length] for length in range(0, len(whole), 1 + len(whole) // 60)]
    changed = []
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(choose.randint(1, 3)):
            data[choose.randrange(len(data))] = choose.choice((0, 255, choose.randrange(256)))
        changed.append(bytes(data))
    n_refused = 0
    for number, data in enumerate(cut + changed):
        try:
            unpacked(tmp_path / str(number), name, data)
        except W2VError as error:
            n_refused += 1
            assert str(error).isprintable()
    assert n_refused > 10
