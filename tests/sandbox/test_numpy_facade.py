"""The numpy that programs get gives numpy's own answers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.sandbox.worker.numpy_facade import Array, parts, to_plain

few = settings(max_examples=40, deadline=None)

ours = SimpleNamespace(**parts())

whole = st.integers(-1000, 1000)
real = st.floats(-1e6, 1e6, allow_nan=False, width=32)
numbers = st.one_of(st.lists(whole, min_size=1, max_size=12), st.lists(real, min_size=1, max_size=12))
booleans = st.lists(st.booleans(), min_size=1, max_size=12)


@st.composite
def matrices(draw: Any, elements: Any = real) -> list[list[float]]:
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(elements, min_size=width, max_size=width), min_size=1, max_size=4))


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if isinstance(value, numpy.ndarray | numpy.generic):
        return value.tolist()
    return to_plain(value)


def close(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or isinstance(a, str):
        return bool(a == b) and type(a) is type(b)
    return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-4) or (a != a and b != b)


def agree(function: Callable[..., Any], *arguments: Any) -> None:
    """`function(np, *arguments)` gives the same with both, or fails with both."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = plain(function(numpy, *arguments))
        except (ValueError, IndexError, TypeError, ZeroDivisionError):
            with pytest.raises((ValueError, IndexError, TypeError, ZeroDivisionError)):
                function(ours, *arguments)
            return
    got = plain(function(ours, *arguments))
    assert close(got, expected), f"{got} instead of {expected}"


REDUCTIONS = ["mean", "median", "std", "var", "min", "max", "sum", "prod", "argmin", "argmax", "ptp", "any", "all"]


@pytest.mark.parametrize("name", REDUCTIONS)
@few
@given(numbers)
def test_reductions_of_a_list(name: str, values: list[float]) -> None:
    if name == "prod":
        values = [v % 7 for v in values]
    agree(lambda np, a: getattr(np, name)(a), values)


@pytest.mark.parametrize("name", REDUCTIONS)
@few
@given(matrices(st.integers(-9, 9)), st.sampled_from([None, 0, 1, -1, 2]))
def test_reductions_along_an_axis(name: str, rows: list[list[float]], axis: int | None) -> None:
    agree(lambda np, a, at: getattr(np, name)(a, axis=at), rows, axis)


@pytest.mark.parametrize(
    "name", ["sort", "cumsum", "diff", "unique", "abs", "sign", "square", "ravel", "flip", "round"]
)
@few
@given(numbers)
def test_functions_of_a_list(name: str, values: list[float]) -> None:
    agree(lambda np, a: getattr(np, name)(a), values)


@pytest.mark.parametrize(
    "name", ["sqrt", "exp", "log", "log2", "sin", "cos", "floor", "ceil", "isnan", "isfinite", "radians"]
)
@few
@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_elementwise_functions(name: str, values: list[float]) -> None:
    agree(lambda np, a: getattr(np, name)(a), values)


@few
@given(numbers)
def test_argsort_puts_values_in_order(values: list[float]) -> None:
    assert [values[i] for i in ours.argsort(values)] == sorted(values)


@few
@given(numbers, st.floats(0, 100))
def test_percentiles(values: list[float], q: float) -> None:
    agree(lambda np, a, at: np.percentile(a, at), values, q)
    agree(lambda np, a, at: np.quantile(a, [at / 100, 0.5]), values, q)


@pytest.mark.parametrize("operation", ["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", ">"])
@few
@given(st.lists(st.tuples(whole, whole), min_size=1, max_size=8))
def test_operators_on_arrays(operation: str, pairs: list[tuple[int, int]]) -> None:
    def compute(np: Any, left: list[int], right: list[int]) -> Any:
        return eval(f"a {operation} b", {"a": np.array(left), "b": np.array(right)})

    agree(compute, [a for a, _ in pairs], [b for _, b in pairs])


