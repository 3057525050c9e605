"""The full-screen interface of the chat, without socket or tty.

`interface.Interface` composes the rest, each part of which knows only those below::

    cells, palette, canvas            rows of cells, their colours, bytes of both
    keys, editor, input_history       bytes to keys, a line, what was entered before
    timeline, rooms                   what was said, and where
    show, pane, picker, layout        how that looks
    requests, outgoing                what is asked, what is said
    fields, wording, catch_up,
    said, presence, chat              what the events mean
    complete, composer                where one writes
    paging, scrolling, lag            what is loaded, and how late answers come
    commands, acts, finding,
    command_table, chooser            what is entered
"""

from .canvas import Size
from .interface import Home, Interface
from .settings import Settings

__all__ = ["Home", "Interface", "Settings", "Size"]
