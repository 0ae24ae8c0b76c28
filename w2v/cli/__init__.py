"""The command line: a function for each command, and options made from the configurations."""
