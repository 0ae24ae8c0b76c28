import errno
import gzip
import os
import stat
import subprocess
import sys
import textwrap

import pytest

from w2v.errors import W2VError
from w2v.system.files import (
    appending_writer,
    atomic_writer,
    check_writable,
    decompressing_reader,
    files_below,
)


def test_atomic_writer_writes_the_whole_file(tmp_path):
    path = tmp_path / "a"
    with atomic_writer(path) as handle:
        handle.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(type(error)), atomic_writer(path) as handle:
        handle.write(b"new")
        raise error
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_the_file_gets_the_permissions_of_an_ordinary_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    with atomic_writer(tmp_path / "atomic"):
        pass
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_still_points_to_the_file_that_was_written(tmp_path):
    (tmp_path / "folder").mkdir()
    link, target = tmp_path / "link", tmp_path / "folder" / "target"
    link.symlink_to(target)
    with atomic_writer(link) as handle:
        handle.write(b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"


def test_a_name_at_the_limit_of_the_file_system(tmp_path):
    path = tmp_path / ("n" * 255)
    with atomic_writer(path) as handle:
        handle.write(b"x")
    assert path.read_bytes() == b"x"


@pytest.mark.parametrize("name", ["", "missing/a", "n" * 300])
def test_paths_that_cannot_be_written_are_refused_in_a_sentence(tmp_path, name):
    with pytest.raises(W2VError, match="cannot write"), atomic_writer(tmp_path / name):
        pass
    assert os.listdir(tmp_path) == []


def test_check_writable_leaves_nothing_behind(tmp_path):
    check_writable(tmp_path / "a")
    assert os.listdir(tmp_path) == []


FULL_DISK = """
    import resource, signal, sys
    from w2v.errors import W2VError
    from w2v.system import files
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        with getattr(files, sys.argv[2])(sys.argv[1]) as handle:
            for _ in range(100):
                handle.write(bytes(range(256)) * 40)
    except W2VError as error:
        print(error)
        sys.exit(2)
"""


@pytest.mark.parametrize("writer", ["atomic_writer", "appending_writer"])
@pytest.mark.parametrize("old", [b"old", None])
def test_a_full_disk_keeps_the_old_file_and_leaves_nothing(tmp_path, writer, old):
    path = tmp_path / "a"
    if old is not None:
        path.write_bytes(old)
    program = [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(path), writer]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "cannot write" in done.stdout and "nothing was changed" in done.stdout
    assert os.listdir(tmp_path) == ([] if old is None else ["a"])
    if old is not None:
        assert path.read_bytes() == old


def test_appending_writer_adds_or_takes_back(tmp_path):
    path = tmp_path / "a"
    for text in (b"one", b"two"):
        with appending_writer(path) as handle:
            handle.write(text)
    with pytest.raises(ValueError), appending_writer(path) as handle:
        handle.write(b"three")
        handle.flush()
        raise ValueError
    assert path.read_bytes() == b"onetwo"


@pytest.mark.parametrize("name", ["", "missing"])
def test_paths_that_cannot_be_read_are_refused_in_a_sentence(tmp_path, name):
    with pytest.raises(W2VError, match="cannot read .*check the path"), decompressing_reader(tmp_path / name):
        pass


def test_a_device_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(W2VError, match="device or a pipe"):
        check_writable(pipe)
    assert pipe.is_fifo()


def test_a_sync_that_fails_is_an_error_and_leaves_nothing(tmp_path, monkeypatch):
    def fsync(descriptor):
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(W2VError, match="the disk is broken; nothing was changed"), atomic_writer(tmp_path / "a") as out:
        out.write(b"text")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="Linux takes bytes to the disk when it is asked to")
def test_what_was_written_is_sent_to_the_disk_once_and_in_order(tmp_path, monkeypatch):
    sent, advise = [], os.posix_fadvise

    def posix_fadvise(descriptor, start, n_bytes, advice):
        sent.append((start, n_bytes))
        advise(descriptor, start, n_bytes, advice)

    monkeypatch.setattr(os, "posix_fadvise", posix_fadvise)
    parts = [bytes([number]) * (1_000_000 * (number + 1)) for number in range(5)]
    with atomic_writer(tmp_path / "a") as out:
        for part in parts:
            out.write(part)
    assert (tmp_path / "a").read_bytes() == b"".join(parts)
    ends = [start + n_bytes for start, n_bytes in sent]
    assert [start for start, _ in sent] == [0, *ends[:-1]]
    assert 15_000_000 - (4 << 20) < ends[-1] <= 15_000_000


def test_files_below_a_folder(tmp_path):
    """Sorted as strings: `a-b/1` and `a.txt` stand before `a/1`; nothing hidden, but for the folder itself."""
    folder = tmp_path / ".cache"
    for name in ("a/1", "a/2", "a-b/1", "a.txt", "é", ".hidden", ".git/config", "a/.deep/1"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "empty").mkdir()
    for named in (folder, str(folder)):
        found = files_below(named)
        assert [path.relative_to(folder).as_posix() for path in found] == ["a-b/1", "a.txt", "a/1", "a/2", "é"]
    assert files_below(folder / "empty") == []


def test_standard_input_can_be_opened_again():
    """Closing the stream leaves the descriptor open."""
    code = (
        "from w2v.system.files import *\n"
        "with decompressing_reader(STDIN, standard_input()) as stream: assert stream.read() == b'one two'\n"
        "with standard_input() as stream: assert stream.read() == b''"
    )
    subprocess.run([sys.executable, "-c", code], input=gzip.compress(b"one two"), check=True)


# ---- file systems that cannot do everything


def test_what_a_file_system_refuses_is_not_demanded(tmp_path, monkeypatch):
    """FAT knows no permissions; network file systems no sync of folders and no advice."""

    def refuses(number):
        def refused(*args):
            raise OSError(number, os.strerror(number))

        return refused

    for name, number in (("chmod", errno.EPERM), ("fsync", errno.EINVAL), ("posix_fadvise", errno.ENOTSUP)):
        monkeypatch.setattr(os, name, refuses(number))
    with atomic_writer(tmp_path / "a") as handle:
        for _ in range(5):
            handle.write(bytes(1 << 20))
    assert (tmp_path / "a").stat().st_size == 5 << 20 and os.listdir(tmp_path) == ["a"]


def test_a_folder_that_cannot_be_synced_takes_the_file(tmp_path, monkeypatch):
    sync = os.fsync

    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "no folders")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with atomic_writer(tmp_path / "a") as handle:
        handle.write(b"x")
    assert (tmp_path / "a").read_bytes() == b"x"


def test_a_private_file_stays_private(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"")
    path.chmod(0o600)
    with atomic_writer(path) as handle:
        handle.write(b"x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_into_a_folder_that_is_missing_is_refused_at_once(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "missing" / "b")
    with pytest.raises(W2VError, match="the folder .*missing does not exist"):
        check_writable(tmp_path / "a")


FULL_BEFORE = """
    import resource, sys
    from w2v.errors import W2VError
    from w2v.system.files import check_writable
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        check_writable(sys.argv[1])
    except W2VError as error:
        print(error)
        sys.exit(2)
"""


def test_a_full_disk_is_seen_before_the_work(tmp_path):
    program = [sys.executable, "-c", textwrap.dedent(FULL_BEFORE), str(tmp_path / "a")]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "cannot write" in done.stdout, done.stderr
    assert os.listdir(tmp_path) == []
