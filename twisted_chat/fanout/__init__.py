"""The way down: one encoding per format, one write per listener and turn.

A turn is one round of the reactor.  What a room emits during a turn is kept in
its `Channel`.  When the turn ends, it is encoded and joined once for each format
in the room.  An `Audience` is all the listeners that hear the same: they have one
format and are in the same rooms.  Each of them gets the same bytes object in a
single write.  The cost is listeners + messages, not listeners × messages.

Some listeners need something else in a turn: an author who wants no echo,
somebody who ignores the author, somebody who came in halfway or got a reply to a
command.  They are served one by one, from the same encoded messages and in the
same order.

Nothing here knows sockets: `twisted_chat.wire` writes.
"""

from .channel import Channel
from .fanout import Fanout, Gate
from .format import Format, Writer
from .listener import Listener

__all__ = ["Channel", "Fanout", "Format", "Gate", "Listener", "Writer"]
