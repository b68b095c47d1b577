"""The capabilities as LangChain tools, and the handles by which a chat model names pictures, regions and videos.

Each tool is generated from the capability's own typed arguments, with handles in the place of references. A handle is a
short name such as "region-3" for something of this question; what a model makes up is refused by name. Results are the
plain data that a program would get, with a handle at everything that can be asked about further.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, create_model

from ...tools.api import Box, ImageRef, Reference, Runtime, VideoRef, reference_from_wire
from ...tools.api.stopping import Stopped, stopped_by
from ...tools.capabilities import CAPABILITIES, Arguments, Capability
from ...tools.errors import ApiMisuse, EmptyPatch, LimitExceeded, SightlineError

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool

__all__ = ["Toolbox"]

_MOST_ITEMS = 40  # of a list in a result that the model is told
_MOST_CHARACTERS = 6000  # of one result that the model is told

Handle = Annotated[str, Field(min_length=1, max_length=40)]


class _Crop(Arguments):
    """A part of a picture or region; places in pixels of the whole picture, y up."""

    picture: Handle
    left: int
    lower: int
    right: int
    upper: int


class _Frame(Arguments):
    """One frame of a video."""

    video: Handle
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Toolbox:
    """The tools for one question.

    Args:
        refs: what the question is about.
        earlier: what earlier turns left behind.
        runtime: answers the calls, one at a time.
        served: capabilities that somebody here serves; only they become tools.
        most_calls: of experts, in all.
        stopped: whether the asker has stopped the question.
    """

    def __init__(
        self,
        refs: Sequence[Reference],
        *,
        runtime: Runtime,
        served: frozenset[str],
        most_calls: int,
        earlier: Sequence[Reference] = (),
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._runtime, self._served, self._most_calls, self._stopped = runtime, served, most_calls, stopped
        self._calls = 0
        self._lock = threading.Lock()  # a model may ask several tools at once; steps are told one after the other
        self._refs: dict[str, Reference] = {}
        self._counts: dict[str, int] = {}
        self.given = [self._named(ref) for ref in refs]
        self.earlier = [self._named(ref) for ref in earlier]

    def tools(self) -> list[StructuredTool]:
        """A tool for each capability that is served, and two that only name places."""
        from langchain_core.tools import StructuredTool

        made = [
            StructuredTool.from_function(
                self._call_of(capability),
                name=capability.name,
                description=_description(capability),
                args_schema=_schema(capability),
                handle_tool_error=True,
            )
            for capability in CAPABILITIES.values()
            if capability.name in self._served
        ]
        for function, name, schema in ((self._crop, "crop", _Crop), (self._frame, "frame", _Frame)):
            description = f"{(schema.__doc__ or '').strip()} Gives a handle; no expert is asked."
            made.append(
                StructuredTool.from_function(
                    _safely(function), name=name, description=description, args_schema=schema, handle_tool_error=True
                )
            )
        return made

    def resolve(self, handle: str) -> Reference | None:
        """What a handle names, None for one that was never given."""
        return self._refs.get(handle)

    def facts(self) -> str:
        """What the question is about, one line each."""
        return "\n".join(_fact(handle, self._refs[handle]) for handle in self.given)

    # -- calls --

    def _call_of(self, capability: Capability) -> Callable[..., str]:
        def call(**arguments: Any) -> str:
            if capability.target == "image":
                handles = arguments.pop("pictures")
                targets = [self._reference(handle, ImageRef) for handle in handles]
                return self._told(capability.name, targets, arguments)
            if capability.target == "video":
                return self._told(capability.name, self._reference(arguments.pop("video"), VideoRef), arguments)
            return self._told(capability.name, [], arguments)

        return _safely(call)

    def _told(self, name: str, target: Reference | list[Any], arguments: dict[str, Any]) -> str:
        with self._lock:
            if self._stopped():
                raise LimitExceeded("the run was cancelled")
            if self._calls >= self._most_calls:
                raise LimitExceeded(f"experts were asked {self._calls} times, which is the limit: answer now")
            self._calls += 1
            one = target[0] if isinstance(target, list) and len(target) == 1 else target
            try:
                with stopped_by(self._check_stopped):
                    result = self._runtime.call(name, one, arguments)
            except Stopped:
                raise LimitExceeded("the run was cancelled") from None
            if isinstance(one, list) and one:
                shown: Any = [self._with_handles(each, of) for each, of in zip(result, one, strict=True)]
            else:
                shown = self._with_handles(result, one if isinstance(one, ImageRef | VideoRef) else None)
        text = json.dumps(shown, ensure_ascii=False, default=str)
        return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]} ... (cut off)"

    def _check_stopped(self) -> None:
        if self._stopped():
            raise Stopped

    def _crop(self, picture: str, left: int, lower: int, right: int, upper: int) -> str:
        whole = self._reference(picture, ImageRef)
        wanted = Box(left, lower, right, upper).intersection(whole.box)
        if wanted is None:
            raise EmptyPatch(f"nothing of {picture} lies in that box; it covers {whole.box.as_tuple()}")
        return self._named(whole.at(wanted))

    def _frame(self, video: str, seconds: float) -> str:
        ref = self._reference(video, VideoRef)
        return self._named(ref.frame(ref.sample_at(seconds)))

    # -- handles --

    def _named(self, ref: Reference) -> str:
        for handle, known in self._refs.items():
            if known == ref:
                return handle
        whole = isinstance(ref, ImageRef) and ref.box == ref.bounds
        kind = "video" if isinstance(ref, VideoRef) else "picture" if whole else "region"
        self._counts[kind] = self._counts.get(kind, 0) + 1
        handle = f"{kind}-{self._counts[kind]}"
        self._refs[handle] = ref
        return handle

    def _reference(self, handle: str, kind: type[Any]) -> Any:
        found = self._refs.get(handle)
        if found is None:
            raise ApiMisuse(f"there is no {handle!r}; there are {', '.join(self._refs)}")
        if not isinstance(found, kind):
            needed = "a picture or region" if kind is ImageRef else "a video"
            raise ApiMisuse(f"{handle} is not {needed}")
        return found

    def _with_handles(self, value: Any, of: Reference | None) -> Any:
        """Plain data with handles: new pictures by theirs, and a region's beside each box."""
        if isinstance(value, Mapping):
            if "media" in value and "size" in value:
                return self._named(reference_from_wire(dict(value)))
            shown = {key: self._with_handles(item, of) for key, item in value.items() if key != "mask"}
            region = self._region(value, of)
            return shown if region is None else {"region": region, **shown}
        if isinstance(value, list | tuple):
            shown_items = [self._with_handles(item, of) for item in value[:_MOST_ITEMS]]
            more = len(value) - _MOST_ITEMS
            return [*shown_items, f"({more} more)"] if more > 0 else shown_items
        return round(value, 4) if isinstance(value, float) else value

    def _region(self, value: Mapping[str, Any], of: Reference | None) -> str | None:
        box = value.get("box")
        if not isinstance(box, list | tuple) or len(box) != 4 or not isinstance(of, ImageRef):
            return None
        try:
            mask = value.get("mask")
            return self._named(of.at(Box(*(round(side) for side in box)), mask=mask if isinstance(mask, str) else None))
        except EmptyPatch:
            return None


