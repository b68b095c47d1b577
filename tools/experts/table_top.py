"""The trained table-top detector as an expert: finds things by name, and says their color, material, shape and size.

A picture is looked at once, as a whole; a question about a crop picks the thing that the crop is about. Names with a
word from outside this world, and pictures of anything else, raise OutsideWorld, so that the next expert of the profile
is asked. Where words are laid over a picture, as over a film, it is judged without them. Depth is the distance forward
on the table, which is how this world decides front and behind.
"""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING

from ..capabilities import Names, Property, Question, Texts
from ..errors import ExpertError, OutsideWorld
from ..results import (
    Answer,
    Colors,
    Depth,
    Detection,
    Detections,
    Result,
    Scores,
    Survey,
    Surveyed,
    TextLines,
    Verdict,
)
from .base import Expert, ExpertRequest
from .known_words import without_common_start
from .registry import register

if TYPE_CHECKING:
    from ..mllm.detector.found import Found
    from ..mllm.detector.scene import SceneReader, TableScene

__all__ = ["TableTop"]

_THIS = r"(?:this|it|that|(?:this|that|the) (?:object|thing|item))"
_ATTRIBUTE = r"(?P<attribute>colou?r|material|shape|size)"
_WHAT_ATTRIBUTE = re.compile(
    rf"^(?:what|which) {_ATTRIBUTE}(?: (?:is|of|has|does) (?P<thing>.+?)(?: have)?)?$"
    rf"|^what is (?:the|its) (?P<attribute_2>colou?r|material|shape|size)(?: of (?P<thing_2>.+))?$"
)
_HOW_BIG = re.compile(r"^how (?:big|large) is (?P<thing>.+)$")
_MADE_OF = re.compile(r"^what is (?P<thing>.+) made (?:out )?of$")
_WHAT = re.compile(rf"^what(?: (?:kind|sort) of)?(?: object| thing)? is {_THIS}$")
_HOW_MANY = re.compile(r"^how many (?P<name>.+?)(?: (?:are|is) there| (?:do|can) (?:you|we|i) see| are visible)?$")
_IS_THERE = re.compile(r"^(?:is|are) there (?:(?:an?|any|some) )?(?P<name>.+)$")


@register
class TableTop(Expert):
    """Cubes, spheres and cylinders on a table: found by name, told apart by color, material, shape and size."""

    name = "table-top"
    capabilities = ("detect", "verify_property", "match", "answer", "color", "depth")
    version = "2"
    packages = ("torch", "safetensors")
    thread_safe = True
    memory_mb = 60
    surveys = True
    world = "cubes, spheres and cylinders on a table (large or small, metal or rubber, in eight colors)"
    limits = "Knows pictures of the table-top world only, and says so of all others; sees whole pictures, not cut ones."

    @classmethod
    def missing(cls) -> str | None:
        from ..mllm.detector.config import WEIGHTS

        if WEIGHTS.is_file():
            return None
        return (
            "the expert table-top needs the detector's weights, which are not installed: "
            "python -m sightline.tools.mllm.detector.train --minutes 60 --out runs/detector"
        )

    def load(self) -> None:
        from ..mllm.detector.detector import Detector
        from ..mllm.detector.scene import SceneReader
        from ..mllm.detector.trust import CANDIDATE, Trust

        self.reader: SceneReader = SceneReader(Detector.load(threshold=CANDIDATE), Trust.load())

    def serve(self, request: ExpertRequest) -> Result:
        asked = request.arguments
        if request.capability == "survey":
            return _surveyed(self.reader.look(request.pixels, covered=lambda: _words_over(request)))
        if isinstance(asked, Names):
            return self._presumed(request, asked.names) if asked.presumed else self._detect(request, asked.names)
        if isinstance(asked, Property):
            return self._verify(request, asked.name, asked.attribute)
        if isinstance(asked, Texts):
            return self._match(request, asked.texts)
        if isinstance(asked, Question):
            return self._answer(request, asked.question)
        if request.capability == "depth":
            return self._depth(request)
        chances = self._subject(request).chances["color"]
        ranked = sorted(chances.items(), key=lambda entry: -entry[1])
        return Colors(name=ranked[0][0], fractions={word: round(p, 4) for word, p in ranked if p >= 0.00005})

    # -- the scene --

    def _scene(self, request: ExpertRequest) -> TableScene:
        assert request.whole is not None  # all of this is asked of images
        if isinstance(request.survey, Survey):
            return _scene_of(request.survey)
        return self.reader.read(request.whole.id, request.whole.pixels)

    def _subject(self, request: ExpertRequest, name: str | None = None) -> Found:
        """The thing that the crop is about, or the only one in it that fits the name."""
        from ..mllm.detector.names import understand

        wanted = None if name is None else understand(name)
        scene, region = self._scene(request), _region(request)
        subject = scene.about(region)
        if wanted is not None and (subject is None or not wanted.fits(subject)):
            fitting = [thing for thing in scene.within(region) if wanted.fits(thing)]
            subject = fitting[0] if len(fitting) == 1 else None
        if subject is None:
            raise OutsideWorld("this region is not about one of the things on the table")
        return subject

    # -- what is asked --

    def _detect(self, request: ExpertRequest, names: list[str]) -> Detections:
        from ..mllm.detector.names import understand

        asked = [(name, understand(name)) for name in dict.fromkeys(names)]
        scene, region = self._scene(request), _region(request)
        items, sure = [], 1.0
        for name, wanted in asked:
            sure *= scene.sureness(wanted, region)
            for thing in scene.within(region):
                if wanted.fits(thing):
                    items.append(_detection(name, thing, thing.score * wanted.chance(thing), region))
        return Detections(items=items, confidence=sure)

    def _presumed(self, request: ExpertRequest, names: list[str]) -> Detections:
        """For each name the thing that it most likely means, given that it means exactly one."""
        from ..mllm.detector.names import understand

        asked = [(name, understand(name)) for name in dict.fromkeys(names)]
        scene, region = self._scene(request), _region(request)
        items, sure = [], 1.0
        for name, wanted in asked:
            meant = scene.meant(wanted, region)
            if meant is not None:
                thing, chance = meant
                sure *= chance
                items.append(_detection(name, thing, chance, region))
        return Detections(items=items, confidence=sure)

    def _verify(self, request: ExpertRequest, name: str, attribute: str) -> Verdict:
        from ..mllm.detector.names import knows, understand

        wanted = understand(attribute)
        chance = wanted.chance(self._subject(request, name if knows(name) else None))
        return Verdict(value=chance >= 0.5, confidence=max(chance, 1 - chance))

    def _match(self, request: ExpertRequest, texts: list[str]) -> Scores:
        from ..mllm.detector.names import understand

        wanted = [understand(text) for text in without_common_start(texts)]
        scene, region = self._scene(request), _region(request)
        subject = scene.about(region)
        shown = [subject] if subject is not None else scene.within(region)
        scores = [max((each.chance(thing) for thing in shown), default=0.0) for each in wanted]
        first, second = [*sorted(scores, reverse=True), 0.0][:2]
        sure = first / (first + second) if first > 0 else 0.0
        return Scores(scores=scores, confidence=sure if len(scores) > 1 else None)

    def _answer(self, request: ExpertRequest, question: str) -> Answer:
        plain = " ".join(question.lower().split()).strip(" ?.!")
        attribute, thing = _attribute_asked(plain)
        if attribute is not None:
            named = None if thing is None or re.fullmatch(_THIS, thing) else thing
            values = self._subject(request, named).chances[attribute]
            word = max(values, key=lambda value: values[value])
            return Answer(text=word, confidence=values[word])
        if _WHAT.match(plain):
            found = self._subject(request)
            sure = found.score
            for values in found.chances.values():
                sure *= max(values.values())
            return Answer(text=found.name, confidence=sure)
        counted, there = _HOW_MANY.match(plain), _IS_THERE.match(plain)
        if counted or there:
            found_all = self._detect(request, [(counted or there)["name"]])  # type: ignore[index]
            number = len(found_all.items)
            text = str(number) if counted else "yes" if number else "no"
            return Answer(text=text, confidence=found_all.confidence)
        raise OutsideWorld(f"the table-top detector does not understand the question {question[:80]!r}")

    def _depth(self, request: ExpertRequest) -> Depth:
        scene, region = self._scene(request), _region(request)
        subject = scene.about(region)
        shown = [subject] if subject is not None else scene.within(region)
        if not shown:
            raise OutsideWorld("this region shows nothing whose distance the table-top detector knows")
        return Depth(median=median(thing.ground[1] for thing in shown))


