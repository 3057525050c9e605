"""What outlives the process: the one SQLite file, and the stores in it.

A store is an interface (`accounts.Accounts`) with an implementation in memory
beside it, and one in SQLite in a module of its own (`accounts_sqlite`), so that who
needs the interface alone does not import the database.
"""
