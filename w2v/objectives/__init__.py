"""What is learned: a record for each objective and each model, and one table of them."""
