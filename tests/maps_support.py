"""Words that try to break a page, and vectors for them."""

import numpy as np

from w2v import KeyedVectors

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<!--", "it's", '"quoted"', "{{title}}", "&amp;", "שלום", "مرحبا", "日本",
    "👩‍🚀", "\u202eevil", "a\tb", "new\nline", "<b>bold</b>", "javascript:alert(1)", "x" * 300,
    "\\u003c", "${1+1}", "`", "é",
]  # fmt: skip


def hostile_store(n=60, d=8):
    """A store of n words in four groups that lie apart, the hostile ones first, with counts."""
    rows = 3 * np.eye(4, d)[np.arange(n) % 4] + np.random.default_rng(3).normal(scale=0.5, size=(n, d))
    store = KeyedVectors(d)
    store.add_vectors([*HOSTILE, *(f"word{row}" for row in range(len(HOSTILE), n))], rows.astype(np.float32))
    store.expandos["count"] = np.arange(1000, 1000 - n, -1)
    return store
