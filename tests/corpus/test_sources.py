"""Files, pipes and folders as segments of whole tokens."""

import bz2
import codecs
import gzip
import itertools
import lzma
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from support import python

from w2v.config import TextConfig, TrainConfig
from w2v.corpus import sources
from w2v.corpus.encode import encode_corpus
from w2v.corpus.sources import (
    ESCAPE,
    expand_paths,
    is_paths,
    joined,
    read_segments,
    splits_as_bytes,
    undecodable_bytes,
)
from w2v.errors import ConfigError, CorpusError, FormatError, W2VError
from w2v.system.files import STDIN


def content(files, encoding="utf-8", size=sources.SEGMENT_BYTES):
    return b"".join(text(segment) for segment in read_segments([str(file) for file in files], encoding, size))


def text(segment, room=1 << 10):
    data = bytes(segment.read(np.full(room, ord("?"), np.uint8)))
    assert len(data) == segment.size
    return data


def one_sentence(error):
    message = str(error.value)
    assert "\n" not in message and len(message) < 400
    return message


def test_blocks_are_whole_tokens_and_keep_all_bytes(tmp_path):
    words = random.Random(1)
    whole = "".join(
        words.choice("ab") * words.randint(1, 9) + words.choice([" ", "\n", "\t", "\r\n", "  "]) for _ in range(500)
    ).encode()
    (tmp_path / "c.txt").write_bytes(whole)
    for size in (1, 3, 7, 64, 10_000):
        segments = list(read_segments([str(tmp_path / "c.txt")], "utf-8", size))
        found = [text(segment) for segment in segments]
        assert b"".join(found) == whole + b"\n"
        assert [token for part in found for token in part.split()] == whole.split()
        assert [segment.offset for segment in segments] == [0, *itertools.accumulate(map(len, found))][:-1]


def test_a_token_longer_than_many_segments(tmp_path):
    (tmp_path / "c.txt").write_bytes(b"a " + b"x" * 5000 + b" b")
    segments = [text(segment) for segment in read_segments([str(tmp_path / "c.txt")], "utf-8", 16)]
    assert b"".join(segments).split() == [b"a", b"x" * 5000, b"b"]
    assert max(map(len, segments)) >= 5000


def test_a_file_end_is_a_sentence_end(tmp_path):
    (tmp_path / "1").write_text("a b")
    (tmp_path / "2").write_text("c\n")
    assert content([tmp_path / "1", tmp_path / "2"]) == b"a b\nc\n\n"


def test_small_files_are_read_together(tmp_path):
    """The bytes and their places stay as they are; there are fewer segments than files."""
    files = [str(tmp_path / f"{n:02}") for n in range(50)]
    for n, file in enumerate(files):
        Path(file).write_bytes([b"king queen\n", gzip.compress(b"man"), b"", b"a woman " * 20][n % 4])
    single = list(read_segments(files, "utf-8", 100))
    together = list(joined(list(read_segments(files, "utf-8", 100)), 100))
    assert b"".join(map(text, together)) == b"".join(map(text, single))
    assert [segment.offset for segment in together] == [
        0, *itertools.accumulate(segment.size for segment in together)
    ][:-1]  # fmt: skip
    assert max(segment.size for segment in together) <= 100 and len(together) < len(files) < len(single)


def small_files(folder, n=300):
    """Files as folders have them: most of them small and plain, a few packed, empty, marked, or larger than a segment
    of 2,000 bytes; with what cannot be decoded."""
    generator, files = random.Random(3), []
    for number in range(n):
        words = " ".join(generator.choices(["king", "queen", "höf", "a\r\nb", "c\n\nd"], k=generator.randint(1, 60)))
        data = words.encode() + generator.choice([b"", b"\n", b" \xff\xfe x"])
        match number % 25:
            case 3:
                data = gzip.compress(data)
            case 7:
                data = b""
            case 11:
                data = codecs.BOM_UTF8 + data
            case 13:
                data *= 50
        files.append(folder / f"{number:04}")
        files[-1].write_bytes(data)
    return [str(file) for file in files]


