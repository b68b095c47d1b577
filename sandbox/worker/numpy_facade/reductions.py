"""Reductions over everything or along an axis, and what runs along an axis and keeps its length."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from .array import Array, as_array, divide

__all__ = [
    "Axis",
    "all_",
    "any_",
    "argmax",
    "argmin",
    "argsort",
    "average",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "diff",
    "exact_sum",
    "flip",
    "max_",
    "mean",
    "median",
    "min_",
    "nan_reductions",
    "norm",
    "ordered",
    "percentile",
    "prod",
    "ptp",
    "quantile",
    "sort",
    "std",
    "sum_",
    "var",
]

Axis = int | None


# -- reductions: along one axis, or over everything --


def _lanes(a: Any, axis: Axis) -> tuple[list[list[Any]], tuple[int, ...] | None]:
    """The values of each lane along an axis, and the shape that the lanes form; None for one lane of everything."""
    array = as_array(a)
    if axis is None:
        return [list(array.flat)], None
    if type(axis) is not int or not -array.ndim <= axis < array.ndim:
        raise ValueError(f"axis {axis} is out of bounds for array of dimension {array.ndim}")
    axis %= array.ndim
    order = (*(i for i in range(array.ndim) if i != axis), axis)
    moved = array.transpose(*order)
    side = array.shape[axis]
    flat = list(moved.flat)
    count = math.prod(moved.shape[:-1])
    return [flat[i * side : (i + 1) * side] for i in range(count)], moved.shape[:-1]


def _reduced(a: Any, axis: Axis, keepdims: bool, reduce: Callable[[list[Any]], Any]) -> Any:
    lanes, shape = _lanes(a, axis)
    if shape is None:
        value = reduce(lanes[0])
        return Array([value], (1,) * as_array(a).ndim) if keepdims else value
    values = [reduce(lane) for lane in lanes]
    if keepdims:
        whole = list(as_array(a).shape)
        whole[axis] = 1  # type: ignore[index]
        return Array(values, tuple(whole))
    return Array(values, shape) if shape else values[0]


def exact_sum(values: list[Any]) -> Any:
    if not values:
        return 0.0
    if type(values[0]) is not float:
        return sum(values)
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # infinities of both signs, or past the largest number
        return sum(values)


def _mean_of(values: list[Any]) -> float:
    return divide(exact_sum(values), len(values))


def _variance_of(values: list[Any], ddof: int) -> float:
    if not values:
        return math.nan
    mean = _mean_of(values)
    return divide(exact_sum([(float(v) - mean) ** 2 for v in values]), max(len(values) - ddof, 0))


def ordered(values: list[Any]) -> list[Any]:
    return sorted(values, key=lambda v: (v != v, v))


def _quantile_of(values: list[Any], q: float) -> float:
    if not 0 <= q <= 1:
        raise ValueError("Quantiles must be in the range [0, 1]")
    if not values or any(v != v for v in values):
        return math.nan
    lane = ordered(values)
    place = q * (len(lane) - 1)
    low = math.floor(place)
    a, b = float(lane[low]), float(lane[min(low + 1, len(lane) - 1)])
    return a if a == b else a + (b - a) * (place - low)


def _extreme(name: str, pick: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    def reduce(values: list[Any]) -> Any:
        if not values:
            raise ValueError(f"zero-size array to reduction operation {name} which has no identity")
        return next((v for v in values if v != v), None) if any(v != v for v in values) else pick(values)

    return reduce


def _where_extreme(name: str, pick: Callable[..., Any]) -> Callable[[list[Any]], int]:
    def reduce(values: list[Any]) -> int:
        if not values:
            raise ValueError(f"attempt to get {name} of an empty sequence")
        unknown = next((i for i, v in enumerate(values) if v != v), None)
        return int(pick(range(len(values)), key=values.__getitem__)) if unknown is None else unknown

    return reduce


def sum_(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _reduced(a, axis, keepdims, exact_sum)


def prod(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _reduced(a, axis, keepdims, lambda values: math.prod(values) if values else 1.0)


def mean(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _reduced(a, axis, keepdims, _mean_of)


def average(a: Any, axis: Axis = None, weights: Any = None) -> Any:
    if weights is None:
        return mean(a, axis)
    total = sum_(weights, axis if as_array(weights).ndim > 1 else None)
    if not isinstance(total, Array) and total == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    return sum_(as_array(a) * as_array(weights), axis) / total


def median(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _reduced(a, axis, keepdims, lambda values: _quantile_of(values, 0.5))


def var(a: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Any:
    return _reduced(a, axis, keepdims, lambda values: _variance_of(values, ddof))


def std(a: Any, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Any:
    return _reduced(a, axis, keepdims, lambda values: math.sqrt(_variance_of(values, ddof)))


def min_(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _reduced(a, axis, keepdims, _extreme("minimum", min))


def max_(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _reduced(a, axis, keepdims, _extreme("maximum", max))


def ptp(a: Any, axis: Axis = None) -> Any:
    return max_(a, axis) - min_(a, axis)


def argmin(a: Any, axis: Axis = None) -> Any:
    return _reduced(a, axis, False, _where_extreme("argmin", min))


def argmax(a: Any, axis: Axis = None) -> Any:
    return _reduced(a, axis, False, _where_extreme("argmax", max))


def any_(a: Any, axis: Axis = None) -> Any:
    return _reduced(a, axis, False, lambda values: any(map(bool, values)))


def all_(a: Any, axis: Axis = None) -> Any:
    return _reduced(a, axis, False, lambda values: all(map(bool, values)))


def count_nonzero(a: Any, axis: Axis = None) -> Any:
    return _reduced(a, axis, False, lambda values: sum(map(bool, values)))


def quantile(a: Any, q: Any, axis: Axis = None) -> Any:
    if isinstance(q, Array | list | tuple):
        made = [quantile(a, one, axis) for one in as_array(q).flat]
        return as_array(made)
    return _reduced(a, axis, False, lambda values: _quantile_of(values, q))


def percentile(a: Any, q: Any, axis: Axis = None) -> Any:
    return quantile(a, as_array(q) / 100 if isinstance(q, Array | list | tuple) else q / 100, axis)


def _without_nan(reduce: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    return lambda a, axis=None: _reduced(a, axis, False, lambda values: reduce([v for v in values if v == v]))


# -- along an axis, keeping its shape --


def _along(a: Any, axis: Axis, change: Callable[[list[Any]], list[Any]]) -> Array:
    array = as_array(a)
    if axis is None or array.ndim < 2:
        changed = change(list(array.flat))
        return Array(changed, (len(changed),))
    axis %= array.ndim
    lanes, shape = _lanes(array, axis)
    changed_lanes = [change(lane) for lane in lanes]
    side = len(changed_lanes[0]) if changed_lanes else 0
    moved = Array([v for lane in changed_lanes for v in lane], (*(shape or ()), side))
    order = [i for i in range(array.ndim) if i != axis] + [axis]
    return moved.transpose([order.index(i) for i in range(array.ndim)])


def sort(a: Any, axis: Axis = -1) -> Array:
    return _along(a, axis, ordered)


def argsort(a: Any, axis: Axis = -1) -> Array:
    return _along(a, axis, lambda values: sorted(range(len(values)), key=lambda i: (values[i] != values[i], values[i])))


def _running(combine: Callable[[Any, Any], Any]) -> Callable[[list[Any]], list[Any]]:
    def change(values: list[Any]) -> list[Any]:
        made: list[Any] = []
        for value in values:
            made.append(combine(made[-1], value) if made else value + 0)
        return made

    return change


def cumsum(a: Any, axis: Axis = None) -> Array:
    return _along(a, axis, _running(lambda x, y: x + y))


def cumprod(a: Any, axis: Axis = None) -> Array:
    return _along(a, axis, _running(lambda x, y: x * y))


def diff(a: Any, n: int = 1, axis: int = -1) -> Array:
    made = as_array(a)
    for _ in range(n):
        made = _along(
            made,
            axis,
            lambda values: [x != y if type(x) is bool else y - x for x, y in itertools.pairwise(values)],
        )
    return made


def flip(a: Any, axis: Axis = None) -> Array:
    array = as_array(a)
    if axis is None:
        return Array(list(array.flat)[::-1], array.shape)
    return _along(array, axis, lambda values: values[::-1])


def norm(x: Any, axis: Axis = None) -> Any:
    return _reduced(x, axis, False, lambda values: math.hypot(*values))


def nan_reductions() -> dict[str, Callable[..., Any]]:
    """The reductions that leave nan out."""
    return {
        "nanmean": _without_nan(_mean_of),
        "nansum": _without_nan(exact_sum),
        "nanmin": _without_nan(_extreme("fmin", min)),
        "nanmax": _without_nan(_extreme("fmax", max)),
        "nanmedian": _without_nan(lambda values: _quantile_of(values, 0.5)),
        "nanstd": _without_nan(lambda values: math.sqrt(_variance_of(values, 0))),
    }
