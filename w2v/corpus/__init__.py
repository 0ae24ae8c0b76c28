"""Any source of text or tokens to word ids on disk, and the vocabulary."""
