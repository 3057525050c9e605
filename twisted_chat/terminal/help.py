"""The help: commands and keys, by groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from .picker import Choice

KEYS = {
    "Keys: conversations": [
        ("Alt-1 … Alt-9, Alt-0", "the conversation with that number"),
        ("Alt-← Alt-→ Alt-↑ Alt-↓", "the one before, the next one"),
        ("Alt-A", "where something is unread, mentions first"),
        ("Ctrl-G", "the quick switcher, as /go"),
        ("PgUp PgDn", "scroll; End or Esc: back to the present"),
        ("Shift-↑ Shift-↓", "choose a message (also Alt-P Alt-N), then:"),
        ("r e d + g", "answer, edit, delete, react, go to what it answers"),
        ("Alt-E", "edit what you said last; Esc: don't"),
        ("Ctrl-L", "paint the screen anew"),
    ],
    "Keys: writing": [
        ("Enter", "send; Alt-Enter or Ctrl-J: a new line"),
        ("Tab", "complete a nick, #room, /command or :emoji:; again: the next"),
        ("↑ ↓", "what was entered here before; Ctrl-R: search in it"),
        ("← → Ctrl-← Ctrl-→", "by character, by word (also Ctrl-B F, Alt-B F)"),
        ("Home End", "to the start, to the end (also Ctrl-A E)"),
        ("Ctrl-U Ctrl-K", "cut to the start, to the end"),
        ("Ctrl-W Alt-D", "cut the word before, the word after"),
        ("Ctrl-Y Alt-Y", "put back what was cut; what was cut before that"),
        ("Ctrl-T Alt-U Alt-L Alt-C", "swap characters; upper, lower case, capital"),
        ("Ctrl-_", "undo"),
        ("Ctrl-C", "empty the line; twice: leave (also Ctrl-D)"),
    ],
}


def help_choices(
    commands: Iterable[tuple[str, str, str]], compose: Callable[[str], None]
) -> list[Choice]:
    """The lines of the help; a command that is picked goes to the line written.

    :param commands: group, usage and help of each.
    """
    choices = []
    for group, entries in groupby(commands, lambda entry: entry[0]):
        choices.append(Choice(group))
        for _, usage, words in entries:
            verb = usage.split()[0]
            choices.append(
                Choice(
                    f"  {usage:<32} {words}",
                    lambda verb=verb: compose(f"{verb} "),  # type: ignore[misc]
                )
            )
    for group, keys in KEYS.items():
        choices.append(Choice(group))
        choices += [Choice(f"  {key:<26} {words}", _nothing) for key, words in keys]
    return choices


def _nothing() -> None:
    """A line that is there to be read."""
