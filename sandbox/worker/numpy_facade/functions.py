"""The functions of the numpy facade; those that numpy also offers as methods become methods of `Array`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from . import reductions
from .array import MAX_SIZE, Array, as_array, divide, elementwise, power
from .reductions import Axis, all_, exact_sum, max_, min_, ordered

__all__ = ["METHODS", "parts"]


# -- element by element --


def _real(function: Callable[[float], float], at_zero: float = math.nan) -> Callable[[Any], Any]:
    def one(value: Any) -> float:
        try:
            return function(value)
        except ValueError:
            return at_zero if value == 0 else math.nan
        except OverflowError:
            return math.inf

    return lambda a: elementwise(one, a)


def _each(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda a: elementwise(function, a)


def _whole(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda a: elementwise(lambda value: float(function(value)) if math.isfinite(value) else value, a)


def _rounded(value: Any, decimals: int) -> Any:
    if type(value) in (bool, int):
        return round(value, decimals) if decimals < 0 else value + 0
    if not math.isfinite(value):
        return value
    if decimals == 0:
        return float(round(value))
    scale = 10.0 ** abs(decimals)
    return round(value * scale) / scale if decimals > 0 else round(value / scale) * scale


def round_(a: Any, decimals: int = 0) -> Any:
    return elementwise(lambda value: _rounded(value, decimals), a)


def clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    def one(value: Any, low: Any, high: Any) -> Any:
        if value != value:
            return value
        if low is not None and value < low:
            value = low
        return high if high is not None and value > high else value

    if a_min is None and a_max is None:
        return elementwise(lambda v: v, a)
    widened = elementwise(lambda v, low, high: v + 0 * (low or 0) + 0 * (high or 0), a, a_min, a_max)
    return elementwise(one, widened, a_min, a_max)


def where(condition: Any, *choices: Any) -> Any:
    if not choices:
        return nonzero(condition)
    x, y = choices
    made = elementwise(lambda c, a, b: a if c else b, condition, x, y)
    return as_array(made.tolist()) if isinstance(made, Array) else made


def _either(pick: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: elementwise(lambda x, y: x if x != x else y if y != y else pick(x, y), a, b)


def isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08) -> Any:
    return elementwise(lambda x, y: x == y or (math.isfinite(y) and abs(x - y) <= atol + rtol * abs(y)), a, b)


# -- making --


def array(value: Any, dtype: Any = None) -> Array:
    made = as_array(value, dtype)
    return made.copy() if made is value else made


def _shape(shape: Any) -> tuple[int, ...]:
    sides = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    if any(type(side) is not int or side < 0 for side in sides):
        raise ValueError("negative dimensions are not allowed")
    if math.prod(sides) > MAX_SIZE:
        raise MemoryError
    return sides


def full(shape: Any, value: Any, dtype: Any = None) -> Array:
    sides = _shape(shape)
    made = Array([value] * math.prod(sides), sides)
    return made if dtype is None else made.astype(dtype)


def zeros(shape: Any, dtype: Any = float) -> Array:
    return full(shape, 0, dtype)


def ones(shape: Any, dtype: Any = float) -> Array:
    return full(shape, 1, dtype)


def eye(n: int) -> Array:
    return Array([float(i == j) for i in range(n) for j in range(n)], _shape((n, n)))


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Array:
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ZeroDivisionError("division by zero")
    count = _shape(max(0, math.ceil((stop - start) / step)))[0]
    made = Array([start + i * step for i in range(count)], (count,))
    return made if dtype is None else made.astype(dtype)


def linspace(start: float, stop: float, num: int = 50, endpoint: bool = True) -> Array:
    (count,) = _shape(num)
    gaps = count - 1 if endpoint else count
    step = (stop - start) / gaps if gaps else 0.0
    data = [float(start + i * step) for i in range(count)]
    if endpoint and count > 1:
        data[-1] = float(stop)
    return Array(data, (count,))


# -- joining, taking apart, looking up --


def concatenate(arrays: Sequence[Any], axis: Axis = 0) -> Array:
    parts = [as_array(part) for part in arrays]
    if axis is None or all(part.ndim == 1 for part in parts):
        return as_array([v for part in parts for v in part.flat])
    if axis % parts[0].ndim == 0:
        return as_array([row for part in parts for row in part.tolist()])
    others = [part.T for part in parts]
    return concatenate(others, 0).T if parts[0].ndim == 2 else concatenate(parts, None)


def stack(arrays: Sequence[Any], axis: int = 0) -> Array:
    made = as_array([as_array(part).tolist() for part in arrays])
    return made.T if axis in (1, -1) and made.ndim == 2 else made


def vstack(arrays: Sequence[Any]) -> Array:
    parts = [as_array(part) for part in arrays]
    return concatenate([part.reshape(1, -1) if part.ndim < 2 else part for part in parts], 0)


def hstack(arrays: Sequence[Any]) -> Array:
    parts = [as_array(part) for part in arrays]
    return concatenate(parts, 0 if parts[0].ndim < 2 else 1)


def append(a: Any, values: Any, axis: Axis = None) -> Array:
    return concatenate([a, values], axis)


def unique(a: Any, return_index: bool = False, return_counts: bool = False) -> Any:
    values = list(as_array(a).flat)
    first: dict[Any, int] = {}
    counts: dict[Any, int] = {}
    for i, value in enumerate(values):
        key = math.nan if value != value else value
        first.setdefault(key, i)
        counts[key] = counts.get(key, 0) + 1
    distinct = ordered(list(first))
    made = [as_array(distinct)]
    if return_index:
        made.append(as_array([first[value] for value in distinct]))
    if return_counts:
        made.append(as_array([counts[value] for value in distinct]))
    return tuple(made) if len(made) > 1 else made[0]


def nonzero(a: Any) -> tuple[Array, ...]:
    array = as_array(a)
    found = [i for i, value in enumerate(array.flat) if value]
    made = []
    block = array.size
    for side in array.shape:
        block //= side or 1
        made.append(Array([(i // block) % side for i in found], (len(found),)))
    return tuple(made)


def argwhere(a: Any) -> Array:
    columns = nonzero(a)
    flat = [at for row in zip(*columns, strict=True) for at in row]
    return Array(flat, (len(columns[0]) if columns else 0, len(columns)))


def flatnonzero(a: Any) -> Array:
    return nonzero(as_array(a).ravel())[0]


def isin(a: Any, values: Any) -> Any:
    wanted = list(as_array(values).flat)
    return elementwise(lambda value: value in wanted, a)


def searchsorted(a: Any, v: Any, side: str = "left") -> Any:
    known = list(as_array(a).flat)
    return elementwise(lambda x: sum(y < x if side == "left" else y <= x for y in known), v)


def bincount(a: Any, minlength: int = 0) -> Array:
    values = list(as_array(a).flat)
    counts = [0] * _shape(max([minlength, *(v + 1 for v in values)]))[0]
    for value in values:
        counts[value] += 1
    return Array(counts, (len(counts),))


def dot(a: Any, b: Any) -> Any:
    left, right = as_array(a), as_array(b)
    if not left.ndim or not right.ndim:
        return left * right if left.ndim or right.ndim else left.item() * right.item()
    rows = left.reshape(-1, left.shape[-1]).tolist()
    matrix = right.reshape(-1, 1) if right.ndim == 1 else right
    if left.shape[-1] != matrix.shape[0] or matrix.ndim > 2:
        raise ValueError(f"shapes {left.shape} and {right.shape} not aligned")
    columns = matrix.T.tolist()
    values = [exact_sum([x * y for x, y in zip(row, column, strict=True)]) for row in rows for column in columns]
    shape = (*left.shape[:-1], *right.shape[1:])
    return Array(values, shape) if shape else values[0]


def outer(a: Any, b: Any) -> Array:
    left, right = list(as_array(a).flat), list(as_array(b).flat)
    shape = _shape((len(left), len(right)))
    return Array([x * y for x in left for y in right], shape)


METHODS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(reductions, name) for name in ("prod", "mean", "var", "std", "ptp", "argmin", "argmax", "argsort")
    },
    **{name: getattr(reductions, name) for name in ("cumsum", "cumprod")},
    **{name: getattr(reductions, name + "_") for name in ("sum", "min", "max", "any", "all")},
    **{"round": round_, "clip": clip, "nonzero": nonzero, "dot": dot},
}
for _name, _function in METHODS.items():
    setattr(Array, _name, _function)


def _sort_in_place(self: Array, axis: int = -1) -> None:
    self[...] = reductions.sort(self, axis)


setattr(Array, "sort", _sort_in_place)  # noqa: B010 - the attribute is not declared on the class
setattr(Array, "__matmul__", dot)  # noqa: B010
setattr(Array, "__round__", round_)  # noqa: B010


def parts() -> dict[str, Any]:
    """Every name of the facade."""
    one_argument: dict[str, Callable[[Any], Any]] = {
        name: _real(getattr(math, name))
        for name in ("sqrt", "sin", "cos", "tan", "degrees", "radians", "exp", "log1p", "expm1")
    }
    whole = {name: _whole(getattr(math, name)) for name in ("floor", "ceil", "trunc")}
    logs = {name: _real(getattr(math, name), -math.inf) for name in ("log", "log2", "log10")}
    inverse = {"arcsin": _real(math.asin), "arccos": _real(math.acos), "arctan": _real(math.atan)}
    tests = {name: _each(getattr(math, name)) for name in ("isnan", "isinf", "isfinite")}
    named = {
        **{name: getattr(reductions, name) for name in ("median", "average", "quantile", "percentile", "sort", "diff")},
        **{name: getattr(reductions, name) for name in ("flip", "count_nonzero")},
        **reductions.nan_reductions(),
        **{"where": where, "isclose": isclose, "array": array, "asarray": as_array},
        **{"full": full, "zeros": zeros, "ones": ones, "eye": eye, "arange": arange, "linspace": linspace},
        **{"concatenate": concatenate, "stack": stack, "vstack": vstack, "hstack": hstack, "append": append},
        **{"unique": unique, "argwhere": argwhere, "flatnonzero": flatnonzero, "isin": isin, "outer": outer},
        **{"searchsorted": searchsorted, "bincount": bincount},
        "amin": min_,
        "amax": max_,
        "around": round_,
        "matmul": dot,
        "abs": lambda a: elementwise(abs, a),
        "absolute": lambda a: elementwise(abs, a),
        "square": lambda a: elementwise(lambda v: v * v, a),
        "sign": lambda a: elementwise(lambda v: v if v != v else type(v)((v > 0) - (v < 0)), a),
        "power": lambda a, b: elementwise(power, a, b),
        "add": lambda a, b: elementwise(lambda x, y: x + y, a, b),
        "subtract": lambda a, b: elementwise(lambda x, y: x - y, a, b),
        "multiply": lambda a, b: elementwise(lambda x, y: x * y, a, b),
        "divide": lambda a, b: elementwise(divide, a, b),
        "maximum": _either(max),
        "minimum": _either(min),
        "hypot": lambda a, b: elementwise(math.hypot, a, b),
        "arctan2": lambda a, b: elementwise(math.atan2, a, b),
        "logical_and": lambda a, b: elementwise(lambda x, y: bool(x and y), a, b),
        "logical_or": lambda a, b: elementwise(lambda x, y: bool(x or y), a, b),
        "logical_not": lambda a: elementwise(lambda x: not x, a),
        "allclose": lambda a, b, rtol=1e-05, atol=1e-08: bool(all_(isclose(a, b, rtol, atol))),
        "array_equal": lambda a, b: as_array(a).shape == as_array(b).shape and bool(all_(as_array(a) == as_array(b))),
        "zeros_like": lambda a: as_array(a).astype("float") * 0 if as_array(a).dtype == "float64" else as_array(a) * 0,
        "ones_like": lambda a: as_array(a) * 0 + 1,
        "reshape": lambda a, shape: as_array(a).reshape(shape),
        "ravel": lambda a: as_array(a).ravel(),
        "squeeze": lambda a: as_array(a).squeeze(),
        "transpose": lambda a: as_array(a).T,
        "shape": lambda a: as_array(a).shape,
        "size": lambda a: as_array(a).size,
        "ndim": lambda a: as_array(a).ndim,
    }
    constants = {
        **{"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "ndarray": Array},
        **dict.fromkeys(("float16", "float32", "float64", "floating"), float),
        **dict.fromkeys(("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "integer"), int),
        **{"bool_": bool, "str_": str},
    }
    deg = {"deg2rad": one_argument["radians"], "rad2deg": one_argument["degrees"]}
    return METHODS | one_argument | whole | logs | inverse | tests | named | constants | deg
