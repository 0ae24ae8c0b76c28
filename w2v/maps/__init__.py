"""Words on a plane: where each lies, its neighbours and cluster, and the page and the tables that show it."""
