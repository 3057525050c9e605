"""What is said on the pictures of the page and of the terminal client."""

from __future__ import annotations

from pathlib import Path

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SCENE = """\
maria TOPIC Tuesday: release 2.4, pancakes at noon
maria MSG Good morning everyone ☀️
maria MSG The release notes are at https://example.org/notes/2.4
ben MSG Thanks! I read them on the train.
ben MSG Only one question: does `--database` still default to the working directory?
maria MSG It does. See the second paragraph.
kofi MSG 🎉
yuki MSG alice: can you run the tests on your machine before we tag it?
ben ME makes coffee for everyone
"""
