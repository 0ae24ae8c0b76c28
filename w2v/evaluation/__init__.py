"""What vectors are worth: analogy questions, word similarity, word probes."""