@pytest.mark.parametrize("n_threads", [1, 2, 5])
@pytest.mark.parametrize("size", [100, 2000, sources.SEGMENT_BYTES])
def test_small_files_read_by_threads_are_those_read_one_after_the_other(tmp_path, monkeypatch, n_threads, size):
    monkeypatch.setattr("w2v.corpus.small_files._BATCH", 7)
    files = small_files(tmp_path)
    serial = list(read_segments(files, "utf-8", size))
    together = list(read_segments(files, "utf-8", size, n_threads))
    assert b"".join(map(text, together)) == b"".join(map(text, serial))
    assert [segment.offset for segment in together] == [0, *itertools.accumulate(s.size for s in together)][:-1]
    starts = {file: offset for segment in reversed(serial) for offset, file in [(segment.offset, segment.file)]}
    for segment in together:
        for start, file in segment.starts:
            assert starts[file] == segment.offset + start
    assert len(together) < len(serial) and sum(len(segment.starts) for segment in together) > 50
    assert max(segment.size for segment in together if segment.starts) <= size + 1


@pytest.mark.parametrize("threads", [1, 2])
def test_ids_and_ledger_of_many_files_are_those_of_one(tmp_path, threads):
    files = small_files(tmp_path)
    config = TrainConfig(min_count=2, threads=threads)
    with encode_corpus(files, TextConfig(), config) as many:
        found = many.ids.tolist(), many.vocab.words, many.ledger, many.n_sentences, many.n_sentences_read, many.n_alone
    contents = [Path(file).read_bytes() for file in files]
    plain = [gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data for data in contents]
    (tmp_path / "one").write_bytes(b"".join(data.removeprefix(codecs.BOM_UTF8) + b"\n" for data in plain))
    with encode_corpus([tmp_path / "one"], TextConfig(), TrainConfig(min_count=2, threads=1)) as one:
        expected = one.ids.tolist(), one.vocab.words, one.ledger, one.n_sentences, one.n_sentences_read, one.n_alone
    assert found == expected and found[2].n_undecodable > 0


def test_errors_name_the_small_file(tmp_path):
    files = small_files(tmp_path)
    with pytest.raises(CorpusError, match=r"/00\d\d, byte \d+: .*xff.* cannot be decoded") as error:
        encode_corpus(files, TextConfig(errors="strict"), TrainConfig(threads=2))
    name, place = re.match(r"(.*), byte (\d+)", str(error.value)).groups()
    data = Path(name).read_bytes()
    assert data[int(place) :].startswith(b"\xff\xfe")
    assert not any(b"\xff\xfe" in Path(file).read_bytes() for file in files if file < name)
    Path(files[250]).write_bytes(b"a\0b")
    with pytest.raises(CorpusError, match="/0250 is not text: byte 1 is zero"):
        encode_corpus(files, TextConfig(), TrainConfig(threads=2))


def test_of_many_small_files_few_are_opened_twice(tmp_path):
    """And no pipe: its writer would take the first reader's end for its own."""
    for number in range(200):
        (tmp_path / f"{number:03}").write_text("a b c a b\n" * (1 + number % 9))
    os.mkfifo(tmp_path / "pipe")
    code = (
        "import sys, collections, threading\nfrom w2v.corpus.encode import encode_corpus\n"
        "from w2v.config import TextConfig, TrainConfig\nopened = collections.Counter()\n"
        "import os; writer = os.open(sys.argv[1] + '/pipe', os.O_RDWR); os.write(writer, b'a b c')\n"
        "threading.Timer(1, lambda: os.close(writer)).start()\n"
        "sys.addaudithook(lambda event, values: event == 'open' and opened.update([str(values[0])]))\n"
        "paths = [sys.argv[1] + '/[0-9]*', sys.argv[1] + '/pipe']\n"
        "encode_corpus(paths, TextConfig(), TrainConfig(min_count=1)).close()\n"
        "found = [opened[f'{sys.argv[1]}/{number:03}'] for number in range(200)]\n"
        "print(min(found), sum(found) - len(found))\n"
        "print(opened[sys.argv[1] + '/pipe'])"
    )
    # 16 of them for the forecast, the longest of these twice; the pipe was opened to write before anyone counted.
    assert python(code, tmp_path).stdout.split() == ["1", "17", "1"]


def test_a_large_plain_file_is_read_when_its_segments_are(tmp_path):
    path = tmp_path / "c"
    path.write_bytes(codecs.BOM_UTF8 + b"king queen " * 9)
    segments = list(read_segments([str(path)], "utf-8", 40))
    assert [segment.data for segment in segments] == [None, None, None, b"\n"]
    assert b"".join(text(segment, room) for room, segment in zip((99, 99, 3, 0), segments, strict=True)) == (
        b"   " + b"king queen " * 9 + b"\n"
    )


