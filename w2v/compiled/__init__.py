"""How code is compiled and cached: registers as tiles, bits of text, random numbers, aligned matrices."""
