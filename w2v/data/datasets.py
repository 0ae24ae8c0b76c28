"""Public corpora and evaluation sets by name: `download("text8")` gives a path on this machine.

What is known of each (where it is, how large, checksum, licence) is data, not code: `corpora/registry.json`.
Downloads go over pooch, which the extra `w2v[data]` installs; it is imported only to fetch something.
"""

import contextlib
import difflib
import hashlib
import json
import logging
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from w2v.data.archives import unpack
from w2v.errors import W2VError
from w2v.system.extras import optional

REGISTRY_FILE = "registry.json"
CACHE_VARIABLE = "W2V_DATA"
TIMEOUT = (15.0, 60.0)  # seconds: to connect, and between two pieces of the body
PART_BYTES = 1 << 18  # of a body, at a time
MAX_UNPACKED_BYTES = 8 << 30  # where the registry has no `unpacked_size`
MAX_BYTES = 1 << 30  # where it has no `size`


@dataclass(frozen=True)
class Dataset:
    """One entry of the registry. None stands for "not known" (or, for `url`, "comes with the package").

    `size` (bytes) and `checksum` ("sha256:...", "sha1:..." or "md5:...") describe the file behind `url`,
    `n_tokens` and `n_words` the text that a user trains on. `member` is the file or folder inside the archive
    that `download` returns; `unpacked_size` is the sum of the bytes of all members.
    """

    name: str
    kind: str  # corpus, analogies or similarity
    title: str
    url: str | None
    filename: str
    size: int | None
    checksum: str | None
    unpack: str | None  # zip, tar (any compression) or gz
    member: str | None
    unpacked_size: int | None
    licence: str
    n_tokens: int | None
    n_words: int | None
    note: str


def registry_folder() -> Path:
    """The folder of registry and sample corpus: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "corpora", package.parent / "corpora"):
        if (folder / REGISTRY_FILE).is_file():
            return folder
    raise W2VError(f"corpora/{REGISTRY_FILE} is missing from this installation of w2v; install it again")


def registry() -> dict[str, Dataset]:
    """Every known data set, by name, in the order of the file."""
    entries = json.loads((registry_folder() / REGISTRY_FILE).read_text(encoding="utf-8"))["datasets"]
    return {entry["name"]: Dataset(**entry) for entry in entries}


def find_dataset(name: str) -> Dataset:
    """Raises `W2VError` with near spellings and all names when there is no data set called `name`."""
    known = registry()
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f", perhaps you mean {near[0]!r}" if near else ""
        raise W2VError(f"no data set is called {name!r}{hint}; the names are {', '.join(known)}")
    return known[name]


def data_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Where downloads are kept: `folder`, else the environment variable `W2V_DATA`, else the user's cache."""
    chosen = folder or os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(optional("pooch", "a download", "data").os_cache("w2v"))


def download(name: str, folder: str | os.PathLike[str] | None = None, url: str | None = None) -> Path:
    """The path of a data set's text, fetched, checked and unpacked if this machine does not have it yet.

    A file that is already in `folder` is used when its checksum fits. An interrupted download is kept as
    `FILENAME.part`; the next call asks the server for the rest (HTTP Range). A file gets its final name only
    after its checksum fits. `url` names a mirror; the same checksum is asked of it. Where none is known, the
    SHA-256 of the file goes to standard error, and a partial file is not continued: nothing would tell a
    wrong joint.

    Raises `W2VError` for an unknown name, pooch missing, no connection, a wrong checksum, an archive that
    would write outside its folder or unpacks to more than the registry says, or an unwritable folder.
    """
    dataset = find_dataset(name)
    if dataset.url is None and url is None:
        return _bundled(dataset)
    source = url or dataset.url
    assert source is not None
    target = data_folder(folder).expanduser().absolute()
    try:
        archive, is_new = _fetch(dataset, source, target)
        if is_new and dataset.checksum is None:
            digest = file_checksum(archive)
            sys.stderr.write(f"{archive}: sha256 {digest}; not checked, because no checksum is known\n")
        return _unpacked(dataset, archive, is_new) if dataset.unpack else archive
    except OSError as error:
        raise W2VError(
            f"cannot write in {target}: {error.strerror or error}; choose a folder or set {CACHE_VARIABLE}"
        ) from error


