"""The names that a program finds: safe builtins, the program API, the errors it may catch, and the inputs."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from typing import Any

from ...tools import api, errors
from .guards import Guards
from .modules import importable
from .policy import READ_GUARD, WRITE_GUARD

__all__ = ["PROGRAM_API", "SEALED", "plain_names", "program_names"]

_BUILTINS = (
    "abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter "
    "float format frozenset hash hex id int isinstance issubclass iter len list map max min next object oct ord "
    "pow property range repr reversed round set slice sorted staticmethod str sum tuple zip Ellipsis "
    "NotImplemented "
    # exceptions
    "ArithmeticError AssertionError AttributeError BaseException BufferError EOFError Exception "
    "FloatingPointError GeneratorExit ImportError IndentationError IndexError KeyError KeyboardInterrupt "
    "LookupError MemoryError ModuleNotFoundError NameError NotImplementedError OSError OverflowError "
    "RecursionError ReferenceError RuntimeError StopAsyncIteration StopIteration SyntaxError SystemError "
    "SystemExit TabError TypeError UnboundLocalError UnicodeError UnicodeDecodeError UnicodeEncodeError "
    "UnicodeTranslateError ValueError ZeroDivisionError TimeoutError FileNotFoundError PermissionError "
    "ConnectionError Warning UserWarning DeprecationWarning RuntimeWarning FutureWarning"
)

PROGRAM_API = (
    *("ImagePatch", "VideoSegment", "best_image_match", "bool_to_yesno", "coerce_to_numeric", "distance"),
    *("generate", "llm_query"),
)
_ERRORS = (
    *("SightlineError", "ProgramError", "ApiMisuse", "EmptyPatch", "ExpertError", "ExpertUnavailable", "OutsideWorld"),
    *("ExpertFailed", "LimitExceeded"),
)
_AT_HAND = ("math", "statistics", "re", "json", "random", "datetime", "collections", "itertools", "functools", "string")

# Modules that C code of the standard library imports through the running program's own `__import__`.
_PRIVATE_MODULES = frozenset(
    {"time", "_strptime", "_pydatetime", "_datetime", "locale", "calendar", "warnings", "re", "sys"}
)

SEALED = frozenset(
    part  # of a class that is put together from several, each
    for value in vars(api).values()
    if isinstance(value, type)
    for part in value.__mro__
    if part.__module__.startswith(api.__name__)
)


def _import(
    name: str, globals: Any = None, locals: Any = None, fromlist: tuple[str, ...] | None = (), level: int = 0
) -> Any:
    facades = importable()
    if name in facades and level == 0:
        return facades[name] if fromlist else facades[name.partition(".")[0]]
    # The compiler refuses every other name in source, so this is the standard library at work.
    if name in _PRIVATE_MODULES:
        return builtins.__import__(name, globals, locals, fromlist or (), level)
    raise ImportError(f"module {name} cannot be imported")


def _api_names() -> dict[str, Any]:
    names = {name: getattr(api, name) for name in PROGRAM_API} | {name: getattr(errors, name) for name in _ERRORS}
    facades = importable()
    return names | {name: facades[name] for name in _AT_HAND} | {"np": facades["numpy"]}


def program_names(*, printer: Callable[..., None]) -> dict[str, Any]:
    """Globals for a program behind the language wall."""
    guards = Guards(SEALED)
    safe: dict[str, Any] = {name: getattr(builtins, name) for name in _BUILTINS.split()}
    safe |= {
        "True": True,
        "False": False,
        "None": None,
        "__build_class__": guards.build_class,
        "__import__": _import,
        "super": super,
        "type": guards.type_of,
        "getattr": guards.getattr,
        "hasattr": guards.hasattr,
        "setattr": guards.setattr,
        "delattr": guards.delattr,
        "print": printer,
        READ_GUARD: guards.read,
        WRITE_GUARD: guards.write,
    }
    return {"__builtins__": safe, "__name__": "__main__"} | _api_names()


def plain_names(*, printer: Callable[..., None]) -> dict[str, Any]:
    """Globals for a program with the language wall off: Python as it is."""
    sys.modules["numpy"] = importable()["numpy"]
    return {"__builtins__": builtins, "__name__": "__main__", "print": printer} | _api_names()