def _schema(capability: Capability) -> type[Arguments]:
    """The capability's arguments with handles of what is asked about."""
    targets: dict[str, Any] = {}
    if capability.target == "image":
        about = "Handles of pictures or regions; each is asked, and gives a result of its own."
        handles = Annotated[list[Handle], Field(min_length=1, max_length=16)]
        targets["pictures"] = (handles, Field(description=about))
    elif capability.target == "video":
        targets["video"] = (Handle, Field(description="Handle of a video."))
    made: type[Arguments] = create_model(f"{capability.name}_arguments", __base__=capability.arguments, **targets)
    return made


def _description(capability: Capability) -> str:
    text = f"{capability.asks[0].upper()}{capability.asks[1:]}."
    if capability.arguments.__doc__ and capability.arguments is not Arguments:
        own = capability.arguments.__dict__.get("__doc__") or ""
        text = f"{text} {' '.join(own.split())}".strip()
    return text


def _safely(function: Callable[..., str]) -> Callable[..., str]:
    """Errors of the tree are told to the model as what came back."""

    def call(**arguments: Any) -> str:
        from langchain_core.tools import ToolException

        try:
            return function(**arguments)
        except SightlineError as error:
            raise ToolException(f"{type(error).__name__}: {error}") from error

    return call


def _fact(handle: str, ref: Reference) -> str:
    if isinstance(ref, VideoRef):
        seconds = float(ref.frame_count / ref.fps)
        return f"{handle}: a video of {ref.width} x {ref.height} pixels, {seconds:.1f} seconds"
    if ref.box == ref.bounds:
        return f"{handle}: a picture of {ref.width} x {ref.height} pixels"
    return f"{handle}: the region {ref.box.as_tuple()} of a picture of {ref.width} x {ref.height} pixels; it is meant"
