"""`Array`: the part of numpy's array that programs about pictures use, over a flat Python list.

Row-major values with a shape; values are Python's own bool, int, float, str, or any object. Operators broadcast,
division by zero gives inf or nan, comparison gives arrays of bool. Unlike numpy's, a slice is a copy, whole numbers
do not overflow, and what comes out of an array is a plain Python number.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

__all__ = ["MAX_SIZE", "Array", "as_array", "broadcast", "elementwise", "to_plain"]

MAX_SIZE = 5_000_000  # values in one array; checked before it is filled
_KINDS = {bool: 0, int: 1, float: 2, str: 3}
_NAMES = ("bool", "int64", "float64", "str", "object")


class Array:
    """An n-dimensional array."""

    __slots__ = ("_data", "_shape")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: list[Any], shape: tuple[int, ...]) -> None:
        if len(data) > MAX_SIZE:
            raise MemoryError
        self._data = data
        self._shape = shape

    # -- facts --

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    @property
    def ndim(self) -> int:
        return len(self._shape)

    @property
    def size(self) -> int:
        return len(self._data)

    @property
    def dtype(self) -> str:
        return _NAMES[kind_of(self._data)]

    @property
    def T(self) -> Array:
        """Axes in reverse order."""
        return self._permuted(tuple(reversed(range(self.ndim))))

    @property
    def flat(self) -> Iterator[Any]:
        return iter(self._data)

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("len() of unsized object")
        return self._shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._shape:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self._shape[0]))

    def __contains__(self, value: Any) -> bool:
        return any(item == value for item in self._data)

    def __bool__(self) -> bool:
        if len(self._data) == 1:
            return bool(self._data[0])
        if not self._data:
            return False
        raise ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")

    def item(self, *index: int) -> Any:
        if index:
            return self[index if len(index) > 1 else index[0]]
        if len(self._data) != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self._data[0]

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        return operator.index(self.item())

    def tolist(self) -> Any:
        """As nested lists of plain values."""
        return _nest(self._data, self._shape)

    def copy(self) -> Array:
        return Array(list(self._data), self._shape)

    def astype(self, kind: Any) -> Array:
        convert = cast_to(kind)
        return Array([convert(value) for value in self._data], self._shape)

    def __repr__(self) -> str:
        return f"array({self.tolist()!r})"

    def __str__(self) -> str:
        return _written(self.tolist())

    # -- shape --

    def reshape(self, *shape: Any) -> Array:
        wanted = list(shape[0] if len(shape) == 1 and isinstance(shape[0], list | tuple) else shape)
        if wanted.count(-1) == 1:
            rest = math.prod(side for side in wanted if side != -1)
            wanted[wanted.index(-1)] = len(self._data) // rest if rest else 0
        if math.prod(wanted) != len(self._data) or any(side < 0 for side in wanted):
            raise ValueError(f"cannot reshape array of size {len(self._data)} into shape {tuple(shape)}")
        return Array(list(self._data), tuple(wanted))

    def ravel(self) -> Array:
        return Array(list(self._data), (len(self._data),))

    flatten = ravel

    def squeeze(self) -> Array:
        return Array(list(self._data), tuple(side for side in self._shape if side != 1))

    def transpose(self, *axes: Any) -> Array:
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], list | tuple) else axes
        return self._permuted(tuple(order)) if order else self.T

    def _permuted(self, order: tuple[int, ...]) -> Array:
        if sorted(axis % max(self.ndim, 1) for axis in order) != list(range(self.ndim)):
            raise ValueError("axes don't match array")
        strides = _strides(self._shape)
        shape = tuple(self._shape[axis] for axis in order)
        moved = [strides[axis] for axis in order]
        return Array([self._data[at] for at in _offsets(shape, moved)], shape)

    # -- indexing --

    def __getitem__(self, index: Any) -> Any:
        offsets, shape = self._select(index)
        if shape is None:
            return self._data[offsets[0]]
        return Array([self._data[at] for at in offsets], shape)

    def __setitem__(self, index: Any, value: Any) -> None:
        offsets, shape = self._select(index)
        values = broadcast_to(as_array(value), shape or ())
        convert = cast_to(_NAMES[kind_of(self._data)]) if self._data else (lambda v: v)
        for at, new in zip(offsets, values, strict=True):
            self._data[at] = convert(new)

    def _select(self, index: Any) -> tuple[list[int], tuple[int, ...] | None]:
        """Offsets into the flat data that an index names, and the shape they form; None for a single value."""
        mask = self._as_mask(index)
        if mask is not None:
            return self._masked(mask)
        parts = list(index) if isinstance(index, tuple) else [index]
        if Ellipsis in [part for part in parts if not isinstance(part, Array | list)]:
            at = next(i for i, part in enumerate(parts) if part is Ellipsis)
            named = sum(part is not None and part is not Ellipsis for part in parts)
            parts[at : at + 1] = [slice(None)] * (self.ndim - named)
        if sum(part is not None for part in parts) > self.ndim:
            raise IndexError(
                f"too many indices for array: array is {self.ndim}-dimensional, but {len(parts)} were indexed"
            )
        return self._picked(parts)

    def _picked(self, parts: list[Any]) -> tuple[list[int], tuple[int, ...] | None]:
        strides = _strides(self._shape)
        offsets = [0]
        shape: list[int] = []
        axis = 0
        lists = [as_array(part) for part in parts if isinstance(part, list | Array)]
        together = len(lists) > 1  # several index lists walk side by side
        if together and any(part.ndim != 1 or len(part) != len(lists[0]) for part in lists):
            raise IndexError("shape mismatch: indexing arrays could not be broadcast together")
        paired: list[int] | None = [0] * len(lists[0]) if together else None
        for part in [*parts, *[slice(None)] * (self.ndim - sum(p is not None for p in parts))]:
            if part is None:
                shape.append(1)
                continue
            side, stride = self._shape[axis], strides[axis]
            axis += 1
            if isinstance(part, slice):
                steps = range(*part.indices(side))
                offsets = [at + step * stride for at in offsets for step in steps]
                shape.append(len(steps))
            elif isinstance(part, list | Array):
                chosen = as_array(part)
                if kind_of(chosen._data) == 0 and chosen._data:
                    chosen = Array([i for i, keep in enumerate(chosen._data) if keep], (sum(chosen._data),))
                steps_list = [_bounded(i, side, axis - 1) for i in chosen._data]
                if paired is not None:
                    paired = [at + step * stride for at, step in zip(paired, steps_list, strict=True)]
                    continue
                offsets = [at + step * stride for at in offsets for step in steps_list]
                shape += chosen._shape
            else:
                step = _bounded(part, side, axis - 1)
                offsets = [at + step * stride for at in offsets]
        if paired is not None:
            offsets = [first + at for first in paired for at in offsets]
            shape = [len(paired), *shape]
        if not shape and all(not isinstance(part, slice | list | Array) and part is not None for part in parts):
            return offsets, None
        return offsets, tuple(shape)

    def _as_mask(self, index: Any) -> Array | None:
        if not isinstance(index, list | Array):
            return None
        mask = as_array(index)
        return mask if mask._data and kind_of(mask._data) == 0 else None

    def _masked(self, mask: Array) -> tuple[list[int], tuple[int, ...]]:
        if mask._shape != self._shape[: mask.ndim]:
            raise IndexError(
                f"boolean index did not match indexed array: its shape is {mask._shape}, the array's {self._shape}"
            )
        rest = self._shape[mask.ndim :]
        block = math.prod(rest)
        kept = [i for i, keep in enumerate(mask._data) if keep]
        return [i * block + at for i in kept for at in range(block)], (len(kept), *rest)

    # -- operators; those of two operands are set below the class --

    if TYPE_CHECKING:

        def __mul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...

    def __neg__(self) -> Array:
        return Array([-value for value in self._data], self._shape)

    def __pos__(self) -> Array:
        return self.copy()

    def __abs__(self) -> Array:
        return Array([abs(value) for value in self._data], self._shape)

    def __invert__(self) -> Array:
        return Array([not v if type(v) is bool else ~v for v in self._data], self._shape)


def _binary(operation: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    def forward(self: Array, other: Any) -> Any:
        return elementwise(operation, self, other)

    def backward(self: Array, other: Any) -> Any:
        return elementwise(operation, other, self)

    def in_place(self: Array, other: Any) -> Array:
        made = as_array(elementwise(operation, self, other))
        if made._shape != self._shape:
            raise ValueError("the result of an in-place operation must keep the array's shape")
        self._data = made._data
        return self

    return forward, backward, in_place


def divide(a: Any, b: Any) -> float:
    """a / b; inf or nan by zero."""
    if b == 0 and type(b) in _KINDS:
        if a == 0 or a != a:
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return a / b  # type: ignore[no-any-return]


def _floor_divide(a: Any, b: Any) -> Any:
    if b == 0 and type(b) in _KINDS:
        return 0 if type(a) in (bool, int) and type(b) in (bool, int) else divide(a, b)
    return a // b


def _remainder(a: Any, b: Any) -> Any:
    if b == 0 and type(b) in _KINDS:
        return 0 if type(a) in (bool, int) and type(b) in (bool, int) else math.nan
    return a % b


def power(a: Any, b: Any) -> Any:
    """a ** b; nan where it is not real."""
    if type(a) in (bool, int) and type(b) in (bool, int) and b < 0:
        raise ValueError("Integers to negative integer powers are not allowed.")
    try:
        made = a**b
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf
    return math.nan if isinstance(made, complex) else made


def _plain_or_logical(
    plain: Callable[[Any, Any], Any], logical: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    return lambda a, b: logical(a, b) if type(a) is bool and type(b) is bool else plain(a, b)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": _plain_or_logical(operator.add, lambda a, b: a or b),
    "sub": operator.sub,
    "mul": _plain_or_logical(operator.mul, lambda a, b: a and b),
    "truediv": divide,
    "floordiv": _floor_divide,
    "mod": _remainder,
    "pow": power,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}
for _name, _operation in _OPERATORS.items():
    _forward, _backward, _in_place = _binary(_operation)
    setattr(Array, f"__{_name}__", _forward)
    setattr(Array, f"__r{_name}__", _backward)
    setattr(Array, f"__i{_name}__", _in_place)
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Array, f"__{_name}__", _binary(getattr(operator, _name))[0])


# -- making and combining --


def kind_of(values: Sequence[Any]) -> int:
    """Position in `_NAMES` of the widest kind among the values; float where there are none."""
    if not values:
        return 2
    return max(_KINDS.get(kind, 4) for kind in set(map(type, values)))


def cast_to(kind: Any) -> Callable[[Any], Any]:
    """A converter to what a dtype names."""
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    if name.startswith("bool"):
        return bool
    if name.startswith(("int", "uint")):
        return int
    if name.startswith(("float", "double", "f4", "f8")):
        return float
    if name.startswith("str"):
        return str
    return lambda value: value


def _unified(values: list[Any]) -> list[Any]:
    kinds = set(map(type, values))
    if len(kinds) < 2:
        return values
    widest = max(_KINDS.get(kind, 4) for kind in kinds)
    if widest == 4:
        return values
    convert = (bool, int, float, str)[widest]
    return [value if type(value) is convert else convert(value) for value in values]


def as_array(value: Any, dtype: Any = None) -> Array:
    """An array of a number, a list of numbers, a list of lists, or an array (itself)."""
    if type(value) is Array:
        return value if dtype is None else value.astype(dtype)
    if isinstance(value, range | set | frozenset) or hasattr(value, "__next__"):
        value = list(value)
    data: list[Any] = []
    shape = _flatten(value, data)
    made = Array(_unified(data), shape)
    return made if dtype is None else made.astype(dtype)


def _flatten(value: Any, into: list[Any]) -> tuple[int, ...]:
    if type(value) is Array:
        into += value._data
        return value._shape
    if not isinstance(value, list | tuple | range):
        into.append(value)
        return ()
    shapes = {_flatten(item, into) for item in value}
    if len(into) > MAX_SIZE:
        raise MemoryError
    if len(shapes) > 1:
        raise ValueError("setting an array element with a sequence: the lists have an inhomogeneous shape")
    return (len(value), *(shapes.pop() if shapes else ()))


def broadcast(*arrays: Array) -> tuple[int, ...]:
    """The common shape. Raises ValueError when there is none."""
    shape: list[int] = []
    for position in range(1, max(array.ndim for array in arrays) + 1):
        sides = {array._shape[-position] for array in arrays if array.ndim >= position}
        sides.discard(1)
        if len(sides) > 1:
            shapes = " ".join(str(array._shape) for array in arrays)
            raise ValueError(f"operands could not be broadcast together with shapes {shapes}")
        shape.append(sides.pop() if sides else 1)
    return tuple(reversed(shape))


def broadcast_to(array: Array, shape: tuple[int, ...]) -> list[Any]:
    """The flat data of an array stretched to a shape."""
    if array._shape == shape:
        return array._data
    if array.ndim > len(shape) or broadcast(array, Array([], (*shape,)) if 0 in shape else Array([0], shape)) != shape:
        raise ValueError(f"could not broadcast input array from shape {array._shape} into shape {shape}")
    if len(array._data) == 1:
        return array._data * math.prod(shape)
    own = _strides(array._shape)
    strides = [0] * (len(shape) - array.ndim) + [
        0 if side == 1 else stride for side, stride in zip(array._shape, own, strict=True)
    ]
    return [array._data[at] for at in _offsets(shape, strides)]


def elementwise(operation: Callable[..., Any], *values: Any) -> Any:
    """The operation on each element of arrays of a common shape; on plain numbers, a plain number."""
    if not any(isinstance(value, Array | list | tuple) for value in values):
        return operation(*values)
    arrays = [as_array(value) for value in values]
    shape = broadcast(*arrays)
    if math.prod(shape) > MAX_SIZE:
        raise MemoryError
    columns = [broadcast_to(array, shape) for array in arrays]
    return Array(list(map(operation, *columns)), shape)


def to_plain(value: Any) -> Any:
    """An array as nested lists; anything else as it is."""
    return value.tolist() if type(value) is Array else value


def _strides(shape: tuple[int, ...]) -> list[int]:
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return strides


def _offsets(shape: tuple[int, ...], strides: Sequence[int]) -> Iterator[int]:
    steps = [
        range(0, side * stride, stride) if stride else [0] * side for side, stride in zip(shape, strides, strict=True)
    ]
    return map(sum, product(*steps))


def _bounded(index: Any, side: int, axis: int) -> int:
    try:
        at = operator.index(index)
    except TypeError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and integer or boolean arrays are valid indices"
        ) from None
    if not -side <= at < side:
        raise IndexError(f"index {at} is out of bounds for axis {axis} with size {side}")
    return at % side


def _nest(data: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return data[0]
    if len(shape) == 1:
        return list(data)
    block = math.prod(shape[1:])
    return [_nest(data[i * block : (i + 1) * block], shape[1:]) for i in range(shape[0])]


def _written(nested: Any) -> str:
    if isinstance(nested, list):
        return "[" + " ".join(map(_written, nested)) + "]"
    return repr(nested) if isinstance(nested, str | float) else str(nested)