def file_checksum(path: Path, algorithm: str = "sha256") -> str:
    """Hexadecimal digest of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _bundled(dataset: Dataset) -> Path:
    path = registry_folder() / dataset.filename
    if not path.is_file():
        raise W2VError(f"{path} is missing from this installation of w2v; install it again")
    return path


def _fetch(dataset: Dataset, url: str, folder: Path) -> tuple[Path, bool]:
    """The path of the file behind `url`, as it is on the server, and whether it was fetched just now."""
    pooch = optional("pooch", "a download", "data")
    import requests

    path = folder / dataset.filename
    part = path.with_name(path.name + ".part")
    actions: list[str] = []

    def note_action(fname: str, action: str, _: object) -> str:
        actions.append(action)
        return fname

    def retrieve() -> None:
        pooch.retrieve(
            url, dataset.checksum, fname=dataset.filename, path=folder, processor=note_action,
            downloader=ResumingDownloader(part, dataset.checksum is not None, dataset.size),
        )  # fmt: skip

    was_partial = part.exists()
    try:
        with _quiet(pooch.get_logger()):
            try:
                retrieve()
            except ValueError as error:
                # The file may have changed on the server since its first part came: once more from the start.
                if isinstance(error, requests.RequestException) or not was_partial:
                    raise
                retrieve()
    except requests.RequestException as error:
        raise W2VError(_offline_sentence(dataset, url, path, error)) from error
    except ValueError as error:
        raise W2VError(
            f"the file at {url} does not have the checksum that the registry gives for {dataset.name}, "
            f"{dataset.checksum}; nothing was kept, so try again or name another place with url="
        ) from error
    return path, actions != ["fetch"]


def _offline_sentence(dataset: Dataset, url: str, path: Path, error: Exception) -> str:
    response = getattr(error, "response", None)
    reason = f"HTTP status {response.status_code}" if response is not None else type(error).__name__
    if dataset.checksum is not None and path.with_name(path.name + ".part").exists():
        reason += "; what has arrived is kept and the next call goes on from there"
    stale = " in place of the one there, whose checksum is wrong" if path.exists() else ""
    return (
        f"cannot download {dataset.name} from {url} ({reason}); try again when online, or fetch that file by "
        f"other means and put it into {path.parent} as {path.name}{stale}"
    )


@contextlib.contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep pooch's own lines back: the progress bar and our errors say the same."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _is_own(path: Path) -> bool:
    """Whether what is written there comes nowhere else: a link of either kind, or a pipe, may lead anywhere."""
    with contextlib.suppress(FileNotFoundError):
        status = path.lstat()
        return stat.S_ISREG(status.st_mode) and status.st_nlink == 1
    return True


class ResumingDownloader:
    """A pooch downloader that collects the body in the file `part` and goes on where it stopped."""

    def __init__(self, part: Path, can_resume: bool, size: int | None) -> None:
        self.part = part
        self.can_resume = can_resume
        # A longer body cannot be right; without a checksum the file may have grown.
        self.size = size if can_resume and size is not None else max(MAX_BYTES, 2 * (size or 0))

    def __call__(self, url: str, output_file: str, pooch: object, check_only: bool = False) -> None:
        if not self.can_resume or not _is_own(self.part):
            self.part.unlink(missing_ok=True)
        self._complete_part(url)
        os.replace(self.part, output_file)

    def _complete_part(self, url: str) -> None:
        import requests

        n_have = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity"}  # bytes as stored, so that positions fit
        if n_have:
            headers["Range"] = f"bytes={n_have}-"
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if n_have and response.status_code == requests.codes.requested_range_not_satisfiable:
                if response.headers.get("Content-Range") != f"bytes */{n_have}":  # not simply complete
                    self.part.unlink()
                    self._complete_part(url)
                return
            response.raise_for_status()
            continues = response.headers.get("Content-Range", "").startswith(f"bytes {n_have}-")
            start = n_have if response.status_code == requests.codes.partial_content and continues else 0
            length = response.headers.get("Content-Length")
            total = start + int(length) if length else None
            try:
                self._append(response.iter_content(PART_BYTES), start, total)
            except ValueError:
                self.part.unlink()
                raise
        n_have = self.part.stat().st_size
        if total is not None and n_have != total:
            raise requests.ConnectionError(f"the body ended after {n_have} of {total} bytes")

    def _append(self, parts: Iterator[bytes], start: int, total: int | None) -> None:
        bar = tqdm(
            desc=self.part.stem, initial=start, total=total, unit="B", unit_scale=True, unit_divisor=1024,
            disable=not sys.stderr.isatty(),
        )  # fmt: skip
        with bar, open(self.part, "ab" if start else "wb") as file:
            for part in parts:
                start += len(part)
                if start > self.size:
                    raise ValueError(f"the body is longer than {self.size} bytes")
                file.write(part)
                bar.update(len(part))


def _unpacked(dataset: Dataset, archive: Path, is_new: bool) -> Path:
    """Unpack into `FOLDER/NAME/`, which appears whole or not at all; returns the path of the member."""
    target = archive.parent / dataset.name
    if is_new or not target.is_dir():
        with tempfile.TemporaryDirectory(dir=archive.parent, prefix=f".{dataset.name}.") as beside:
            fresh = Path(beside) / "unpacked"
            fresh.mkdir()
            unpack(archive, dataset.unpack or "", fresh, dataset.unpacked_size or MAX_UNPACKED_BYTES)
            if target.exists():
                os.replace(target, Path(beside) / "old")
            os.replace(fresh, target)
    path = target / dataset.member if dataset.member else target
    if not path.exists():
        raise W2VError(f"{target} lacks {dataset.member}; delete that folder and download it again")
    return path
