"""The line protocol, both ways: what `docs/protocol.rst` says, as code."""
