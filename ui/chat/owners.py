"""Whose is what, before it lies in a session: files that were just uploaded, and open pages.

Gradio names both in requests; anybody could name another's. In memory only: after a restart a page uploads again.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import OrderedDict
from pathlib import Path

__all__ = ["Owners"]

_MOST_PAGES = 10_000
_LEFT_BEHIND_S = 86_400.0


class Owners:
    """Remembers which visitor uploaded a file and opened a page.

    Args:
        folder: where uploads lie; nothing outside it is anybody's.
        most_files: that one visitor may have waiting; beyond it their oldest are deleted.
    """

    def __init__(self, folder: Path, *, most_files: int = 32) -> None:
        self._folder = folder.resolve()
        self._sweep()
        self._most_files = most_files
        self._files: dict[str, OrderedDict[Path, None]] = {}
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def uploaded(self, visitor: str, paths: list[str]) -> None:
        """The visitor has just brought these files."""
        with self._lock:
            mine = self._files.setdefault(visitor, OrderedDict())
            for path in paths:
                mine[Path(path).resolve()] = None
            while len(mine) > self._most_files:
                oldest, _ = mine.popitem(last=False)
                if not any(oldest in theirs for theirs in self._files.values()):  # the same file has the same path
                    oldest.unlink(missing_ok=True)

    def owns(self, visitor: str, path: str) -> bool:
        """Whether the visitor brought that file and it lies where uploads lie."""
        try:
            real = Path(path).resolve()
        except (OSError, ValueError, RuntimeError):
            return False
        with self._lock:
            return real.is_relative_to(self._folder) and real in self._files.get(visitor, ())

    def _sweep(self) -> None:
        """Delete what an earlier server left; younger files may be on their way through another one."""
        oldest = time.time() - _LEFT_BEHIND_S
        for left in self._folder.iterdir():
            if left.stat().st_mtime < oldest:
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)

    def claim_page(self, visitor: str, page: str) -> bool:
        """Make an open page the visitor's; False when it is another's."""
        with self._lock:
            owner = self._pages.setdefault(page, visitor)
            self._pages.move_to_end(page)
            while len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)
            return owner == visitor
