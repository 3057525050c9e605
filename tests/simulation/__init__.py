"""A cluster in one process: a keeper of the log, its nodes, and what goes wrong."""
