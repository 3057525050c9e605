"""What was entered before: gone through with the arrows, searched with Ctrl-R."""

from __future__ import annotations

MOST = 100


class InputHistory:
    """The texts entered in one conversation, the newest last."""

    def __init__(self) -> None:
        self._entered: list[str] = []
        self._back = 0
        self._draft = ""

    def add(self, text: str) -> None:
        if text and self._entered[-1:] != [text]:
            self._entered.append(text)
            del self._entered[:-MOST]
        self._back = 0

    def older(self, text: str) -> str | None:
        """The text before the one shown, which is `text`; None if there is none."""
        if self._back >= len(self._entered):
            return None
        if not self._back:
            self._draft = text
        self._back += 1
        return self._entered[-self._back]

    def newer(self) -> str | None:
        """The text after the one shown, at last what was being written."""
        if not self._back:
            return None
        self._back -= 1
        return self._entered[-self._back] if self._back else self._draft

    def find(self, words: str, skip: int = 0) -> str | None:
        """The newest text with `words` in it, after so many others."""
        words = words.lower()
        found = dict.fromkeys(
            text for text in reversed(self._entered) if words in text.lower()
        )
        return next(iter(list(found)[skip:]), None)