def test_a_file_that_changes_while_it_is_read(tmp_path):
    path = tmp_path / "c"
    path.write_bytes(b"king queen " * 9)
    os.utime(path, (1, 1))  # the clock of files is slow
    segments = list(read_segments([str(path)], "utf-8", 40))
    assert b"".join(text(segment) for segment in segments) == b"king queen " * 9 + b"\n"
    for change in (b"king queen " * 9 + b"more", b"KING QUEEN " * 9, b"king"):
        with path.open("r+b") as file:
            file.truncate(len(change))
            file.write(change)
        with pytest.raises(CorpusError, match="was changed while it was read; run again") as error:
            text(segments[0])
        assert one_sentence(error)
    (tmp_path / "new").write_bytes(b"king queen " * 9)
    os.replace(tmp_path / "new", path)
    with pytest.raises(CorpusError, match="was changed while it was read"):
        text(segments[0])
    path.unlink()
    with pytest.raises(CorpusError, match="cannot read .*No such file"):
        text(segments[0])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_small_file_that_changes_between_two_reads(tmp_path, pack):
    path = tmp_path / "c"
    path.write_bytes(pack(b"king queen " * 9))
    os.utime(path, (1, 1))
    segments = read_segments([str(path)], "utf-8", 40 if pack is gzip.compress else 1000)
    next(segments)
    path.write_bytes(path.read_bytes())
    with pytest.raises(W2VError, match="was changed while it was read; run again when it is complete"):
        list(segments)


@pytest.mark.parametrize("suffix", [".txt", ".gz", ".bz2", ".xz"])  # the name says nothing
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_compression_by_content(tmp_path, pack, suffix):
    path = tmp_path / f"corpus{suffix}"
    path.write_bytes(pack(b"one two\nthree" * 3000))
    assert content([path], size=100) == b"one two\nthree" * 3000 + b"\n"


def test_zstd(tmp_path):
    path = tmp_path / "corpus.txt"
    try:
        from compression import zstd
    except ImportError:
        zstd = pytest.importorskip("backports.zstd")
    path.write_bytes(zstd.compress(b"one two"))
    assert content([path]) == b"one two\n"


def test_zstd_without_a_reader_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v.system.compression._zstd_module", lambda: None)
    (tmp_path / "c").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(20))
    with pytest.raises(W2VError, match="pip install") as error:
        content([tmp_path / "c"])
    one_sentence(error)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_damaged_compression(tmp_path, pack):
    path = tmp_path / "c.gz"
    packed = bytearray(pack(os.urandom(50_000).hex().encode()))
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(FormatError, match="damaged or cut off") as error:
        content([path])
    assert str(path) in one_sentence(error)


def test_standard_input_through_a_pipe():
    script = (
        "from w2v.corpus.sources import *\n"
        "for segment in read_segments(expand_paths(['-']), 'utf-8', 8): print(segment.data.decode(), end='|')"
    )
    for packed in (b"one two\nthree", gzip.compress(b"one two\nthree")):
        done = subprocess.run([sys.executable, "-c", script], input=packed, capture_output=True, check=True)
        assert done.stdout.replace(b"|", b"") == b"one two\nthree\n"


def test_closed_standard_input_is_one_sentence():
    script = (
        "import os; os.close(0)\nfrom w2v.corpus.sources import *\nfrom w2v.errors import CorpusError, W2VError\n"
        "try: list(read_segments(['-'], 'utf-8', 99))\nexcept W2VError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cannot read -") and done.stdout.count("\n") == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(b"a b\nc " * 10_000))
    writer.start()
    assert content(expand_paths([path])) == b"a b\nc " * 10_000 + b"\n"
    writer.join()


# ---- which files


def test_is_paths():
    for source in (["a", Path("b")], ("a",), [Path("a")]):
        assert is_paths(source)
    for source in ([], [["a"]], "a", iter(["a"]), [1], ["a", ["b"]]):
        assert not is_paths(source)


