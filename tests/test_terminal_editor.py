"""The line that is written, and what was entered before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.terminal.editor import MOST_TEXT, Editor
from twisted_chat.terminal.input_history import InputHistory


def at(marked: str) -> Editor:
    """An editor with this text; ``|`` is the cursor."""
    editor = Editor()
    editor.text, editor.at = marked.replace("|", ""), marked.index("|")
    return editor


def shown(editor: Editor) -> str:
    return f"{editor.text[: editor.at]}|{editor.text[editor.at :]}"


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        ("ab|c", Editor.left, "a|bc"),
        ("|ab", Editor.left, "|ab"),
        ("a|bc", Editor.right, "ab|c"),
        ("e\u0301👩‍👩‍👧|", Editor.left, "e\u0301|👩‍👩‍👧"),
        ("|e\u0301x", Editor.right, "e\u0301|x"),
        ("日本|", Editor.backspace, "日|"),
        ("👩‍👩‍👧|", Editor.backspace, "|"),
        ("a|bc", Editor.delete, "a|c"),
        ("one two| three", Editor.word_left, "one |two three"),
        ("one| two three", Editor.word_right, "one two| three"),
        ("one\ntwo|", Editor.home, "one\n|two"),
        ("o|ne\ntwo", Editor.end, "one|\ntwo"),
        ("a b|c d", Editor.kill_to_end, "a b|"),
        ("a|\nb", Editor.kill_to_end, "a|b"),
        ("a b|c d", Editor.kill_to_start, "|c d"),
        ("see http://x/y |z", Editor.kill_blank_back, "see |z"),
        ("one-two| x", Editor.kill_word_back, "one-| x"),
        ("x |one two", Editor.kill_word, "x | two"),
        ("ab|c", Editor.swap, "acb|"),
        ("abc|", Editor.swap, "acb|"),
        ("one |two", lambda e: e.change_word(str.upper), "one TWO|"),
    ],
)
def test_a_key_of_readline(
    before: str, act: Callable[[Editor], object], after: str
) -> None:
    editor = at(before)
    act(editor)
    assert shown(editor) == after


def test_up_and_down_stay_in_a_text_of_lines() -> None:
    editor = at("long line\nx|")
    assert editor.up()
    assert shown(editor) == "l|ong line\nx"
    assert not editor.up()
    assert editor.down()
    assert shown(editor) == "long line\nx|"
    assert not editor.down()


def test_what_was_killed_in_a_row_comes_back_as_one() -> None:
    editor = at("one two three|")
    editor.kill_word_back()
    editor.kill_word_back()
    editor.home()
    editor.yank()
    assert shown(editor) == "two three|one "
    editor.end()
    editor.kill_word_back()
    editor.yank()
    editor.yank_before()
    assert shown(editor) == "two two three|"


def test_undo_goes_back_by_words_typed_and_by_changes() -> None:
    editor = Editor()
    for char in "hi you":
        editor.insert(char)
    editor.kill_to_start()
    states = [editor.text]
    for _ in range(6):
        editor.undo()
        states.append(editor.text)
    assert states == ["", "hi you", "hi ", "hi", "", "", ""]


def test_a_paste_is_undone_at_once() -> None:
    editor = at("a|")
    editor.insert("many words\nand lines")
    editor.undo()
    assert shown(editor) == "a|"


def test_what_is_inserted_has_no_control_characters() -> None:
    editor = Editor()
    editor.insert("a\x1b[31mb\x07\tc\nd\u202e")
    assert editor.text == "a[31mb    c\nd"


def test_a_text_is_bounded() -> None:
    editor = Editor()
    for _ in range(4):
        editor.insert("x" * 20_000)
    assert len(editor.text) == MOST_TEXT


def test_taking_leaves_nothing_to_undo() -> None:
    editor = at("secret|")
    assert editor.take() == "secret"
    editor.undo()
    assert editor.text == ""


ACTS = [
    name
    for name in vars(Editor)
    if not name.startswith("_") and name not in ("set", "insert", "change_word")
]


@given(st.lists(st.sampled_from(ACTS) | st.text(max_size=5), max_size=30))
def test_the_cursor_is_always_in_the_text(steps: list[str]) -> None:
    editor = Editor()
    for step in steps:
        if step in ACTS:
            getattr(editor, step)()
        else:
            editor.insert(step)
        assert 0 <= editor.at <= len(editor.text)


def test_the_past_is_gone_through_and_comes_back_to_the_draft() -> None:
    history = InputHistory()
    for text in ("one", "two", "two"):
        history.add(text)
    assert history.older("draft") == "two"
    assert history.older("two") == "one"
    assert history.older("one") is None
    assert history.newer() == "two"
    assert history.newer() == "draft"
    assert history.newer() is None


def test_the_past_is_searched() -> None:
    history = InputHistory()
    for text in ("the build is red", "hello", "the build is green"):
        history.add(text)
    assert history.find("BUILD") == "the build is green"
    assert history.find("build", 1) == "the build is red"
    assert history.find("build", 2) is None
