"""The language wall: ordinary Python means what it means, and what is refused is refused with the line to blame."""

# ruff: noqa: E501 - programs are written as they are, on one line each

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.sandbox.worker.namespace import program_names
from sightline.sandbox.worker.policy import NotAllowed, compile_program


def outcome(source: str, *, wall: bool) -> Any:
    """`result` of a program behind the wall or as plain Python, or the type of its error; and what it printed."""
    text = io.StringIO()

    def collect(*values: Any, **options: Any) -> None:
        print(*values, file=text, **options)

    names: dict[str, Any] = program_names(printer=collect) if wall else {"__name__": "__main__", "print": collect}
    try:
        exec(compile_program(source, filename="<program>", language_wall=wall), names)
        result = names.get("result")
    except Exception as error:
        result = type(error).__name__
    return result, text.getvalue()


def refused(source: str) -> NotAllowed:
    with pytest.raises(NotAllowed) as caught:
        compile_program(source, filename="<program>", language_wall=True)
    return caught.value


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\nimport os", 2),
        ("from os import path", 1),
        ("import os.path as p", 1),
        ("from . import x", 1),
        ("from math import *", 1),
        ("from random import _urandom", 1),
        ("import math as __builtins__", 1),
        ("x = ().__class__", 1),
        ("x = f.__globals__", 1),
        ("def f():\n    return g.gi_frame", 2),
        ("e.__traceback__.tb_frame", 1),
        ("x.__dict__ = {}", 1),
        ("del x.__class__", 1),
        ("x.__class__ += 1", 1),
        ("__builtins__", 1),
        ("__import__('os')", 1),
        ("__build_class__", 1),
        ("_getattr_ = 1", 1),
        ("def _write_(): pass", 1),
        ("def f(_getattr_, /): pass", 1),
        ("lambda _write_: 1", 1),
        ("[1 for _getiter_ in [1]]", 1),
        ("(_apply_ := 1)", 1),
        ("try:\n    pass\nexcept Exception as _print_:\n    pass", 3),
        ("with x as _write_: pass", 1),
        ("global _getattr_", 1),
        ("match x:\n    case [*_write_]: pass", 2),
        ("match x:\n    case {**_write_}: pass", 2),
        ("match x:\n    case int(__class__=c): pass", 2),
        ("match x:\n    case str(format=f): pass", 2),
        ("match x:\n    case object(_ref=r): pass", 2),
        ("super = 1", 1),
        ("s = super", 1),
        ("super(A, b).f()", 1),
        ("class A:\n    def f(self):\n        return super().format(1)", 3),
        ("class A:\n    def f(self):\n        return super().__class__", 3),
        ("class A(metaclass=B): pass", 1),
        ("class A(B, key=1): pass", 1),
        ("class A(*bases): pass", 1),
        ("class A:\n    def __getattr__(self, n): pass", 2),
        ("class A:\n    __slots__ = ()", 2),
        ("class A:\n    def __del__(self): pass", 2),
        ("class A:\n    def __init_subclass__(cls): pass", 2),
        ("class A:\n    def __reduce__(self): pass", 2),
        ("def __init__(): pass", 1),
        ("async def f(): pass", 1),
        ("def f():\n    await x", 2),
        ("try:\n    pass\nexcept* ValueError:\n    pass", 1),
        ("().__\uff43lass__", 1),
        ("class A:\n    __match_args__ = ('__globals__',)", 2),
        ("class A:\n    __annotations__ = {}", 2),
        ("class A:\n    __x__: int", 2),
    ],
)
def test_what_is_refused_names_its_line(source: str, line: int) -> None:
    assert refused(source).line == line