def test_folders_patterns_and_order(tmp_path):
    for name in ("b.txt", "a.txt", "sub/c.txt", "sub/deep/d.txt", ".hidden", ".git/config", "odd[1].txt", "x y.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    names = lambda found: [os.path.relpath(file, tmp_path) for file in found]  # noqa: E731
    everything = ["a.txt", "b.txt", "odd[1].txt", "sub/c.txt", "sub/deep/d.txt", "x y.txt"]
    assert names(expand_paths([tmp_path])) == everything
    assert names(expand_paths([str(tmp_path / "*.txt")])) == ["a.txt", "b.txt", "odd[1].txt", "x y.txt"]
    assert names(expand_paths([str(tmp_path / "**/*.txt")])) == everything
    assert names(expand_paths([tmp_path / "odd[1].txt"])) == ["odd[1].txt"]  # a file of that name goes first
    assert names(expand_paths([tmp_path / "b.txt", tmp_path / "a.txt"])) == ["b.txt", "a.txt"]
    assert names(expand_paths([os.fsencode(tmp_path / "b.txt")])) == ["b.txt"]


def test_a_folder_inside_a_hidden_one_is_read(tmp_path):
    (tmp_path / ".cache/corpus").mkdir(parents=True)
    (tmp_path / ".cache/corpus/a.txt").write_text("a")
    assert len(expand_paths([tmp_path / ".cache/corpus"])) == 1


@pytest.mark.parametrize("path", ["missing.txt", "*.none", "empty", "nul\0byte", "missing/deep.txt"])
def test_paths_that_lead_nowhere(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="cannot read") as error:
        expand_paths([path])
    assert path in one_sentence(error)


def test_a_sentence_taken_for_a_path():
    with pytest.raises(CorpusError, match="list of tokens"):
        expand_paths(["the king and the queen"])


def test_standard_input_can_be_read_once():
    assert expand_paths([STDIN]) == [STDIN]
    with pytest.raises(CorpusError, match="twice"):
        expand_paths([STDIN, STDIN])


# ---- folders that cannot be read, links, and loops of links


@pytest.fixture
def powerless():
    """A folder for all, in the hands of a user who may not read everything."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        if root:
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            if root:
                os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no permission bits here")
@pytest.mark.parametrize("pattern", ["", "/**/*.txt", "/*/*.txt", "/secret/*.txt"])
def test_a_folder_that_cannot_be_read_is_refused(powerless, pattern):
    for name in ("open/a.txt", "secret/b.txt"):
        (powerless / name).parent.mkdir()
        (powerless / name).write_text(name)
    (powerless / "secret").chmod(0)
    try:
        with pytest.raises(W2VError, match="cannot read .*secret: Permission denied") as error:
            expand_paths([f"{powerless}{pattern}"])
        assert one_sentence(error)
    finally:
        (powerless / "secret").chmod(0o700)


def test_links_to_folders_are_followed_once_and_named(tmp_path):
    corpus, elsewhere, notes = tmp_path / "corpus", tmp_path / "elsewhere", []
    for name in (corpus / "b/1.txt", elsewhere / "2.txt", elsewhere / "deep/3.txt"):
        name.parent.mkdir(parents=True, exist_ok=True)
        name.write_text("text")
    (corpus / "a").symlink_to("b")
    (corpus / "c").symlink_to(elsewhere)
    (corpus / "d").symlink_to(elsewhere)
    for path in (corpus, f"{corpus}/**/*.txt", f"{corpus}/**", f"{corpus}/**/**/*"):
        notes.clear()
        found = expand_paths([path], notes.append)
        assert [os.path.relpath(file, corpus) for file in found] == ["b/1.txt", "c/2.txt", "c/deep/3.txt"]
        assert f"{corpus}/a leads to {corpus}/b, whose files are read once" in notes
        assert f"{corpus}/d leads to {corpus}/c, whose files are read once" in notes


def test_loops_of_links_have_an_end(tmp_path, monkeypatch):
    """With two links back to the top `**` of `glob` would find each file 2^40 times."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("a.txt", "sub/b.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "sub/again").symlink_to(tmp_path)
    assert expand_paths(["**/*.txt"]) == expand_paths(["."]) == ["a.txt", "sub/b.txt"]
    (tmp_path / "sub/self").symlink_to("../sub")
    assert expand_paths(["**/*.txt"]) == expand_paths(["."]) == ["a.txt", "sub/b.txt"]


def test_each_real_file_is_read_once(tmp_path):
    notes = []
    (tmp_path / "z.txt").write_text("text")
    (tmp_path / "a.txt").symlink_to("z.txt")
    os.link(tmp_path / "z.txt", tmp_path / "zz.txt")
    for path in (tmp_path, tmp_path / "*.txt", tmp_path / "**"):
        notes.clear()
        assert expand_paths([path], notes.append) == [str(tmp_path / "z.txt")]
        assert notes == [f"{path}: 2 names of files that have another name there are left out, the first "
                         f"{tmp_path}/zz.txt"]  # fmt: skip
    assert len(expand_paths([tmp_path / "a.txt", tmp_path / "z.txt"])) == 2  # whoever names a file twice means it


