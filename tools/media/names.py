"""Names that are safe to print: of files, of URLs and of what somebody typed."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["base_name", "printable"]


def printable(text: str, *, limit: int = 200) -> str:
    """`text` on one line without control, format or surrogate characters, cut in the middle to `limit` characters."""
    kept = "".join(c for c in text if unicodedata.category(c)[0] != "C" and unicodedata.category(c) not in ("Zl", "Zp"))
    if len(kept) <= limit:
        return kept
    head = (limit - 3) // 2
    return f"{kept[:head]}...{kept[len(kept) - (limit - 3 - head) :]}"


def base_name(path: str) -> str:
    """The last part of a path or URL path, printable; "picture" where there is none."""
    parts = [part for part in re.split(r"[/\\]", printable(path, limit=4096)) if part]
    return printable(parts[-1], limit=120) if parts else "picture"
