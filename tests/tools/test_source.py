"""Sources become trees and code from several threads at once."""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sightline.tools.source import code_of, syntax_tree

SOURCE = "def f(x):\n" + "".join(f"    a{n} = [x + {n} for x in range({n})]\n" for n in range(40))


class _Gone:
    """Garbage whose end runs Python, at which another thread may take over."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        for _ in range(50):
            pass


@pytest.fixture
def _restless() -> Iterator[None]:
    """Threads take turns all the time, and garbage is looked for at every occasion."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_restless")
def test_threads_that_parse_and_compile_at_the_same_time_get_what_they_asked_for() -> None:
    expected = ast.dump(ast.parse(SOURCE))

    def convert(_: int) -> bool:
        _Gone()
        tree = syntax_tree(SOURCE, "<program>")
        return code_of(tree, "<program>").co_filename == "<program>" and ast.dump(tree) == expected

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(convert, range(60)))


def test_a_source_that_is_no_python_is_refused_as_python_does_and_the_next_one_is_not() -> None:
    for wrong, error in [
        ("def", SyntaxError),
        ("x = '\0'", (ValueError, SyntaxError)),
        ("(" * 5000, (MemoryError, SyntaxError)),
    ]:
        with pytest.raises(error):
            syntax_tree(wrong)
        assert isinstance(syntax_tree("x = 1").body[0], ast.Assign)
