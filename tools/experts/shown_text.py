"""`texts`: the lines that can be read over time, each once, with when it comes and goes.

Frames are read a few times a second, and only where the picture has changed since it was last read. Readings of one
line vote on its text, weighted by how sure each was. When exactly a line comes and goes is found between the readings
by comparing its place in the picture, which costs no reading.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..results import TextLine, TextLines
from ..results_in_time import Seen, ShownText, ShownTexts
from .base import Expert, ExpertRequest
from .footage import Footage, placed
from .registry import register

__all__ = ["TextOverTime"]

_STEP_S = 0.4
_MOST_READINGS = 240
_LOOK_WIDTH = 192
_CHANGED = 5.0  # of 255, mean over a block: a block that differs by more makes the frame worth reading
_BLOCKS = (9, 16)
_ALIKE = 0.55
_SEEN_ONCE = 0.9  # a line that was read only once must be as sure as this
_STILL_THERE = 0.6  # correlation with the line as it was read
_MISSED = 2  # readings in a row that may miss a line before it has gone

Pixels = npt.NDArray[np.uint8]


@dataclass(slots=True)
class _Line:
    """One line on its way: readings with their frames."""

    read: list[tuple[int, TextLine]] = field(default_factory=list)
    last_index: int = 0  # of the last frame looked at in which it was there

    @property
    def last(self) -> TextLine:
        return self.read[-1][1]

    def text(self) -> str:
        """The vote: by whole line first; between lines of one length letter by letter."""
        weights: dict[str, float] = {}
        for _, line in self.read:
            weights[line.text] = weights.get(line.text, 0.0) + max(0.05, line.confidence or 0.5) ** 4
        best, weight = max(weights.items(), key=lambda item: item[1])
        if weight > 0.5 * sum(weights.values()):
            return best
        same = [(text, w) for text, w in weights.items() if len(text) == len(best)]
        letters = []
        for place in range(len(best)):
            votes: dict[str, float] = {}
            for text, w in same:
                votes[text[place]] = votes.get(text[place], 0.0) + w
            letters.append(max(votes, key=lambda letter: votes[letter]))
        return "".join(letters)


@register
class TextOverTime(Expert):
    """Captions, signs and titles, with when they come and go."""

    name = "text-over-time"
    capabilities = ("texts",)
    version = "1"
    packages = ("opencv-python-headless",)
    thread_safe = True
    limits = "As good as the text reader; reads two to three times a second at most, so a shorter line may be missed."

    def serve(self, request: ExpertRequest) -> ShownTexts:
        footage = request.footage
        assert footage is not None
        frames = footage.every(_STEP_S, most=_MOST_READINGS)
        open_lines: list[_Line] = []
        done: list[_Line] = []
        read_look: Pixels | None = None
        for index, frame in enumerate(frames):
            look = _gray(footage.pixels(frame, width=_LOOK_WIDTH))
            if read_look is not None and not _changed(read_look, look):
                for line in open_lines:
                    if line.last_index == index - 1:
                        line.last_index = index
                continue
            read_look = look
            _read(footage, frame, index, open_lines)
            gone = [line for line in open_lines if index - line.last_index > _MISSED]
            done += gone
            open_lines = [line for line in open_lines if line not in gone]
        lines = [line for line in [*done, *open_lines] if _is_line(line)]
        shown = [_placed_in_time(line, frames, footage) for line in lines]
        return ShownTexts(texts=sorted((s for s in shown if s is not None), key=lambda s: (s.start_s, s.end_s)))


def _gray(rgb: Pixels) -> Pixels:
    import cv2

    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def _changed(before: Pixels, now: Pixels) -> bool:
    import cv2

    apart = np.abs(before.astype(np.int16) - now).astype(np.float32)
    blocks = cv2.resize(apart, _BLOCKS[::-1], interpolation=cv2.INTER_AREA)
    return bool(blocks.max() > _CHANGED)


def _read(footage: Footage, frame: int, index: int, lines: list[_Line]) -> None:
    """Read a frame and hand each line to the one that it continues."""
    found = footage.ask(frame, "read_text", {})
    assert isinstance(found, TextLines)
    free = list(lines)
    for line in found.lines:
        fitting = [known for known in free if _same(known.last, line)]
        if fitting:
            known = max(fitting, key=lambda k: difflib.SequenceMatcher(None, k.last.text, line.text).ratio())
            free.remove(known)
        else:
            known = _Line()
            lines.append(known)
        known.read.append((frame, line))
        known.last_index = index


def _same(a: TextLine, b: TextLine) -> bool:
    """Whether two readings are of one line: about the same words at about the same place, or moved a little."""
    height = max(a.box[3] - a.box[1], b.box[3] - b.box[1])
    middle_a = ((a.box[0] + a.box[2]) / 2, (a.box[1] + a.box[3]) / 2)
    middle_b = ((b.box[0] + b.box[2]) / 2, (b.box[1] + b.box[3]) / 2)
    alike = difflib.SequenceMatcher(None, a.text.lower(), b.text.lower()).ratio()
    near = abs(middle_a[1] - middle_b[1]) < 2 * height and abs(middle_a[0] - middle_b[0]) < 4 * height
    return alike >= (_ALIKE if near else 0.9)


def _is_line(line: _Line) -> bool:
    return len(line.read) > 1 or (line.last.confidence or 0.0) >= _SEEN_ONCE


def _placed_in_time(line: _Line, frames: list[int], footage: Footage) -> ShownText | None:
    first = line.read[0][0]
    last = frames[line.last_index]
    place = frames.index(first)
    before = frames[place - 1] if place > 0 else None
    after = frames[line.last_index + 1] if line.last_index + 1 < len(frames) else None
    start = footage.ref.first_frame if before is None else _border(footage, line.read[0][1], first, before, first)
    end = footage.ref.last_frame if after is None else _border(footage, line.last, line.read[-1][0], after, last)
    frame, best = max(line.read, key=lambda each: each[1].confidence or 0.0)
    box = placed(best.box, footage.ref)
    if box is None:
        return None
    return ShownText(
        text=line.text(),
        start_s=footage.time_s(start),
        end_s=footage.time_s(end + 1),
        confidence=best.confidence,
        seen=Seen(frame=frame, time_s=footage.time_s(frame), box=box, confidence=best.confidence),
    )


def _border(footage: Footage, line: TextLine, shown: int, without: int, with_it: int) -> int:
    """The frame next to `without` at which the line can still be seen, between that and `with_it`."""
    wanted = _cut(footage, shown, line)
    while abs(with_it - without) > 1:
        middle = (with_it + without) // 2
        if _alike(_cut(footage, middle, line), wanted) > _STILL_THERE:
            with_it = middle
        else:
            without = middle
    return with_it


def _cut(footage: Footage, frame: int, line: TextLine) -> npt.NDArray[np.float32]:
    pixels = footage.pixels(frame)
    x1, y1, x2, y2 = (max(0, int(v)) for v in line.box)
    return np.asarray(pixels[y1 : y2 + 1, x1 : x2 + 1].mean(axis=2), np.float32)


def _alike(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """Normalised correlation, so that another background behind the same letters does not count."""
    a, b = a - a.mean(), b - b.mean()
    strength = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / strength if strength > 1 else 0.0
