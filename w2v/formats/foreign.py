"""Files of other programs that are often given where vectors are expected: they are refused by name, with advice."""

from w2v.errors import FormatError
from w2v.system.files import PathLike

FOREIGN = {  # first bytes: what the file is
    b"\x93NUMPY": "a NumPy array; words are missing there",
    b"\x80": "a Python pickle, not of gensim's word vectors; load it in its program and call save_word2vec_format",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"PAR1": "a Parquet file; export its words and vectors as word2vec text",
    b"\x89HDF": "an HDF5 file; export it as word2vec text",
}


def refuse_foreign(path: PathLike, head: bytes) -> None:
    """Raises `FormatError` if the file's first bytes `head` are those of another program."""
    for mark, what in FOREIGN.items():
        if head.startswith(mark):
            raise FormatError(f"{path} is {what}")