@pytest.mark.parametrize(
    "source",
    [
        "x = {'a': 1}\nx['a'] += 2\nresult = x",
        "class C:\n    n = 0\nC.n += 1\nc = C()\nc.x = [1]\nc.x[0] *= 3\nresult = C.n, c.x",
        "class C:\n    def __init__(self):\n        self.__secret = 1\n        self._shy = 2\n"
        "    def both(self):\n        return self.__secret, self._shy\nresult = C().both()",
        "def f(x: int = 3, *args: str, **kw: 'nothing') -> list[int]:\n    return [x, args, kw]\nresult = f(1, 2, a=3)",
        "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n    g()\n    return g()\nresult = f()",
        "a, (b, *c), d = 1, (2, 3, 4), 5\nresult = a, b, c, d",
        "def f():\n    f.calls += 1\nf.calls = 0\nf()\nf()\nresult = f.calls",
        "_tmp = 1\n_ = 2\n__ = 3\nresult = _tmp, _, __",
        "result = '{} {:>4} {0!r}'.format('a', 'b') if False else '{:>4}|{a}'.format('b', a=1)",
        "result = '{0[a]} {1.real}'.format({'a': 1}, 2)",
        "f = '{}-{}'.format\nresult = f(1, 2)",
        "result = str.format('{}', 1), '{a}'.format_map({'a': 1})",
        "try:\n    None.x\nexcept AttributeError as e:\n    result = str(e), type(e).__name__",
        "class A:\n    def f(self):\n        return 1\n"
        "class B(A):\n    def __init__(self):\n        super().__init__()\n    def f(self):\n        return super().f() + 1\nresult = B().f()",
        "class A:\n    def __repr__(self):\n        return f'<{self.__class__.__name__}>'\nresult = repr(A())",
        "from __future__ import annotations\nresult = 1",
        "if __name__ == '__main__':\n    result = 'main'",
        "from dataclasses import dataclass\n@dataclass(order=True)\nclass P:\n    x: int\n    y: int = 0\n"
        "p = P(1)\np.y += 1\nresult = repr(p), P(1) < P(2), P(3) == P(3)",
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: int = 0\nresult = tuple(P(1)), P(2)._replace(y=5).y",
        "from enum import Enum, auto\nclass E(Enum):\n    A = auto()\n    B = auto()\nresult = [e.name for e in E], E.B.value",
        "import datetime\nresult = datetime.datetime(2020, 1, 2).strftime('%d'), datetime.datetime.strptime('2020', '%Y').year",
        "from functools import wraps\ndef d(f):\n    @wraps(f)\n    def g(*a):\n        return f(*a) + 1\n    return g\n"
        "@d\ndef h(x):\n    'doc'\n    return x\nresult = h(1), h.__name__",
        "import re\nresult = re.sub('a', lambda m: m.group().upper(), 'banana')",
        "result = getattr('a', 'upper')(), getattr(1, 'nothing', 'default'), hasattr([], 'append'), hasattr([], 'nothing')",
        "class C: pass\nc = C()\nsetattr(c, 'x', 1)\ny = getattr(c, 'x')\ndelattr(c, 'x')\nresult = y, hasattr(c, 'x')",
        "result = [type(v).__name__ for v in (1, 'a', None, [])], type(1) == int, isinstance(1, (int, str))",
        "class C:\n    def __enter__(self):\n        return self\n    def __exit__(self, *a):\n        return True\n"
        "with C() as c:\n    1 / 0\nresult = 'swallowed'",
        "result = [y for x in [[1, 2], [3]] for y in x if y != 2], {a: b for a, b in zip('ab', [1, 2])}, sum(x for x in range(3))",
        "print('a', 'b', sep='-', end='')\nresult = 1",
        "def gen():\n    x = yield 1\n    yield x\ng = gen()\nresult = next(g), g.send(5)",
        "match {'k': [1, 2]}:\n    case {'k': [a, *rest], **others}:\n        result = a, rest, others",
        "try:\n    raise ValueError('a') from KeyError('b')\nexcept ValueError as e:\n    result = e.args",
        "x = 5\ndel x\ntry:\n    x\nexcept NameError:\n    result = 'gone'",
        "import copy\nresult = copy.deepcopy({'a': [1]})",
        "class Stack(list):\n    def top(self):\n        return self[-1]\ns = Stack([1, 2])\nresult = s.top(), len(s)",
        "class E(ValueError):\n    def __init__(self, code):\n        self.code = code\ntry:\n    raise E(3)\nexcept E as e:\n    result = e.code",
        "result = (lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4)",
    ],
)
def test_ordinary_python_means_what_it_means(source: str) -> None:
    assert outcome(source, wall=True) == outcome(source, wall=False)


@pytest.mark.parametrize(
    "source",
    [
        "import math\nmath.sqrt = 1",
        "image.find = 1",
        "ImagePatch.find = 1",
        "del ImagePatch.find",
        "for np.mean in [1]: pass",
        "(math.pi, x) = 1, 2",
        "[math.pi for math.pi in [1]]",
        "with open_() as math.pi: pass",
        "setattr(math, 'pi', 3)",
        "delattr(math, 'pi')",
        "ValueError.x = 1",
        "llm_query.x = 1",
        "math._parts",
        "getattr(math, '__dict__')",
        "getattr(ImagePatch, '_over')",
        "class S(str): pass\ngetattr((), S('__class__'))",
        "'{0.__class__}'.format(1)",
        "'{x._runtime}'.format(x=ImagePatch)",
        "'{:{0.__class__}}'.format(1)",
        "'{x.__class__}'.format_map({'x': 1})",
        "int.mro()",
        "type('X', (), {})",
        "type(type(1))",
        "class X(ImagePatch): pass",
        "import typing\nclass X(typing.Annotated[ImagePatch, 1]): pass",
        "ValueError('x').with_traceback(None)",
        "open('/etc/passwd')",
        "eval('1')",
        "globals()",
        "vars(int)",
        "dir(int)",
        "input()",
        "print(1, file=math)",
        "import collections\ncollections.UserString",
        "import string\nstring.Formatter",
        "import json\njson.codecs",
        "import statistics\nstatistics.sys",
        "import functools\nfunctools.update_wrapper",
    ],
)
def test_what_depends_on_the_object_is_refused_while_it_runs(source: str) -> None:
    names = program_names(printer=lambda *values: None)
    code = compile_program(source, filename="<program>", language_wall=True)
    with pytest.raises((AttributeError, TypeError, NameError)):
        exec(code, names)


