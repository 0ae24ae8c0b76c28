"""What is computed: input rows, outputs, the one gradient step, and the tables they look up."""
