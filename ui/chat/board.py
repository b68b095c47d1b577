"""The picture on which a visitor points, and the gallery of what their session holds, as HTML.

The browser sends places as pixels of the original, y down, and nothing of them is trusted; `Marks` turns them into what
the agent takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...agent.pointing import Pointing
from ...tools.api import ImageRef
from ..report import environment
from ..wording import printable
from .addresses import view_address

if TYPE_CHECKING:
    from .talk import Talk

__all__ = ["RELAY", "Marks", "board_script", "pen_px", "render_board", "render_gallery"]

_MOST_POINTS = 20
_MOST_STROKES = 20
_SHOWN_MEDIA = 40  # of the gallery, unless all is asked for
_MOST_PLACES = 600  # that one stroke runs through

RELAY = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (button) trigger('act', {...button.dataset});
});
"""
"""Script of a component whose buttons say with `data-act` what they are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is marked on one picture: a box, points, or strokes of a pen; pixels of the original, y down."""

    media: str
    box: tuple[int, int, int, int] | None = None
    points: tuple[tuple[int, int], ...] = ()
    excluded: tuple[tuple[int, int], ...] = ()
    strokes: tuple[tuple[tuple[int, int], ...], ...] = ()

    def with_gesture(self, gesture: Mapping[str, Any]) -> Marks:
        """The marks after a click, a drag or a stroke: one kind of them takes the place of the others."""
        stroke = gesture.get("stroke")
        if isinstance(stroke, list):
            return self._with_stroke(stroke)
        numbers = [round(value) for value in gesture.get("place", ()) if isinstance(value, int | float)]
        if len(numbers) == 4:
            x1, x2 = sorted(numbers[::2])
            y1, y2 = sorted(numbers[1::2])
            return Marks(media=self.media, box=(x1, y1, x2, y2))
        if len(numbers) != 2 or len(self.points) + len(self.excluded) >= _MOST_POINTS:
            return self
        point = (numbers[0], numbers[1])
        if gesture.get("excluded"):
            return replace(self, box=None, strokes=(), excluded=(*self.excluded, point))
        return replace(self, box=None, strokes=(), points=(*self.points, point))

    def _with_stroke(self, stroke: list[Any]) -> Marks:
        places = [
            (round(place[0]), round(place[1]))
            for place in stroke[:_MOST_PLACES]
            if isinstance(place, list) and len(place) == 2 and all(isinstance(value, int | float) for value in place)
        ]
        if len(places) < 2 or len(self.strokes) >= _MOST_STROKES:
            return self
        return Marks(media=self.media, strokes=(*self.strokes, tuple(places)))

    def pointing(self, width: int, height: int) -> Pointing | None:
        """As the agent takes it, y up; None where nothing is meant by them.

        Args:
            width, height: of the picture, in pixels.
        """
        if self.box is None and not self.points and not self.strokes:
            return None
        x1, y1, x2, y2 = self.box or (0, 0, 0, 0)
        return Pointing(
            media=self.media,
            box=None if self.box is None else (x1, height - y2, x2, height - y1),
            points=tuple((x, height - 1 - y) for x, y in self.points),
            excluded=tuple((x, height - 1 - y) for x, y in self.excluded),
            strokes=tuple(tuple((x, height - 1 - y) for x, y in stroke) for stroke in self.strokes),
            stroke_px=pen_px(width, height),
        )


def pen_px(width: int, height: int) -> int:
    """How wide the pen is on a picture of that size."""
    return max(3, round(max(width, height) / 45))


def board_script() -> str:
    """The script that turns clicks, drags and keys on the picture into gestures."""
    return Path(__file__).with_name("board.js").read_text(encoding="utf-8")


def render_board(talk: Talk | None, media: Sequence[str], marks: Marks | None) -> str:
    """The first picture or video of the next question, with the marks on it."""
    artefact = None if talk is None or not media else talk.artefacts.find(media[0])
    view = None
    if talk is not None and artefact is not None and artefact.kind == "image":
        view = view_address(talk.id, ImageRef.whole(artefact.id, artefact.width, artefact.height))
    return (
        environment()
        .get_template("chat_board.html.j2")
        .render(
            artefact=artefact,
            name=printable(artefact.name) if artefact else "",
            view=view,
            film=f"/talks/{talk.id}/videos/{artefact.id}" if talk and artefact and not view else None,
            pen=pen_px(artefact.width, artefact.height) if artefact else 0,
            others=[]
            if talk is None
            else [printable(each.name) for one in media[1:] if (each := talk.artefacts.find(one))],
            marks=marks if marks is not None and artefact is not None and marks.media == artefact.id else None,
        )
    )


def render_gallery(talk: Talk | None, media: Sequence[str], *, everything: bool = False) -> str:
    """What the session holds, with what the next question is about marked.

    Args:
        everything: all of it, and not what came last alone.
    """
    items = []
    latest = [] if talk is None else talk.artefacts.gallery(None if everything else _SHOWN_MEDIA + 1)
    more = not everything and len(latest) > _SHOWN_MEDIA
    for artefact in latest[1:] if more else latest:
        frame = None if artefact.kind == "image" else 0
        ref = ImageRef.whole(artefact.id, artefact.width, artefact.height, frame=frame)
        assert talk is not None
        items.append(
            {
                "id": artefact.id,
                "name": printable(artefact.name),
                "origin": printable(artefact.origin),
                "kind": artefact.kind,
                "view": view_address(talk.id, ref),
                "chosen": artefact.id in media,
            }
        )
    return environment().get_template("chat_gallery.html.j2").render(items=items, more=more)
