"""The encoded stream: word ids in a memory-mapped file, and what stands there beside them."""

import mmap

BREAK = -1  # ends a sentence


def forget_pages(array: object) -> None:
    """Let go of the memory that a memory-mapped array was read into; what is read again comes from the system's cache.
    Without it all of a large file counts as this process's memory in the end. Does nothing for other arrays."""
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
