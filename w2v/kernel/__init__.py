"""What is computed: input rows, objectives, the one gradient step, and the tables they look up."""
