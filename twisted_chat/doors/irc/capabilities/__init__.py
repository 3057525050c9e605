"""What a client can ask for by CAP, one small module a feature (IRCv3).

A new one is a module here with its `Capability`, and its line in `table`.
"""
