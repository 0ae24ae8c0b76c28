"""Downloads, against a real HTTP server on 127.0.0.1: resume, checksums, archives, error sentences."""

import gzip
import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from w2v.data import datasets
from w2v.errors import W2VError

pytest.importorskip("pooch")

BODY = bytes(range(256)) * 4000  # 1,024,000 bytes; no two ranges of it begin alike by accident


class Server(http.server.ThreadingHTTPServer):
    """Serves `files`; a body breaks off after `cut` bytes; `ranges`: whether Range is honoured."""

    files: dict[str, bytes]
    cut: int | None = None
    ranges: bool = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.log: list[tuple[str, str | None, int]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        body = self.server.files.get(self.path.lstrip("/"))
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        status = 404 if body is None else 416 if start and start >= len(body) else 206 if start else 200
        self.server.log.append((self.path, wanted, status))
        self.send_response(status)
        if body is None or status == 416:
            self.send_header("Content-Length", "0")
            if body is not None:
                self.send_header("Content-Range", f"bytes */{len(body)}")
            self.end_headers()
            return
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start : self.server.cut])
        self.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def register(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch):
    """A function that puts one file on the server and one entry into a registry of its own."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setattr(datasets, "registry_folder", lambda: folder)

    def add(filename: str, body: bytes, checksum: str | None = "sha256", **fields: object) -> None:
        server.files[filename] = body
        digest = f"{checksum}:{hashlib.new(checksum, body).hexdigest()}" if checksum else None
        entry = dict.fromkeys(datasets.Dataset.__dataclass_fields__)
        entry |= {"name": "toy", "kind": "corpus", "title": "a toy", "licence": "MIT", "note": ""}
        entry |= {"url": server.base + filename, "filename": filename, "checksum": digest, "size": len(body)}
        (folder / "registry.json").write_text(json.dumps({"datasets": [entry | fields]}))

    return add


def zip_of(files: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            pack.writestr(name, content)
    return memory.getvalue()


def tar_of(files: dict[str, bytes], link: tuple[str, str] | None = None) -> bytes:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as tape:
        if link:
            entry = tarfile.TarInfo(link[0])
            entry.type, entry.linkname = tarfile.SYMTYPE, link[1]
            tape.addfile(entry)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tape.addfile(entry, io.BytesIO(content))
    return memory.getvalue()


# -- the registry itself


def test_registry_entries_are_complete_and_plausible() -> None:
    known = datasets.registry()
    wanted = "kingdom text8 enwik9 one-billion-word wikitext-103 questions-words wordsim353 simlex999 men msr bats"
    assert set(wanted.split()) <= set(known)
    lengths = {"sha256": 64, "sha1": 40, "md5": 32}
    for name, dataset in known.items():
        assert dataset.name == name
        assert dataset.kind in {"corpus", "analogies", "similarity"}
        assert dataset.unpack in {None, "zip", "tar", "gz"}
        assert dataset.title and dataset.licence and dataset.note
        if dataset.checksum is not None:
            algorithm, digest = dataset.checksum.split(":")
            assert len(digest) == lengths[algorithm] and set(digest) <= set("0123456789abcdef"), name
        if dataset.url is not None:
            assert dataset.url.endswith("/" + dataset.filename), name
        for number in (dataset.size, dataset.unpacked_size, dataset.n_tokens, dataset.n_words):
            assert number is None or number > 0


def test_bundled_files_match_the_registry() -> None:
    bundled = [dataset for dataset in datasets.registry().values() if dataset.url is None]
    assert {dataset.name for dataset in bundled} == {"kingdom", "kingdom-questions"}
    for dataset in bundled:
        path = datasets.download(dataset.name)
        assert path.stat().st_size == dataset.size
        assert f"sha256:{datasets.file_checksum(path)}" == dataset.checksum
        assert "synthetic" in dataset.title.lower()
    tokens = datasets.download("kingdom").read_text(encoding="ascii").split()
    kingdom = datasets.registry()["kingdom"]
    assert (kingdom.n_tokens, kingdom.n_words) == (len(tokens), len(set(tokens)))


def test_bundled_needs_neither_pooch_nor_requests_nor_numba() -> None:
    program = (
        "import sys\n"
        "from w2v.data.datasets import download\n"
        "print(download('kingdom').name, [m for m in ('pooch', 'requests', 'numba') if m in sys.modules])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "kingdom.txt []\n"


def test_missing_pooch_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(W2VError, match=r"w2v\[data\]"):
        datasets.download("text8", folder=tmp_path)


def test_unknown_name_suggests_and_lists() -> None:
    with pytest.raises(W2VError, match=r"'tex8', perhaps you mean 'text8'; the names are kingdom, .*bats"):
        datasets.download("tex8")
    with pytest.raises(W2VError, match=r"'zzzzzz'; the names are"):
        datasets.download("zzzzzz")


# -- fetching


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_fetches_checks_and_reuses(register, server: Server, tmp_path: Path, algorithm: str) -> None:
    register("toy.txt", BODY, algorithm)
    path = datasets.download("toy", folder=tmp_path / "data")
    assert path == tmp_path / "data" / "toy.txt"
    assert path.read_bytes() == BODY
    server.files.clear()
    assert datasets.download("toy", folder=tmp_path / "data") == path
    assert [status for _, _, status in server.log] == [200]
    assert [p.name for p in path.parent.iterdir()] == ["toy.txt"]


def test_damaged_cache_is_fetched_again(register, server: Server, tmp_path: Path) -> None:
    register("toy.txt", BODY)
    (tmp_path / "toy.txt").write_bytes(BODY[:-1] + b"!")
    assert datasets.download("toy", folder=tmp_path).read_bytes() == BODY
    assert len(server.log) == 1


def test_file_put_there_by_hand_is_enough(register, server: Server, tmp_path: Path) -> None:
    register("toy.txt", BODY)
    (tmp_path / "toy.txt").write_bytes(BODY)
    assert datasets.download("toy", folder=tmp_path).read_bytes() == BODY
    assert server.log == []


def test_environment_names_the_folder(register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register("toy.txt", b"words\n")
    monkeypatch.setenv("W2V_DATA", str(tmp_path / "cache"))
    assert datasets.download("toy") == tmp_path / "cache" / "toy.txt"
    assert datasets.download("toy", folder=tmp_path / "other") == tmp_path / "other" / "toy.txt"


def test_default_folder_is_the_cache_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch

    monkeypatch.delenv("W2V_DATA", raising=False)
    assert datasets.data_folder() == Path(pooch.os_cache("w2v"))


def test_truncated_body_is_resumed(register, server: Server, tmp_path: Path) -> None:
    register("toy.txt", BODY)
    server.cut = 700_000
    with pytest.raises(W2VError, match="what has arrived is kept"):
        datasets.download("toy", folder=tmp_path)
    assert not (tmp_path / "toy.txt").exists()
    n_kept = (tmp_path / "toy.txt.part").stat().st_size
    assert 0 < n_kept <= 700_000
    server.cut = None
    assert datasets.download("toy", folder=tmp_path).read_bytes() == BODY
    assert server.log[1] == ("/toy.txt", f"bytes={n_kept}-", 206)
    assert [p.name for p in tmp_path.glob("toy*")] == ["toy.txt"]


def test_server_without_ranges_starts_again(register, server: Server, tmp_path: Path) -> None:
    register("toy.txt", BODY)
    server.ranges = False
    (tmp_path / "toy.txt.part").write_bytes(BODY[:1000])
    assert datasets.download("toy", folder=tmp_path).read_bytes() == BODY
    assert server.log == [("/toy.txt", "bytes=1000-", 200)]


@pytest.mark.parametrize("part", [BODY, BODY + b"too long", b"another file" + BODY[100:]])
def test_odd_part_files_still_give_the_right_file(register, server: Server, tmp_path: Path, part: bytes) -> None:
    register("toy.txt", BODY)
    (tmp_path / "toy.txt.part").write_bytes(part)
    assert datasets.download("toy", folder=tmp_path).read_bytes() == BODY


def test_wrong_checksum_leaves_nothing(register, server: Server, tmp_path: Path) -> None:
    register("toy.txt", BODY)
    server.files["toy.txt"] = BODY[::-1]
    with pytest.raises(W2VError, match="does not have the checksum .*sha256:.*nothing was kept"):
        datasets.download("toy", folder=tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("link", [os.symlink, os.link, lambda mine, part: os.mkfifo(part)])
def test_a_part_file_that_is_a_link_is_not_followed(register, server: Server, tmp_path: Path, link) -> None:
    register("toy.txt", BODY)
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "data").mkdir()
    link(tmp_path / "mine", tmp_path / "data" / "toy.txt.part")
    assert datasets.download("toy", folder=tmp_path / "data").read_bytes() == BODY
    assert (tmp_path / "mine").read_bytes() == b"mine" and not (tmp_path / "data" / "toy.txt").is_symlink()


def test_a_body_of_unknown_size_has_a_limit(register, server: Server, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(datasets, "MAX_BYTES", 1 << 19)
    register("toy.txt", BODY, size=None)
    with pytest.raises(W2VError) as error:
        datasets.download("toy", folder=tmp_path / "data")
    assert str(error.value.__cause__) == f"the body is longer than {1 << 19} bytes"
    assert list((tmp_path / "data").iterdir()) == []


def test_a_body_without_end_is_cut_short(register, server: Server, tmp_path: Path) -> None:
    register("toy.txt", BODY)
    server.files["toy.txt"] = BODY + b"x"
    with pytest.raises(W2VError, match="does not have the checksum") as error:
        datasets.download("toy", folder=tmp_path / "data")
    assert str(error.value.__cause__) == "the body is longer than 1024000 bytes"
    assert list((tmp_path / "data").iterdir()) == []


def test_mirror_must_have_the_same_checksum(register, server: Server, tmp_path: Path) -> None:
    register("toy.txt", BODY, url="http://127.0.0.1:1/toy.txt")
    server.files |= {"mirror": BODY, "fake": b"fake"}
    with pytest.raises(W2VError, match=r"fake does not have the checksum"):
        datasets.download("toy", folder=tmp_path, url=server.base + "fake")
    assert datasets.download("toy", folder=tmp_path, url=server.base + "mirror").read_bytes() == BODY


def test_without_a_checksum_the_digest_is_printed_and_nothing_is_resumed(
    register, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register("toy.txt", BODY, None)
    (tmp_path / "toy.txt.part").write_bytes(b"from another file")
    assert datasets.download("toy", folder=tmp_path).read_bytes() == BODY
    message = capsys.readouterr().err
    assert hashlib.sha256(BODY).hexdigest() in message and "not checked" in message
    assert server.log == [("/toy.txt", None, 200)]
    datasets.download("toy", folder=tmp_path)
    assert capsys.readouterr().err == "" and len(server.log) == 1


def test_offline_sentence_names_url_folder_and_way_out(register, tmp_path: Path) -> None:
    url = "http://127.0.0.1:1/toy.txt"  # port 1: connection refused
    register("toy.txt", BODY, url=url)
    with pytest.raises(W2VError) as caught:
        datasets.download("toy", folder=tmp_path / "data")
    sentence = str(caught.value)
    assert url in sentence and str(tmp_path / "data") in sentence
    assert "put it into" in sentence and "as toy.txt" in sentence and "\n" not in sentence


def test_http_status_is_told(register, server: Server, tmp_path: Path) -> None:
    register("toy.txt", BODY)
    server.files.clear()
    with pytest.raises(W2VError, match="HTTP status 404"):
        datasets.download("toy", folder=tmp_path)


def test_folder_that_cannot_be_made(register, tmp_path: Path) -> None:
    register("toy.txt", BODY)
    (tmp_path / "file").write_text("")
    with pytest.raises(W2VError, match="cannot write in .*W2V_DATA"):
        datasets.download("toy", folder=tmp_path / "file" / "data")


# -- archives


def test_zip_member_is_returned_and_kept(register, server: Server, tmp_path: Path) -> None:
    pack = zip_of({"inner/train.txt": b"a b c\n", "inner/test.txt": b"d\n"})
    register("toy.zip", pack, unpack="zip", member="inner/train.txt")
    path = datasets.download("toy", folder=tmp_path)
    assert path == tmp_path / "toy" / "inner" / "train.txt" and path.read_bytes() == b"a b c\n"
    before = path.stat().st_mtime_ns
    assert datasets.download("toy", folder=tmp_path).stat().st_mtime_ns == before
    assert len(server.log) == 1
    assert sorted(p.name for p in tmp_path.glob("*toy*")) == ["toy", "toy.zip"]


def test_tar_folder_is_returned_and_links_are_left_out(register, tmp_path: Path) -> None:
    register(
        "toy.tar.gz",
        tar_of({"x/1": b"one\n", "x/2": b"two\n"}, link=("x/3", "/etc/passwd")),
        unpack="tar",
        member="x",
    )
    assert sorted(p.name for p in datasets.download("toy", folder=tmp_path).iterdir()) == ["1", "2"]


def test_gzip_file(register, tmp_path: Path) -> None:
    register("toy.txt.gz", gzip.compress(b"words\n"), unpack="gz", member="toy.txt")
    assert datasets.download("toy", folder=tmp_path).read_bytes() == b"words\n"


def test_a_changed_archive_is_unpacked_again(register, tmp_path: Path) -> None:
    for text in (b"old\n", b"new\n"):
        register("toy.zip", zip_of({"t": text}), unpack="zip", member="t")
        assert datasets.download("toy", folder=tmp_path).read_bytes() == text


@pytest.mark.parametrize(
    "member", ["../evil.txt", "{tmp}/evil.txt", "a/../../evil.txt", "C:\\evil.txt", "..\\evil.txt"]
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_archive_that_leads_outside_is_refused(register, tmp_path: Path, member: str, kind: str) -> None:
    body = (zip_of if kind == "zip" else tar_of)({"good.txt": b"good", member.format(tmp=tmp_path): b"evil"})
    register(f"toy.{kind}", body, unpack=kind)
    with pytest.raises(W2VError, match="outside its folder"):
        datasets.download("toy", folder=tmp_path / "deep" / "data")
    assert not list(tmp_path.rglob("*evil*"))
    assert sorted(p.name for p in (tmp_path / "deep" / "data").iterdir()) == [f"toy.{kind}"]


@pytest.mark.parametrize(("size", "fits"), [(5000, True), (4999, False)])
def test_unpacked_size_is_a_limit(register, tmp_path: Path, size: int, fits: bool) -> None:
    register("toy.zip", zip_of({"a": bytes(3000), "b": bytes(2000)}), unpack="zip", member="b", unpacked_size=size)
    if fits:
        assert datasets.download("toy", folder=tmp_path).stat().st_size == 2000
    else:
        with pytest.raises(W2VError, match="unpacks to over 4,999 bytes"):
            datasets.download("toy", folder=tmp_path)
        assert not (tmp_path / "toy").exists()


@pytest.mark.parametrize("kind", ["zip", "tar", "gz"])
def test_damaged_archive(register, tmp_path: Path, kind: str) -> None:
    good = {"zip": zip_of({"a": BODY}), "tar": tar_of({"a": BODY}), "gz": gzip.compress(BODY)}[kind]
    register(f"toy.{kind}", good[: len(good) // 2], unpack=kind)
    with pytest.raises(W2VError, match="is damaged"):
        datasets.download("toy", folder=tmp_path)
    assert not (tmp_path / "toy").exists()


def test_missing_member(register, tmp_path: Path) -> None:
    register("toy.zip", zip_of({"a": b"a"}), unpack="zip", member="b")
    with pytest.raises(W2VError, match="lacks b"):
        datasets.download("toy", folder=tmp_path)
