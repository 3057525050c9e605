"""What outlives the process: the one SQLite file, and the way there.

What is kept is plain data (`accounts`, `moderation`).  The hub knows `store` alone,
whose methods write and never wait; `sqlite` makes `writes` of the calls, which go by
way of `recorder`, `pending` and `spool` to the tables, with their turn's messages.
"""
