"""GloVe text: the rows of word2vec text without the header line."""

from functools import partial

from w2v.formats.format import Format
from w2v.formats.rows import Writing
from w2v.formats.sample import Sample, starts_with_row
from w2v.formats.text import is_no_corpus, read_text, write_text


def _recognises(sample: Sample) -> bool:
    """Whether line 1 has a word and more, and it or the next line is a row. Text and binary are asked before."""
    return len(sample.first.split()) >= 2 and (
        starts_with_row(sample.first, None) or starts_with_row(sample.rest, None)
    )


FORMAT = Format(
    "glove",
    "GloVe text",
    (".glove",),
    recognises=_recognises,
    read=partial(read_text, header=False),
    write=partial(write_text, how=Writing(header=False)),
    has_header=False,
    is_no_corpus=partial(is_no_corpus, header=False),
)