@pytest.mark.parametrize("operation", ["+", "-", "*", "/", ">"])
@few
@given(matrices(), st.lists(real, min_size=1, max_size=4))
def test_operators_broadcast_or_refuse_alike(operation: str, rows: list[list[float]], row: list[float]) -> None:
    def compute(np: Any, left: Any, right: Any) -> Any:
        return eval(f"a {operation} b", {"a": np.array(left), "b": np.array(right)})

    agree(compute, rows, row)
    agree(compute, 2.5, rows)


@few
@given(booleans, booleans)
def test_masks_combine(left: list[bool], right: list[bool]) -> None:
    pairs = list(zip(left, right, strict=False))
    agree(
        lambda np, p: (np.array([a for a, _ in p]) & np.array([b for _, b in p])) | ~np.array([a for a, _ in p]), pairs
    )


@few
@given(numbers, st.integers(-15, 15))
def test_a_number_is_picked_by_index(values: list[float], index: int) -> None:
    agree(lambda np, a, i: np.array(a)[i], values, index)


@few
@given(numbers, st.slices(12))
def test_slices(values: list[float], part: slice) -> None:
    agree(lambda np, a, s: np.array(a)[s], values, part)


@few
@given(matrices(), st.integers(-5, 5), st.slices(4))
def test_rows_columns_and_blocks(rows: list[list[float]], index: int, part: slice) -> None:
    agree(lambda np, a, i: np.array(a)[i], rows, index)
    agree(lambda np, a, i: np.array(a)[:, i], rows, index)
    agree(lambda np, a, i, s: np.array(a)[s, i], rows, index, part)
    agree(lambda np, a, s: np.array(a)[s, ::-1], rows, part)


@few
@given(numbers, whole)
def test_masks_select_and_assign(values: list[float], limit: int) -> None:
    def assign(np: Any, a: list[float], at: int) -> Any:
        array = np.array(a)
        array[array > at] = 0
        return array, array[array <= at], np.where(array > at, 1, array)

    agree(assign, values, limit)


@few
@given(numbers, st.lists(st.integers(0, 11), min_size=1, max_size=5))
def test_index_lists(values: list[float], index: list[int]) -> None:
    agree(lambda np, a, i: np.array(a)[i], values, index)


@few
@given(matrices())
def test_shapes(rows: list[list[float]]) -> None:
    agree(lambda np, a: np.array(a).shape, rows)
    agree(lambda np, a: np.array(a).T, rows)
    agree(lambda np, a: np.array(a).reshape(-1), rows)
    agree(lambda np, a: np.array(a).reshape(3, -1), rows)
    agree(lambda np, a: np.vstack([a, a]), rows)
    agree(lambda np, a: np.hstack([a, a]), rows)
    agree(lambda np, a: np.concatenate([a, a], axis=1), rows)
    agree(lambda np, a: np.argwhere(np.array(a) > 0).shape[1:], rows)


@few
@given(matrices(st.integers(-9, 9)), matrices(st.integers(-9, 9)))
def test_products_of_matrices(left: list[list[int]], right: list[list[int]]) -> None:
    agree(lambda np, a, b: np.dot(a, b), left, right)
    agree(lambda np, a, b: np.array(a) @ np.array(b), left, right)
    agree(lambda np, a, b: np.dot(a[0], b[0]), left, right)
    agree(lambda np, a, b: np.outer(a[0], b[0]), left, right)


@few
@given(numbers, st.one_of(st.none(), whole), st.one_of(st.none(), whole))
def test_clip(values: list[float], low: int | None, high: int | None) -> None:
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    if low is not None or high is not None:
        agree(lambda np, a, x, y: np.clip(a, x, y), values, low, high)


@few
@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(1, 5), st.integers(0, 9))
def test_ranges(start: int, stop: int, step: int, count: int) -> None:
    agree(lambda np, a, b, s: np.arange(a, b, s), start, stop, step)
    agree(lambda np, a, b, n: np.linspace(a, b, n), start, stop, count)
    agree(lambda np, n: (np.zeros(n), np.ones((n, 2)), np.full(n, 3), np.eye(n)), count)


