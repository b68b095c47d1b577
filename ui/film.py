"""What a report shows of time: a filmstrip, spans on a time line, things drawn over their frames, and a clip to play.

Everything is read from the trace's steps; a step of another version that cannot be read gives no spans.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..agent.trace import MediaRecord, StepRecord
from ..tools.api import Box, ImageRef, VideoRef, reference_from_wire
from ..tools.errors import MediaError, SightlineError
from .marks import Region
from .views import HasFrames, View, ViewBook
from .wording import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Film", "Span", "Strip", "clip_of", "film_of", "frames_to_show", "spans_of", "video_ref"]

_STRIP_FRAMES = 8
_SHOWN_SPANS = 60
_SHOWN_MOMENTS = 80
_CLIP_SECONDS = 12.0
_CLIP_FPS = 10
_CLIP_WIDTH = 480
# As h0 to h7 of parts.css, so that a thing has one colour in the spans, in the frames and in the clip.
_HUES = (
    (255, 90, 79), (47, 168, 255), (255, 176, 32), (53, 199, 123),
    (195, 123, 255), (255, 121, 184), (39, 207, 214), (184, 210, 43),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time on the line; `left`, `width` and the moments when it was `seen` are fractions of the video."""

    label: str
    start_s: float
    end_s: float
    left: float
    width: float
    hue: int
    seen: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One frame of the filmstrip."""

    view: View
    time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A video of the trace: its filmstrip, what was found when, and a clip of it as a data URI, None without pixels."""

    name: str
    notes: tuple[str, ...]
    width: int
    height: int
    duration_s: float
    strip: tuple[Strip, ...]
    spans: tuple[Span, ...]
    clip: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A track as it is drawn into the clip: where it was at which time."""

    label: str
    color: tuple[int, int, int]
    places: list[tuple[float, Box]]


def video_ref(wire: Any) -> VideoRef | None:
    """The video reference of a wire form, None for an image or anything unreadable."""
    try:
        ref = reference_from_wire(wire)
    except SightlineError:
        return None
    return ref if isinstance(ref, VideoRef) else None


def film_of(media: MediaRecord, steps: list[StepRecord], book: ViewBook, held: Any) -> Film | None:
    """How a report shows a video of the trace; None when the trace does not say how its frames are counted."""
    try:
        ref = media.reference()
    except SightlineError:
        return None
    if not isinstance(ref, VideoRef):
        return None
    spans = [span for step in steps for span in spans_of(step) if _is_about(step, ref.media)][:_SHOWN_SPANS]
    places = [((2 * i + 1) * ref.frame_count) // (2 * _STRIP_FRAMES) for i in range(_STRIP_FRAMES)]
    frames = list(dict.fromkeys(places))
    strip = tuple(
        Strip(view=book.view(ImageRef.whole(ref.media, ref.width, ref.height, frame=f)), time_s=float(f / ref.fps))
        for f in frames
    )
    return Film(
        name=printable(media.name),
        notes=media.notes,
        width=ref.width,
        height=ref.height,
        duration_s=ref.end_s,
        strip=strip,
        spans=tuple(spans),
        clip=clip_of(held, ref, steps) if isinstance(held, HasFrames) else None,
    )


def _is_about(step: StepRecord, media: str) -> bool:
    return any(target.get("media") == media for target in step.targets)


def spans_of(step: StepRecord) -> list[Span]:
    """When something is that a step found, for steps about a video."""
    ref = next((found for target in step.targets if (found := video_ref(target)) is not None), None)
    if ref is None or not isinstance(step.result, Mapping):
        return []
    whole_s = float(ref.frame_count / ref.fps)
    hues: dict[str, int] = {}
    spans = []
    try:
        for label, kind, start_s, end_s, times in _told(step.result, ref):
            hue = hues.setdefault(kind, len(hues)) % 8
            left, right = (min(max(t / whole_s, 0.0), 1.0) for t in (start_s, end_s))
            text = printable(label)[:80]
            width = max(right - left, 0.004)
            seen = tuple(min(max(time_s / whole_s, 0.0), 1.0) for time_s in times[:_SHOWN_MOMENTS])
            spans.append(Span(label=text, start_s=start_s, end_s=end_s, left=left, width=width, hue=hue, seen=seen))
    except (KeyError, IndexError, TypeError, ValueError):
        return []
    return spans


def _told(result: Mapping[str, Any], ref: VideoRef) -> Iterator[tuple[str, str, float, float, list[float]]]:
    """(label, what decides its colour, start, end, when it was seen) of everything with a time in a result."""
    for track in result.get("tracks", ()):
        label = f"{track['label']} {track['id']}"
        times = [float(seen["time_s"]) for seen in track["frames"]]
        yield label, label, times[0], times[-1], times
    for key, name in (("texts", "text"), ("segments", "text"), ("moments", None), ("known", "text")):
        for item in result.get(key, ()):
            label = str(item[name]) if name else f"score {item['score']:.2f}"
            yield label, key, item["start_s"], item["end_s"], []
    for number, (start, end) in enumerate(result.get("shots", ()), start=1):
        first, last = ref.source_frame(start), ref.source_frame(end - 1)
        yield f"shot {number}", f"shot {number}", float(first / ref.fps), float((last + 1) / ref.fps), []


def frames_to_show(step: StepRecord, *, most: int) -> list[tuple[ImageRef, float, list[Region]]]:
    """Frames of a video, their times in seconds, and what the step found in them: where tracks are first, halfway and
    last, and shown text."""
    ref = next((found for target in step.targets if (found := video_ref(target)) is not None), None)
    if ref is None or not isinstance(step.result, Mapping):
        return []
    by_frame: dict[int, list[Region]] = {}
    try:
        for frame, box, label, confidence, number, hue in _places(step.result):
            region = Region(
                media=ref.media,
                frame=frame,
                image_height=ref.height,
                box=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
                label=printable(label),
                confidence=confidence,
                number=number,
                hue=hue,
            )
            by_frame.setdefault(frame, []).append(region)
        for frame, way in _ways(step.result, ref):
            by_frame.setdefault(frame, []).append(way)
    except (KeyError, IndexError, TypeError, ValueError):
        return []
    frames = sorted(f for f in by_frame if 0 <= f < ref.frame_count)
    step_by = max(1, -(-len(frames) // most))
    return [
        (ImageRef.whole(ref.media, ref.width, ref.height, frame=f), float(f / ref.fps), by_frame[f])
        for f in frames[::step_by]
    ]


def _places(result: Mapping[str, Any]) -> Iterator[tuple[int, Any, str, float | None, int, int]]:
    """(frame, box, label, confidence, number, hue); numbers and hues as those of the spans."""
    tracks = result.get("tracks", ())
    every = {one["frame"] for track in tracks for one in _three(track["frames"])}
    for hue, track in enumerate(tracks):
        for one in track["frames"]:
            if one["frame"] in every:
                yield one["frame"], one["box"], f"{track['label']} {track['id']}", one["confidence"], track["id"], hue
    for number, text in enumerate(result.get("texts", ()), start=1):
        yield text["seen"]["frame"], text["seen"]["box"], text["text"], text["confidence"], number, 0


def _three(seen: list[Any]) -> tuple[Any, Any, Any]:
    return seen[0], seen[len(seen) // 2], seen[-1]


def _ways(result: Mapping[str, Any], ref: VideoRef) -> Iterator[tuple[int, Region]]:
    """The way that each track took, on the frame where it was seen last; numbers and hues as those of the spans."""
    for hue, track in enumerate(result.get("tracks", ())):
        seen = track["frames"]
        xs = [(one["box"][0] + one["box"][2]) / 2 for one in seen]
        ys = [(one["box"][1] + one["box"][3]) / 2 for one in seen]
        left, lower = min(xs), min(ys)
        wide, tall = max(max(xs) - left, 1.0), max(max(ys) - lower, 1.0)
        line = [at for x, y in zip(xs, ys, strict=True) for at in ((x - left) / wide, 1 - (y - lower) / tall)]
        yield (
            seen[-1]["frame"],
            Region(
                media=ref.media,
                frame=seen[-1]["frame"],
                image_height=ref.height,
                box=(left, lower, left + wide, lower + tall),
                label=printable(f"{track['label']} {track['id']}"),
                shape="way",
                outline=(tuple(line),),
                number=track["id"],
                hue=hue,
            ),
        )


def clip_of(video: HasFrames, ref: VideoRef, steps: list[StepRecord]) -> str | None:
    """A short MP4 around what was found, with the tracks drawn over it, as a data URI; None when it cannot be made."""
    spans = [span for step in steps for span in spans_of(step) if span.width < 0.999]
    start_s = max(0.0, min((span.start_s for span in spans), default=0.0) - 0.5)
    end_s = min(ref.end_s, max((span.end_s for span in spans), default=ref.end_s) + 0.5, start_s + _CLIP_SECONDS)
    boxes = _drawn(steps, ref.media)
    try:
        data = _encoded(video, ref, start_s, max(end_s, start_s + 0.2), boxes)
    except (MediaError, ImportError):
        return None
    return "data:video/mp4;base64," + base64.b64encode(data).decode() if data else None


def _drawn(steps: list[StepRecord], media: str) -> list[_Drawn]:
    """Each track as its label, its colour, and where it was at which time."""
    tracks = []
    for step in steps:
        found = step.result.get("tracks", ()) if isinstance(step.result, Mapping) and _is_about(step, media) else ()
        for hue, track in enumerate(found):
            try:
                places = [(float(seen["time_s"]), Box(*seen["box"])) for seen in track["frames"]]
            except (KeyError, TypeError, SightlineError):
                continue
            label = f"{track.get('label')} {track.get('id')}"
            tracks.append(_Drawn(label=label, color=_HUES[hue % len(_HUES)], places=places))
    return tracks


def _encoded(video: HasFrames, ref: VideoRef, start_s: float, end_s: float, boxes: list[_Drawn]) -> bytes:
    import av

    width = min(_CLIP_WIDTH, ref.width) // 2 * 2 or 2
    height = max(2, round(ref.height * width / ref.width) // 2 * 2)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}) as out:
        stream: Any = out.add_stream("libx264", rate=_CLIP_FPS, options={"preset": "veryfast", "crf": "28"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(max(2, round((end_s - start_s) * _CLIP_FPS))):
            time_s = start_s + number / _CLIP_FPS
            index = min(ref.frame_count - 1, int(time_s * ref.fps))
            pixels = _with_boxes(video.frame(index, size=(width, height)), ref, time_s, boxes)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode())
    return buffer.getvalue()


def _with_boxes(pixels: NDArray[np.uint8], ref: VideoRef, time_s: float, boxes: list[_Drawn]) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image, ImageDraw

    image = Image.fromarray(np.ascontiguousarray(pixels))
    draw = ImageDraw.Draw(image)
    scale = image.width / ref.width
    for one in boxes:
        near = min(one.places, key=lambda place: abs(place[0] - time_s), default=None)
        if near is None or abs(near[0] - time_s) > 0.5:
            continue
        x1, y1, x2, y2 = (value * scale for value in near[1].to_xyxy(ref.height))
        draw.rectangle((x1, y1, x2, y2), outline=one.color, width=2)
        label = printable(one.label).encode("ascii", "replace").decode()
        place = (x1 + 3, max(0, y1 - 14))
        draw.rectangle(draw.textbbox(place, label), fill=(20, 23, 26))
        draw.text(place, label, fill=one.color)
    return np.asarray(image)
