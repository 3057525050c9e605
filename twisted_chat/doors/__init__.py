"""The ways in: one module a door, which says in its `OPTION` how it is opened."""