# Programs made of pieces that models write; integers small enough that no program runs long.
_names = st.sampled_from(["a", "b", "items", "_x", "total"])
_numbers = st.integers(-9, 9).map(str)


def _expressions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.flatmap(
            lambda p: st.sampled_from(["+", "-", "*", "//", "%", "<", "==", "and", "or", "in", "is"]).map(
                lambda op: f"({p[0]} {op} {p[1]})"
            )
        ),
        st.lists(inner, max_size=3).map(lambda xs: f"[{', '.join(xs)}]"),
        st.lists(inner, max_size=3).map(lambda xs: f"({', '.join(xs)},)" if xs else "()"),
        pair.map(lambda p: f"{{{p[0]!r}: {p[1]}}}"),
        pair.map(lambda p: f"({p[0]} if {p[1]} else {p[0]})"),
        inner.map(lambda x: f"[i for i in [1, 2, 3] if i != {x}]"),
        inner.map(lambda x: f"sorted([3, 1], key=lambda v: (v, str({x})))"),
        inner.map(lambda x: f"f'{{{x}!r:>5}}'"),
        inner.map(lambda x: f"str({x}).upper()"),
        inner.map(lambda x: f"len(str({x}))"),
        inner.map(lambda x: f"'{{}}'.format({x})"),
        inner.map(lambda x: f"[{x}][0]"),
        inner.map(lambda x: f"(lambda v=1, *w: v)({x})"),
        inner.map(lambda x: f"(walrus := {x})"),
    )


expressions = st.recursive(st.one_of(_numbers, _names, st.just("'text'"), st.just("None")), _expressions, max_leaves=6)


def _indented(block: str) -> str:
    return "\n".join("    " + line for line in block.split("\n"))


def _statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(expressions, inner)
    return st.one_of(
        two.map(lambda p: f"if {p[0]}:\n{_indented(p[1])}\nelse:\n    pass"),
        two.map(lambda p: f"for i, b in enumerate([1, {p[0]}]):\n{_indented(p[1])}\n    if i: break"),
        two.map(
            lambda p: (
                f"try:\n{_indented(p[1])}\nexcept (TypeError, ValueError) as e:\n    a = str(e)\nfinally:\n    b = 1"
            )
        ),
        two.map(lambda p: f"def helper(x, *rest, y={p[0]}):\n{_indented(p[1])}\n    return x, y\na = helper(1)"),
        two.map(
            lambda p: (
                f"class Thing:\n    n: int = 1\n    def get(self, k=2):\n{_indented(_indented(p[1]))}\n        return k\n"
                f"b = Thing().get({p[0]})"
            )
        ),
        two.map(
            lambda p: f"match {p[0]}:\n    case [x, *_]:\n        a = x\n    case _:\n{_indented(_indented(p[1]))}"
        ),
        st.tuples(inner, inner).map("\n".join),
    )


statements = st.recursive(
    st.one_of(
        st.tuples(_names, expressions).map(lambda p: f"{p[0]} = {p[1]}"),
        st.tuples(_names, expressions).map(lambda p: f"{p[0]} += {p[1]}"),
        st.tuples(_names, expressions).map(lambda p: f"{p[0]}: int = {p[1]}"),
        expressions.map(lambda x: f"items[0] = {x}"),
        expressions.map(lambda x: f"items[0] += {x}"),
        expressions.map(lambda x: f"a, *b = 1, {x}"),
        expressions.map(lambda x: f"print({x}, end='')"),
        expressions.map(lambda x: f"assert {x}, 'message'"),
    ),
    _statements,
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(statements)
def test_generated_programs_mean_the_same_behind_the_wall(body: str) -> None:
    source = f"a, b, items, _x, total = 1, 2, [3], 4, 5\n{body}\nresult = repr((a, b, items, _x, total))"
    assert outcome(source, wall=True) == outcome(source, wall=False)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_compiles_or_is_refused_with_a_reason(text: str) -> None:
    with contextlib.suppress(NotAllowed, SyntaxError, ValueError, RecursionError):
        compile_program(text, filename="<program>", language_wall=True)