def _detection(name: str, thing: Found, chance: float, region: tuple[int, int, int, int]) -> Detection:
    left, top = region[:2]
    x1, y1, x2, y2 = thing.box
    return Detection(
        box=(x1 - left, y1 - top, x2 - left, y2 - top), label=name, confidence=min(chance, 1.0), place=thing.ground
    )


def _region(request: ExpertRequest) -> tuple[int, int, int, int]:
    assert request.whole is not None
    return request.whole.box


def _attribute_asked(question: str) -> tuple[str | None, str | None]:
    """The attribute that a question asks for and the words for the thing, None where it says neither."""
    match = _WHAT_ATTRIBUTE.match(question)
    if match:
        attribute = (match["attribute"] or match["attribute_2"]).replace("colour", "color")
        return attribute, match["thing"] or match["thing_2"]
    for pattern, attribute in ((_HOW_BIG, "size"), (_MADE_OF, "material")):
        match = pattern.match(question)
        if match:
            return attribute, match["thing"]
    return None, None


def _surveyed(scene: TableScene | None) -> Survey:
    if scene is None:
        return Survey(things=None)
    return Survey(things=[_kept(one) for one in scene.things], doubtful=[_kept(one) for one in scene.doubtful])


def _kept(thing: Found) -> Surveyed:
    return Surveyed(
        box=thing.box,
        score=min(thing.score, 1.0),
        center=thing.center,
        place=thing.ground,
        depth=thing.depth,
        chances={name: {word: min(chance, 1.0) for word, chance in of.items()} for name, of in thing.chances.items()},
    )


def _scene_of(survey: Survey) -> TableScene:
    """Raises: OutsideWorld when the picture is not one of the table-top world."""
    from ..mllm.detector.found import Found
    from ..mllm.detector.scene import FOREIGN, TableScene

    if survey.things is None:
        raise OutsideWorld(FOREIGN)

    def found(one: Surveyed) -> Found:
        return Found(
            box=one.box, score=one.score, center=one.center, ground=one.place, depth=one.depth, chances=one.chances
        )

    return TableScene(things=tuple(map(found, survey.things)), doubtful=tuple(map(found, survey.doubtful)))


def _words_over(request: ExpertRequest) -> list[tuple[float, float, float, float]]:
    """Where words stand in the picture; nowhere where nobody here can read."""
    try:
        read = request.ask("read_text", {})
    except ExpertError:
        return []
    assert isinstance(read, TextLines)
    return [line.box for line in read.lines]
