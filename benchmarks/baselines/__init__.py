"""Chat servers as the textbooks write them, to compare with.

Each takes the port as its argument.  The first line from a client is its
name; every other line goes to all others with the name in front.
"""
