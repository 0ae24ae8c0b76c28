"""A small feed-forward network to read, from the perceptron to hidden layers."""
