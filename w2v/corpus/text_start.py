"""What the first bytes of a file say: that it is no text, or has a byte order mark."""

import codecs

from w2v.errors import CorpusError

CHECKED_BYTES = 1 << 16
BLANKS = b"   "  # instead of a byte order mark, so that the bytes after it keep their places
_NO_TEXT = {  # first bytes: what a file with zero bytes is, and what to do
    b"PAR1": "a Parquet file, not text; write its column of text to a file, a sentence on each line",
    b"ARROW1": "an Arrow file, not text; write its column of text to a file, a sentence on each line",
    b"SQLite format 3\0": "an SQLite database, not text; write its texts to a file, a sentence on each line",
    b"PK\x03\x04": "a zip archive, as office documents are, not text; unpack it, or save the document as text",
    b"%PDF-": "a PDF, not text; take its text out with a program such as pdftotext",
}


def checked_start(data: bytes, file: str) -> bytes:
    """The first bytes of a file, or all, with blanks in the place of a byte order mark. Raises `CorpusError` for what
    is no text."""
    zero = data.find(b"\0", 0, CHECKED_BYTES)
    if zero >= 0:
        for mark, what in _NO_TEXT.items():
            if data.startswith(mark):
                raise CorpusError(f"{file} is {what}")
        raise CorpusError(
            f"{file} is not text: byte {zero} is zero; if it is UTF-16 or UTF-32 say so with --encoding, "
            "and vectors are opened with nn, analogy, eval, info or convert"
        )
    if data.startswith(codecs.BOM_UTF8):
        return data.replace(codecs.BOM_UTF8, BLANKS, 1)
    return data
