"""Files of other programs that are often given where vectors are expected: they are refused by name, with advice."""

import os
import re

from w2v.errors import FormatError
from w2v.system.files import PathLike

_KEPT = "so open the .w2v file that it was made of, or export words and vectors as word2vec text"
# Buckets, d, two lengths, hashes, their seed, and the marks around a word
_FLORET = re.compile(rb"\d+ \d+ \d+ \d+ \d+ \d+ \S+ \S+\r?\n")
FOREIGN = {  # first bytes: what the file is
    b"\x93NUMPY": f"a NumPy array; words are missing there, {_KEPT}",
    b"\x80": "a Python pickle, not of gensim's word vectors; load it in its program and call save_word2vec_format",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"PAR1": f"a Parquet file, {_KEPT}",
    b"\x89HDF": "an HDF5 file; export it as word2vec text",
}


def refuse_foreign(path: PathLike, head: bytes) -> None:
    """Raises `FormatError` if the file's first bytes `head` are those of another program."""
    for mark, what in FOREIGN.items():
        if head.startswith(mark):
            raise FormatError(f"{path} is {what}")
    if _FLORET.match(head):
        raise FormatError(f"{path} is floret's table; words are missing there, {_KEPT}")


def refuse_handed_on(path: PathLike) -> None:
    """Raises `FormatError` for a file of another program, or a folder for model2vec."""
    if os.path.isdir(path):
        refuse_folder(path)
    else:
        with open(path, "rb") as file:
            refuse_foreign(path, file.read(200))


def refuse_folder(path: PathLike) -> None:
    """Raises `FormatError` for a folder for model2vec."""
    if os.path.isfile(os.path.join(path, "model.safetensors")):
        what = "a folder for model2vec and sentence-transformers, which is written only"
        raise FormatError(f"{path} is {what}; open the .w2v file that it was made of")
