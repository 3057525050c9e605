"""What one says, until the server has shown it to everyone."""

from __future__ import annotations

from collections.abc import Callable

from ..names import is_room
from .fields import Event
from .requests import Requests
from .rooms import key_of

MOST_WAITING = 200


class Speech:
    """Something said that isn't shown yet.

    :ivar reply_to: the id of what it answers; 0: nothing.
    :ivar label: of the request that says it; empty while it isn't sent.
    """

    __slots__ = ("action", "label", "reply_to", "text", "to")

    def __init__(self, to: str, text: str, action: bool, reply_to: int) -> None:
        self.to = to
        self.reply_to = reply_to
        self.text = text
        self.action = action
        self.label = ""


class Outgoing:
    """Says things, at once or when there is a connection again.

    :param tell: shows a line, in the conversation of that name.
    """

    def __init__(self, requests: Requests, tell: Callable[[str, str], None]) -> None:
        self._requests = requests
        self._tell = tell
        self._waiting: list[Speech] = []
        self._connected = False

    def to(self, name: str) -> list[Speech]:
        """What waits to be shown in that conversation."""
        return [s for s in self._waiting if key_of(s.to) == key_of(name)]

    def say(self, to: str, text: str, action: bool = False, reply_to: int = 0) -> bool:
        """Say `text`; False when too much waits already."""
        if len(self._waiting) >= MOST_WAITING:
            return False
        speech = Speech(to, text, action, reply_to)
        self._waiting.append(speech)
        if self._connected:
            self._send(speech)
        return True

    def connected(self) -> None:
        """Send what waits."""
        self._connected = True
        for speech in self._waiting:
            self._send(speech)

    def renamed(self, old: str, new: str) -> None:
        """What waits for the room `old` is for `new`."""
        for speech in self.to(old):
            speech.to = new

    def disconnected(self) -> None:
        """Keep what wasn't shown, to be sent again.

        Private messages that were under way may have arrived, and no history tells.
        """
        self._connected = False
        for speech in [s for s in self._waiting if s.label and not is_room(s.to)]:
            self._waiting.remove(speech)
            self._tell(f"This may not have arrived: {speech.text}", speech.to)

    def shown(self, event: Event, to: str, text: str) -> None:
        """One's own words are shown: these, or (said before) the same words."""
        label = event.get("label")
        for speech in self._waiting:
            same = key_of(speech.to) == key_of(to) and speech.text == text
            if (label and speech.label == label) or (same and speech.label):
                self._waiting.remove(speech)
                return

    def refused(self, event: Event) -> None:
        """The server refused something; what was said goes back to its author."""
        label = event.get("label")
        for speech in self._waiting:
            if label and speech.label == label:
                self._waiting.remove(speech)
                self._tell(f"Not sent: {speech.text}", speech.to)
                return

    def _send(self, speech: Speech) -> None:
        where = "room" if is_room(speech.to) else "to"
        do = "me" if speech.action else "msg" if where == "room" else "priv"
        to = speech.to if where == "room" else speech.to.split(",")
        fields: dict[str, str | int | list[str]] = {where: to, "text": speech.text}
        if speech.reply_to:
            fields["reply_to"] = speech.reply_to
        speech.label = self._requests.ask(do, fields, here=speech.to)
