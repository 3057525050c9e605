"""The full-screen interface of the chat, without socket or tty.

`interface.Interface` composes the rest, each part of which knows only those below::

    keys, editor, past, cells    bytes to keys, a line, rows of cells
    timeline, rooms              what was said, and where
    show, pane, picker, layout   how that looks; canvas makes bytes of it
    requests, outgoing, chat     what is asked, what is said, what events mean
    complete, composer           where one writes
    paging, commands             history, and what is entered
"""

from .canvas import Size
from .interface import Home, Interface
from .settings import Settings

__all__ = ["Home", "Interface", "Settings", "Size"]