@pytest.mark.parametrize("target", ["nowhere", "link"])
def test_a_link_to_nowhere_is_refused(tmp_path, target):
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "link").symlink_to(target)
    for path in (tmp_path, tmp_path / "l*", tmp_path / "**", tmp_path / "link"):
        with pytest.raises(W2VError, match="cannot read .*link") as error:
            expand_paths([path])
        assert one_sentence(error)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_a_folder_is_named(tmp_path):
    notes = []
    (tmp_path / "a.txt").write_text("text")
    os.mkfifo(tmp_path / "pipe")
    assert expand_paths([tmp_path], notes.append) == [str(tmp_path / "a.txt")]
    assert notes == [f"{tmp_path}/pipe is left out: it is a device or a pipe; name it to read it"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path):
    (tmp_path / "c").write_text("a")
    (tmp_path / "c").chmod(0)
    with pytest.raises(W2VError, match="cannot read"):
        content([tmp_path / "c"])


def test_a_file_that_vanishes_is_named(tmp_path):
    with pytest.raises(W2VError, match=r"cannot read .*gone"):
        content([tmp_path / "gone"])


def test_binary_files_are_refused(tmp_path):
    (tmp_path / "c").write_bytes(b"word" * 10 + b"\0" + b"word")
    with pytest.raises(CorpusError, match="byte 40 is zero") as error:
        content([tmp_path / "c"])
    assert "not text" in one_sentence(error)
    (tmp_path / "c").write_bytes("ein Text".encode("utf-16"))
    with pytest.raises(CorpusError, match="--encoding"):
        content([tmp_path / "c"])


# ---- encodings


def test_byte_order_mark_is_white_space(tmp_path):
    for size in (1, 2, 100):
        (tmp_path / "c").write_bytes(codecs.BOM_UTF8 + b"king queen")
        assert content([tmp_path / "c"], size=size) == b"   king queen\n"
        (tmp_path / "c").write_bytes(gzip.compress(codecs.BOM_UTF8 + b"king queen"))
        assert content([tmp_path / "c"], size=size).split() == [b"king", b"queen"]


TEXT = "König Königin\n王 女王\nkung\u3000drottning"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "gb18030", "utf-7", "utf_8"])
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_encodings(tmp_path, encoding, size):
    (tmp_path / "c").write_bytes(TEXT.encode(encoding))
    data = content([tmp_path / "c"], encoding, size)
    text = data.decode(encoding if splits_as_bytes(encoding) else "utf-8")
    assert text.split() == TEXT.split()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_missing_byte_order_mark_is_one_sentence(tmp_path, encoding):
    (tmp_path / "c").write_bytes(TEXT.encode(f"{encoding}-le"))
    with pytest.raises(CorpusError, match=f"byte order mark of {encoding}.*--encoding {encoding}-le or") as error:
        content([tmp_path / "c"], encoding)
    assert str(tmp_path / "c") in one_sentence(error)
    assert content([tmp_path / "c"], f"{encoding}-le").decode().split() == TEXT.split()


@pytest.mark.parametrize("encoding", ["punycode", "idna"])
def test_encodings_that_are_not_for_text_are_refused(encoding):
    with pytest.raises(ConfigError, match=f"encoding '{encoding}'"):
        TextConfig(encoding=encoding).validate()


def test_which_encodings_split_as_bytes():
    for encoding in ("utf-8", "latin-1", "cp1252", "shift_jis", "gb18030", "euc_jp", "big5", "koi8-r"):
        assert splits_as_bytes(encoding), encoding
    for encoding in ("utf-16", "utf-32", "cp037", "utf-7", "iso2022_jp", "hz", "raw_unicode_escape"):
        assert not splits_as_bytes(encoding), encoding


def test_escapes_count_what_cannot_be_decoded(tmp_path):
    word = b"a\xffb\xe2\x82c\xf0\x9f\x98".decode("utf-8", ESCAPE)
    assert undecodable_bytes(word) == 1 + 2 + 3
    assert undecodable_bytes("a\ufffdé王😀") == 0
    bad = "ab".encode("utf-16-le") + b"\x00\xd8" + "c \ufffd".encode("utf-16-le") + b"x"  # half a pair, half a unit
    (tmp_path / "c").write_bytes(bad)
    for size in (1, 2, 3, 100):
        text = content([tmp_path / "c"], "utf-16-le", size).decode("utf-8", "surrogatepass")
        assert undecodable_bytes(text) == 3
        assert "\ufffd" in text  # one that stands in the text is nobody's fault
    with pytest.raises(UnicodeEncodeError):
        "é".encode("ascii", ESCAPE)
