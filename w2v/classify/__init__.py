"""Documents to labels."""
