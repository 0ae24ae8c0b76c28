"""The table of formats. Sniffing, reading, writing, and what help and errors say of formats are made from it.

A further format is a file with a `Format` record and a line in `FORMATS`.
"""

from collections.abc import Sequence
from pathlib import Path

from w2v.errors import ConfigError, FormatError
from w2v.formats import arrays, binary, fasttext, floret, gensim, glove, model2vec, native, parquet, text
from w2v.formats.foreign import refuse_folder, refuse_foreign
from w2v.formats.format import Format
from w2v.formats.sample import SAMPLE_BYTES, Sample
from w2v.system.compression import COMPRESSION_SUFFIXES
from w2v.system.files import PathLike, decompressing_reader

FORMATS: tuple[Format, ...] = (  # in the order in which they are named, and asked whether a file is theirs
    native.FORMAT,
    binary.FORMAT,
    fasttext.FORMAT,
    text.FORMAT,
    glove.FORMAT,
)
READ_ONLY = (gensim.FORMAT,)  # told by their bytes only
WRITE_ONLY = (parquet.FORMAT, arrays.FORMAT, floret.FORMAT, model2vec.FORMAT)  # for other programs
DEFAULT = native.FORMAT  # of a new file whose name says nothing
BINARY_SWITCH = {0: text.FORMAT, 1: binary.FORMAT}  # what word2vec.c's -binary asks for


def format_names(last: str = ", ", more: Sequence[Format] = ()) -> str:
    """The names of all formats that are read and written, and of `more`; `last` stands before the last one."""
    *most, end = (known.name for known in (*FORMATS, *more))
    return f"{', '.join(most)}{last}{end}"


def suffix_help(formats: Sequence[Format] | None = None) -> str:
    """What each suffix means, for the help: those of all formats that are read and written, or of some."""
    return ", ".join(
        f"{' or '.join(known.suffixes) or f'--format {known.name}'} {known.title}"
        f"{' (training can go on)' * known.keeps_training}"
        for known in (FORMATS if formats is None else formats)
    )


def format_of(path: PathLike, name: str | None = None) -> Format:
    """The format of that name if one is given, else from the suffix (one for compression, as in .txt.gz, is
    passed over).

    Raises `ConfigError` for a name or suffix that is not known, or a compressed file of a format that is mapped.
    """
    bare, packed = Path(path), Path(path).suffix.lower() in COMPRESSION_SUFFIXES
    if packed:
        bare = bare.with_suffix("")
    if name is None:
        found = next((known for known in (*FORMATS, *WRITE_ONLY) if bare.suffix.lower() in known.suffixes), None)
    else:
        found = next((known for known in (*FORMATS, *READ_ONLY, *WRITE_ONLY) if known.name == name), None)
        if found is None:
            raise ConfigError(
                f"format {name!r} is not known; choose one of {format_names(more=WRITE_ONLY)} (the last "
                f"{len(WRITE_ONLY)} are written only)"
            )
    if found is None:
        suffixes = " ".join(suffix for known in FORMATS for suffix in known.suffixes)
        raise ConfigError(
            f"the suffix of {path} names no format; use one of {suffixes} or give the format ({format_names()})"
        )
    if packed and found in WRITE_ONLY and found is not floret.FORMAT:
        raise ConfigError(f"{path}: {found.title} is not compressed as a whole; leave {Path(path).suffix} out")
    if found.is_mapped and packed:
        raise ConfigError(
            f"{path}: the {found.title} format is memory-mapped and cannot be compressed; "
            f"use the suffix {found.suffixes[0]}"
        )
    return found


def sniff_format(path: PathLike) -> Format:
    """The format from the first bytes, unpacked if the file is compressed; the suffix plays no part.

    Raises `FormatError` if none fits. A file with no header whose vectors have one number is taken for GloVe
    unless its first line is also a header that fits the second.
    """
    refuse_folder(path)
    with decompressing_reader(path) as stream:
        sample = Sample(stream.read(SAMPLE_BYTES))
    if not sample.head:
        raise FormatError(f"{path} is empty; give a file with vectors")
    for known in (*FORMATS, *READ_ONLY):
        if known.has_mark and known.recognises(sample):
            return known
    refuse_foreign(path, sample.head)
    for known in FORMATS:
        if not known.has_mark and known.recognises(sample):
            return known
    shown = sample.first[:40].decode("utf-8", "replace")
    raise FormatError(f"{path} is no vector file: it starts with {shown!r}; known formats are {format_names()}")


def format_to_read(path: PathLike, name: str | None = None) -> Format:
    """The format of that name if one is given, else told by the file's bytes.

    Raises `ConfigError` for an unknown name, or a pipe whose format is not given, `FormatError` if no format fits.
    """
    if name is not None:
        return format_of(path, name)
    if Path(path).is_fifo():
        raise ConfigError(f"{path} is a pipe, which cannot be looked at twice; give its format ({format_names()})")
    return sniff_format(path)
