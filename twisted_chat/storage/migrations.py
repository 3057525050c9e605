"""The tables, as numbered steps from an empty file to today's.

A step that has been released is never edited: what it made is in people's
files.  A change of the tables is a new step at the end, and a test that runs
it on a file of the version before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple


class Migration(NamedTuple):
    """:ivar number: the file's ``user_version`` once the step is done."""

    number: int
    what: str
    statements: Sequence[str]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "messages by room, and their words",
        (
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
            # `key` is the folded name; `last_id` outlives the purged messages.
            """CREATE TABLE rooms (
                number INTEGER PRIMARY KEY,
                key TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                last_id INTEGER NOT NULL DEFAULT 0
            )""",
            # `serial` is the order over all rooms, `id` that within the room.
            """CREATE TABLE messages (
                serial INTEGER PRIMARY KEY,
                room INTEGER NOT NULL,
                id INTEGER NOT NULL,
                at REAL NOT NULL,
                kind INTEGER NOT NULL,
                nick TEXT NOT NULL,
                text TEXT NOT NULL
            )""",
            "CREATE UNIQUE INDEX messages_by_id ON messages (room, id)",
            """CREATE VIRTUAL TABLE words USING fts5 (
                room, text, content='messages', content_rowid='serial',
                tokenize='unicode61 remove_diacritics 2'
            )""",
            # Up to which serial `words` has been filled.
            "INSERT INTO meta VALUES ('indexed', 0)",
        ),
    ),
    Migration(
        2,
        "accounts",
        (
            # `key` is the folded nick.
            """CREATE TABLE accounts (
                key TEXT PRIMARY KEY,
                nick TEXT NOT NULL,
                hash TEXT NOT NULL,
                operator INTEGER NOT NULL,
                created REAL NOT NULL
            ) WITHOUT ROWID""",
        ),
    ),
    Migration(
        3,
        "bans, rooms' rules, and who did what",
        (
            # The keys are folded.
            """CREATE TABLE bans (
                serial INTEGER PRIMARY KEY,
                room_key TEXT NOT NULL,
                mask_key TEXT NOT NULL,
                kind TEXT NOT NULL,
                room TEXT NOT NULL,
                mask TEXT NOT NULL,
                by TEXT NOT NULL,
                reason TEXT NOT NULL,
                since REAL NOT NULL,
                until REAL NOT NULL,
                UNIQUE (kind, room_key, mask_key)
            )""",
            # `secret` is what JOIN must say; `owners` and `voices` are JSON.
            """CREATE TABLE rules (
                key TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                topic TEXT NOT NULL,
                topic_by TEXT NOT NULL,
                topic_at REAL NOT NULL,
                secret TEXT NOT NULL,
                locked INTEGER NOT NULL,
                moderated INTEGER NOT NULL,
                topic_locked INTEGER NOT NULL,
                most INTEGER NOT NULL,
                owners TEXT NOT NULL,
                voices TEXT NOT NULL
            ) WITHOUT ROWID""",
            """CREATE TABLE deeds (
                serial INTEGER PRIMARY KEY,
                at REAL NOT NULL,
                by TEXT NOT NULL,
                what TEXT NOT NULL,
                room TEXT NOT NULL,
                target TEXT NOT NULL,
                reason TEXT NOT NULL
            )""",
        ),
    ),
    Migration(
        4,
        "certificates of accounts",
        (
            # SHA-256 in hexadecimal digits; `key` is that of the account.
            """CREATE TABLE certificates (
                fingerprint TEXT PRIMARY KEY,
                key TEXT NOT NULL
            ) WITHOUT ROWID""",
            "CREATE INDEX certificates_by_account ON certificates (key)",
        ),
    ),
    Migration(
        5,
        "networks that accounts were logged in to from",
        (
            # `mark` is that of `accounts.mark`; the order is that of use.
            """CREATE TABLE networks (
                serial INTEGER PRIMARY KEY,
                key TEXT NOT NULL,
                mark BLOB NOT NULL,
                UNIQUE (key, mark)
            )""",
        ),
    ),
    Migration(
        6,
        "whom bans mean",
        (
            # Lists in JSON: of accounts, and of addresses whose guests it holds for.
            "ALTER TABLE bans ADD COLUMN accounts TEXT NOT NULL DEFAULT '[]'",
            "ALTER TABLE bans ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]'",
        ),
    ),
    Migration(
        7,
        "rooms that are not listed, and accounts that were removed",
        (
            "ALTER TABLE rules ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0",
            # From here a running server learns what others removed; the newest
            # stays, so that no `serial` is used twice.
            """CREATE TABLE removals (
                serial INTEGER PRIMARY KEY,
                nick TEXT NOT NULL
            )""",
            """CREATE TRIGGER account_removed AFTER DELETE ON accounts BEGIN
                INSERT INTO removals (nick) VALUES (OLD.nick);
                DELETE FROM removals
                    WHERE serial <= (SELECT max(serial) FROM removals) - 10000;
            END""",
        ),
    ),
    Migration(
        8,
        "keys of ssh that prove accounts",
        (
            # `key` is that of the account, as everywhere.
            """CREATE TABLE ssh_keys (
                key TEXT NOT NULL,
                fingerprint TEXT NOT NULL,
                PRIMARY KEY (key, fingerprint)
            ) WITHOUT ROWID""",
        ),
    ),
    Migration(
        9,
        "rooms without CTCP",
        ("ALTER TABLE rules ADD COLUMN no_ctcp INTEGER NOT NULL DEFAULT 0",),
    ),
    Migration(
        10,
        "whose messages are, what they answer, and what was done to them",
        (
            "DROP TRIGGER account_removed",
            "DROP TABLE removals",
            # Who was registered first has the lowest number: so it is on every node.
            "ALTER TABLE accounts ADD COLUMN number INTEGER NOT NULL DEFAULT 0",
            """UPDATE accounts SET number = ranked.number FROM (
                SELECT key, row_number() OVER (ORDER BY created, nick) AS number
                FROM accounts
            ) AS ranked WHERE ranked.key = accounts.key""",
            # Columns with defaults are added without touching a row.  `author` is an
            # account's number, below 0 a guest's, and 0 for what is older than this;
            # `reply_to` an id, and 0 for most.  (Python takes four times as long to
            # bind a NULL as a number.)
            "ALTER TABLE messages ADD COLUMN author INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE messages ADD COLUMN reply_to INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE messages ADD COLUMN changed REAL",
            # Whoever deleted it; its text is empty then.
            "ALTER TABLE messages ADD COLUMN deleted_by TEXT",
            "ALTER TABLE messages ADD COLUMN deleted_at REAL",
            # `room` is a number, `id` that of the message.
            """CREATE TABLE reactions (
                room INTEGER NOT NULL,
                id INTEGER NOT NULL,
                reaction TEXT NOT NULL,
                author INTEGER NOT NULL,
                nick TEXT NOT NULL,
                at REAL NOT NULL,
                PRIMARY KEY (room, id, reaction, author)
            ) WITHOUT ROWID""",
            "CREATE INDEX reactions_by_author ON reactions (author)",
            # Which conversations an account is in.
            """CREATE TABLE participants (
                account INTEGER NOT NULL,
                room INTEGER NOT NULL,
                PRIMARY KEY (account, room)
            ) WITHOUT ROWID""",
            # How far an account has read; `key` is that of the room.
            """CREATE TABLE markers (
                account INTEGER NOT NULL,
                key TEXT NOT NULL,
                id INTEGER NOT NULL,
                PRIMARY KEY (account, key)
            ) WITHOUT ROWID""",
        ),
    ),
    Migration(
        11,
        "what accounts have chosen, have read, and will be shown",
        (
            "DROP TABLE participants",
            "DROP TABLE markers",
            "ALTER TABLE accounts ADD COLUMN keep INTEGER NOT NULL DEFAULT 1",
            "ALTER TABLE accounts ADD COLUMN stay INTEGER NOT NULL DEFAULT 0",
            # A list in JSON: folded nicks, and numbers of accounts as words.
            "ALTER TABLE accounts ADD COLUMN ignores TEXT NOT NULL DEFAULT '[]'",
            # `account` is its number, `place` the key of a room.
            """CREATE TABLE markers (
                account INTEGER NOT NULL,
                place TEXT NOT NULL,
                id INTEGER NOT NULL,
                chosen INTEGER NOT NULL,
                PRIMARY KEY (place, account)
            ) WITHOUT ROWID""",
            # `senders` is JSON: a list of numbers and how much of theirs waits.
            """CREATE TABLE waiting (
                account INTEGER NOT NULL,
                place TEXT NOT NULL,
                first INTEGER NOT NULL,
                senders TEXT NOT NULL,
                PRIMARY KEY (account, place)
            ) WITHOUT ROWID""",
            # `rooms` is a list of keys in JSON.
            """CREATE TABLE stays (
                account INTEGER PRIMARY KEY,
                nick TEXT NOT NULL,
                rooms TEXT NOT NULL,
                since REAL NOT NULL
            )""",
            # Who wrote in private so far was told that it isn't kept.
            """INSERT INTO meta SELECT 'private', 0 WHERE
                EXISTS (SELECT 1 FROM accounts) OR EXISTS (SELECT 1 FROM rooms)""",
        ),
    ),
    Migration(
        12,
        "when the ids of a room began",
        # When the message with id 1 was said; 0: not known.  Of two rooms that had the
        # same name one after the other it tells which is which.
        ("ALTER TABLE rooms ADD COLUMN began REAL NOT NULL DEFAULT 0",),
    ),
    Migration(
        13,
        "the latest id of each room is with the room",
        (
            # Of what is in the index of words; see `tables.rooms`.
            """UPDATE rooms SET last_id = max(last_id, coalesce(
                (SELECT max(id) FROM messages WHERE room = number), 0))""",
        ),
    ),
    Migration(
        14,
        "what rooms were called before",
        (
            # `room` is the folded name; `names` is JSON: a list of the latest id under
            # a name, the name, and when it was changed.
            """CREATE TABLE former_names (
                room TEXT PRIMARY KEY,
                names TEXT NOT NULL
            ) WITHOUT ROWID""",
        ),
    ),
    Migration(
        15,
        "browsers that stay logged in",
        (
            # SHA-256 in hexadecimal digits; `key` is that of the account.
            """CREATE TABLE login_tokens (
                digest TEXT PRIMARY KEY,
                key TEXT NOT NULL,
                since REAL NOT NULL,
                used REAL NOT NULL,
                passed BLOB NOT NULL
            ) WITHOUT ROWID""",
            "CREATE INDEX login_tokens_by_account ON login_tokens (key)",
        ),
    ),
    Migration(
        16,
        "when the devices of an account were here",
        (
            # `place` is the order in which they were.
            """CREATE TABLE devices (
                account INTEGER NOT NULL,
                name TEXT NOT NULL,
                place INTEGER NOT NULL,
                since REAL NOT NULL,
                PRIMARY KEY (account, name)
            ) WITHOUT ROWID""",
        ),
    ),
)

LATEST = MIGRATIONS[-1].number


def migrate(connection: sqlite3.Connection, version: int, upto: int = LATEST) -> None:
    """Take the tables from `version` to `upto`, inside the caller's transaction.

    :param version: the file's ``user_version``, 0 for an empty file.
    :raises sqlite3.Error: a step failed.
    """
    for migration in MIGRATIONS:
        if version < migration.number <= upto:
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {migration.number:d}")
