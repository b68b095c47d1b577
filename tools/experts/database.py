"""SQLite files that hold what can be found again: quick rather than safe, and of one layout."""

from __future__ import annotations

import sqlite3
from pathlib import Path

__all__ = ["opened"]


def opened(path: Path, tables: str, *, layout: int, timeout_s: float) -> sqlite3.Connection:
    """A connection to a file with these tables, which are made where they are lacking; shared between threads.

    Raises: sqlite3.DatabaseError when the file is damaged or of another layout.
    """
    database = sqlite3.connect(path, timeout=timeout_s, check_same_thread=False, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=OFF")  # what a power cut loses can be found again
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found not in (0, layout):
            raise sqlite3.DatabaseError("another layout")
        database.executescript(tables)
        database.execute(f"PRAGMA user_version={layout}")
    except BaseException:
        database.close()
        raise
    return database
