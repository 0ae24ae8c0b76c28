"""Public corpora and evaluation sets, fetched without trusting them."""
