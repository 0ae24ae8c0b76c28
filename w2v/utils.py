"""gensim's module of this name, as far as programs that train word vectors use it."""

from w2v.corpus.preprocessing import (
    RULE_DEFAULT,
    RULE_DISCARD,
    RULE_KEEP,
    deaccent,
    save_as_line_sentence,
    simple_preprocess,
    to_unicode,
    tokenize,
)

__all__ = [
    "RULE_DEFAULT", "RULE_DISCARD", "RULE_KEEP", "deaccent", "save_as_line_sentence", "simple_preprocess", "to_unicode",
    "tokenize",
]  # fmt: skip