@few
@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_counting(values: list[int]) -> None:
    agree(lambda np, a: np.unique(a, return_counts=True), values)
    agree(lambda np, a: np.bincount(a), values)
    agree(lambda np, a: np.count_nonzero(a), values)
    agree(lambda np, a: np.nonzero(a), values)
    agree(lambda np, a: np.isin(a, [1, 2]), values)


@few
@given(st.lists(st.one_of(real, st.just(math.nan)), min_size=1, max_size=6))
def test_unknown_values(values: list[float]) -> None:
    for name in ("mean", "min", "max", "median", "sort", "argmax", "nansum"):
        agree(lambda np, a, name=name: getattr(np, name)(a), values)


@pytest.mark.parametrize(
    "expression",
    [
        "np.array([1, 2.5]).tolist()",
        "np.array([True, 2]).tolist()",
        "np.array([[1, 2], [3, 4]]).mean(axis=0, keepdims=True).shape",
        "np.array([]).sum()",
        "np.mean([])",
        "np.array([]).tolist()",
        "np.max([])",
        "np.array([[1], [2, 3]])",
        "bool(np.array([1, 2]))",
        "bool(np.array([1]))",
        "float(np.array([2.5])[0])",
        "np.array([1, 0]) / 0",
        "np.array([4, 9]) ** 0.5",
        "2 ** np.array([1, 2])",
        "np.array(['b', 'a'])[np.argsort(['b', 'a'])].tolist()",
        "np.linalg.norm([3, 4])",
        "np.linalg.norm([[3, 4], [6, 8]], axis=1)",
        "np.array([[1, 2], [3, 4]])[[0, 1], [1, 0]]",
        "np.array([[1, 2], [3, 4]])[..., 0]",
        "np.array([1, 2])[:, None].shape",
        "np.array([1, 2, 3])[5]",
        "np.array([1, 2, 3])['a']",
        "np.average([1, 2, 3], weights=[3, 2, 1])",
        "np.allclose([1, 2], [1, 2.000000001])",
        "np.array_equal([1, 2], [1, 2, 3])",
        "np.maximum([1, 5], 3)",
        "np.std([1, 2, 3, 4], ddof=1)",
        "np.argmax([[1, 9], [8, 2]])",
        "np.round(2.675, 2)",
        "np.round([1.5, 2.5, -0.5])",
        "np.array([1.7, -1.7]).astype(int)",
        "len(np.array([[1, 2], [3, 4], [5, 6]]))",
        "[row.sum() for row in np.array([[1, 2], [3, 4]])]",
        "3 in np.array([1, 2, 3])",
        "np.cumsum([[1, 2], [3, 4]], axis=1)",
        "np.append([1, 2], [3])",
        "np.stack([[1, 2], [3, 4]]).shape",
        "np.inf > 1, np.isnan(np.nan), np.pi",
        "sorted(np.array([3, 1, 2]).tolist())",
        "max(np.array([3, 1, 2]))",
        "np.any(np.array([0, 1]) == 1)",
        "np.searchsorted([1, 3, 5], 3)",
        "np.zeros((2, 3)).shape, np.zeros((2, 3)).ndim, np.zeros((2, 3)).size",
    ],
)
def test_what_programs_write(expression: str) -> None:
    agree(lambda np: eval(expression, {"np": np}))


def test_sorting_in_place_changes_the_array() -> None:
    def compute(np: Any) -> Any:
        array = np.array([3, 1, 2])
        array.sort()
        array += 1
        array[0] = 9
        return array

    agree(compute)


def test_too_large_an_array_is_out_of_memory_and_not_attempted() -> None:
    with pytest.raises(MemoryError):
        ours.zeros(10**9)
    with pytest.raises(MemoryError):
        ours.outer(ours.zeros(5000), ours.zeros(5000))


def test_an_array_comes_out_as_lists() -> None:
    assert to_plain(ours.array([[1, 2]])) == [[1, 2]]
    assert isinstance(ours.array([1]), Array)
