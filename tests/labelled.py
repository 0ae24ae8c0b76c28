"""Generated labelled text whose classes can be learned, for several test files."""

import numpy as np

from w2v.classify.documents import DocumentLayout, read_documents
from w2v.classify.features import read_tokens
from w2v.config import TextConfig
from w2v.documents.texts import Cutter

N_TOPIC_WORDS, N_COMMON_WORDS = 40, 300


def labelled_text(n_documents, n_labels=3, seed=0, topic=0.25, several=0.0):
    """Lines of labels `c0`, `c1`, ... and 5 to 20 words, a share `topic` the label's own. several: share of documents
    with a second label, which has half of the topic words."""
    generator = np.random.default_rng(seed)
    lines = []
    for _ in range(n_documents):
        labels = generator.permutation(n_labels)[: 2 if generator.random() < several else 1]
        words = []
        for _ in range(generator.integers(5, 21)):
            if generator.random() < topic:
                words.append(f"t{generator.choice(labels)}_{generator.integers(N_TOPIC_WORDS)}")
            else:
                words.append(f"w{int(N_COMMON_WORDS * generator.random() ** 3)}")
        lines.append(" ".join([*(f"__label__c{label}" for label in labels), *words]))
    return "\n".join(lines) + "\n"


def tokens_of(path, text=None, layout=None):
    """The documents of a file as numbers."""
    return read_tokens(read_documents(str(path), layout or DocumentLayout()), Cutter(text or TextConfig()))
