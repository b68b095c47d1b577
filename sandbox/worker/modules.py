"""The modules that programs may import: frozen facades of named parts, never the real module.

A real module exposes everything that it imported itself (`json.codecs.open`, `statistics.sys`) and can be patched for
whoever comes next. Left out on purpose: `string.Formatter` and `collections.UserString` (formatting that reads
attributes), `functools.update_wrapper` with its free choice of attributes, `random.SystemRandom`,
`typing.get_type_hints` (evaluates text).
"""

from __future__ import annotations

import collections
import collections.abc
import copy
import dataclasses
import datetime
import enum
import fractions
import functools
import heapq
import itertools
import json
import math
import random
import re
import statistics
import string
import types
import typing
from collections.abc import Callable
from typing import Any

from . import numpy_facade

__all__ = ["IMPORTABLE", "importable"]


def _wraps(wrapped: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(wrapper: Callable[..., Any]) -> Callable[..., Any]:
        if type(wrapper) is type(decorate) and type(wrapped) is type(decorate):
            wrapper.__name__, wrapper.__doc__ = wrapped.__name__, wrapped.__doc__
        return wrapper

    return decorate


def _public(module: Any, names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names.split() if hasattr(module, name)}


def _all_public(module: Any) -> dict[str, Any]:
    # For C modules and pure tables alone: their public names are their own.
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def _random() -> dict[str, Any]:
    # Seeded alike in every worker, so that a program gives the same answer twice; `random.seed()` asks the system.
    generator = random.Random(0)
    names = (
        "random uniform triangular randint choice choices randrange sample shuffle normalvariate lognormvariate "
        "expovariate vonmisesvariate gammavariate gauss betavariate binomialvariate paretovariate "
        "weibullvariate getstate setstate getrandbits randbytes seed"
    )
    return _public(generator, names) | {"Random": random.Random}


def _dataclasses() -> dict[str, Any]:
    def dataclass(
        cls: Any = None,
        /,
        *,
        init: bool = True,
        repr: bool = True,
        eq: bool = True,
        order: bool = False,
        unsafe_hash: bool = False,
        frozen: bool = False,
        match_args: bool = True,
        kw_only: bool = False,
        slots: bool = False,
    ) -> Any:
        # `slots` makes a second class that the write guard would not know as the program's own; it changes speed only.
        decorate = dataclasses.dataclass(
            init=init,
            repr=repr,
            eq=eq,
            order=order,
            unsafe_hash=unsafe_hash,
            frozen=frozen,
            match_args=match_args,
            kw_only=kw_only,
        )
        return decorate if cls is None else decorate(cls)

    return _public(dataclasses, "field asdict astuple fields replace is_dataclass FrozenInstanceError") | {
        "dataclass": dataclass
    }


def _facades() -> dict[str, types.ModuleType]:
    parts: dict[str, dict[str, Any]] = {
        "math": _all_public(math),
        "itertools": _all_public(itertools),
        "heapq": _public(heapq, "heappush heappop heappushpop heapify heapreplace merge nlargest nsmallest"),
        "statistics": _public(
            statistics,
            "mean fmean geometric_mean harmonic_mean median median_low median_high median_grouped mode "
            "multimode quantiles pstdev pvariance stdev variance covariance correlation linear_regression kde "
            "NormalDist StatisticsError",
        ),
        "re": _public(
            re,
            "compile search match fullmatch split findall finditer sub subn escape purge error PatternError "
            "Pattern Match RegexFlag NOFLAG A ASCII I IGNORECASE L LOCALE M MULTILINE S DOTALL U UNICODE X "
            "VERBOSE",
        ),
        "json": _public(json, "dumps loads JSONDecodeError"),
        "datetime": _public(datetime, "date datetime time timedelta timezone tzinfo MINYEAR MAXYEAR UTC"),
        "collections": _public(
            collections, "Counter ChainMap OrderedDict UserDict UserList defaultdict deque namedtuple"
        ),
        "collections.abc": _public(collections.abc, " ".join(collections.abc.__all__)),
        "functools": _public(functools, "cache cached_property cmp_to_key lru_cache partial partialmethod reduce")
        | {"wraps": _wraps},
        "random": _random(),
        "string": _public(
            string,
            "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits punctuation printable whitespace "
            "capwords Template",
        ),
        "typing": _public(
            typing,
            "Any AnyStr Annotated Callable ClassVar Collection Counter DefaultDict Deque Dict Final FrozenSet "
            "Generator Generic Hashable Iterable Iterator List Literal Mapping Match MutableMapping NamedTuple "
            "NoReturn Optional Pattern Protocol Sequence Set Sized SupportsFloat SupportsInt Tuple Type "
            "TypeAlias TypedDict TypeVar Union cast overload",
        ),
        "dataclasses": _dataclasses(),
        "enum": _public(enum, "Enum IntEnum StrEnum Flag IntFlag auto unique"),
        "fractions": _public(fractions, "Fraction"),
        "copy": _public(copy, "copy deepcopy"),
        "numpy": numpy_facade.parts(),
    }
    facades = {}
    for name, named in parts.items():
        # A real module object, so that `math.sqrt` in a loop costs what it costs in plain Python. Its parts can be
        # replaced by nobody: the write guard knows only the program's own objects.
        facades[name] = facade = types.ModuleType(name, None)
        vars(facade).update(named)
    vars(facades["collections"])["abc"] = facades["collections.abc"]
    return facades


IMPORTABLE = frozenset(
    {
        "math",
        "itertools",
        "heapq",
        "statistics",
        "re",
        "json",
        "datetime",
        "collections",
        "collections.abc",
        "functools",
    }
    | {"random", "string", "typing", "dataclasses", "enum", "fractions", "copy", "numpy"}
)


@functools.cache
def importable() -> dict[str, types.ModuleType]:
    """The facades by module name, built once per process."""
    return _facades()
