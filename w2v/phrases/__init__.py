"""Words that belong together: found by counting neighbours, joined to one token. Mikolov et al. 2013, section 4."""
