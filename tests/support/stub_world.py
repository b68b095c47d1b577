"""A stub runtime over small known worlds, so that a program's answer can be known beforehand.

A world is plain data: objects with names, attributes, boxes and depth, lines of text, codes; a video world has one such
scene per frame. `WorldRuntime` answers calls from it as a good but literal-minded expert would: a detector that knows
attribute words and nothing of relations or superlatives, a reader, and a question answerer that only knows what is in
the crop it is shown. It counts nothing and relates nothing for the program, so a wrong program gives a wrong answer.
Arguments and targets are judged by the real table of capabilities.

Boxes are (left, lower, right, upper) in pixels of the whole picture, y up, as on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sightline.tools.api.refs import Box, ImageRef, VideoRef
from sightline.tools.capabilities import capability as capability_of
from sightline.tools.errors import ApiMisuse, ExpertUnavailable

from .phrases import ANYTHING, FILLERS, attribute_words, describes, is_generic, names_of, words_of

__all__ = ["CAPABILITIES", "WorldRuntime"]


def _box(values: Sequence[int]) -> Box:
    return Box(*values)


def _inside(box: Box, region: Box) -> Box | None:
    """The part of a box that a crop shows, if it shows at least half of it."""
    common = box.intersection(region)
    return common if common is not None and 2 * common.area >= box.area else None


def _detection(box: Box, label: str) -> dict[str, Any]:
    return {"box": list(box.as_tuple()), "label": label, "confidence": 0.9, "mask": None}


class WorldRuntime:
    """Serves the program API from worlds, and remembers each call as (capability, arguments).

    Args:
        worlds: by media id; a world with "frames" is a video, any other a picture.
    """

    def __init__(self, worlds: Mapping[str, Mapping[str, Any]]) -> None:
        self._worlds = worlds
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def reference(self, media: str) -> ImageRef | VideoRef:
        """The whole picture or video of that id."""
        world = self._worlds[media]
        width, height = world.get("size", (640, 480))
        if "frames" not in world:
            return ImageRef.whole(media, width, height)
        count = len(world["frames"])
        return VideoRef(
            media=media,
            width=width,
            height=height,
            frame_count=count,
            fps=Fraction(world.get("fps", 1)),
            samples=count,
            start=0,
            end=count,
        )

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        """Serve one call; the same question asked of several references gives a list of results."""
        asked = capability_of(capability)
        asked.check_arguments(arguments)
        asked.check_targets(target)
        self.calls.append((capability, dict(arguments)))
        serve = getattr(self, f"_serve_{capability}", None)
        if serve is None:
            raise ExpertUnavailable(f"the stub world has no expert for {capability}")
        if capability in ("ask_llm", "select_answer"):
            return serve(target, arguments)
        if isinstance(target, list | tuple):
            return [serve(one, arguments) for one in target]
        return serve(target, arguments)

    # what a crop shows

    def _scene(self, ref: ImageRef) -> Mapping[str, Any]:
        if not isinstance(ref, ImageRef):
            raise ApiMisuse("the stub world is asked about pictures and frames only")
        world = self._worlds.get(ref.media)
        if world is None:
            raise ApiMisuse(f"the stub world does not know the media {ref.media!r}")
        scene: Mapping[str, Any] = world["frames"][ref.frame] if ref.frame is not None else world
        return scene

    def _seen(self, ref: ImageRef) -> list[tuple[Mapping[str, Any], Box]]:
        """What the crop shows, in no useful order, as from a real detector: a program must sort for itself."""
        shown = [(thing, _inside(_box(thing["box"]), ref.box)) for thing in self._scene(ref).get("objects", ())]
        seen = [(thing, box) for thing, box in shown if box is not None]
        return sorted(seen, key=lambda entry: (1636 * entry[1].left + 1129 * entry[1].lower) % 251)

    def _main(self, ref: ImageRef) -> Mapping[str, Any] | None:
        """The object whose box is most nearly the crop; a whole picture is of no single object."""
        if ref.box == ref.bounds:
            return None
        seen = [(_box(thing["box"]).iou(ref.box), index, thing) for index, (thing, _) in enumerate(self._seen(ref))]
        best = max(seen, key=lambda entry: entry[:2], default=None)
        return best[2] if best is not None and best[0] >= 0.4 else None

    def _candidates(self, ref: ImageRef) -> list[Mapping[str, Any]]:
        main = self._main(ref)
        return [main] if main is not None else [thing for thing, _ in self._seen(ref)]

    # the capabilities

    def _serve_detect(self, ref: ImageRef, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = []
        for name in arguments["names"]:
            things = [(thing["name"], box) for thing, box in self._seen(ref) if describes(name, thing)]
            found += [_detection(box, label if is_generic(name) else name) for label, box in things]
            found += [_detection(_box(line["box"]), name) for line in self._written(ref, name)]
            if words_of(name) == ["face"]:
                found += self._serve_faces(ref, {})
        return found

    def _written(self, ref: ImageRef, name: str) -> list[Mapping[str, Any]]:
        """The lines or codes that a name such as "text", "price", "qr code" or "word 'exit'" stands for."""
        if re.fullmatch(r"(the )?(bar ?codes?|qr ?codes?|codes?)", name.lower()):
            codes: list[Mapping[str, Any]] = self._serve_codes(ref, {})["codes"]
            wanted = "QR" if "qr" in name.lower() else ""
            return [code for code in codes if wanted in code["format"]]
        quoted = re.fullmatch(
            r"(?:the )?(?:text|word|words|line|sign)?(?: saying| that says)? ?[\"'](.+)[\"']", name, re.I
        )
        kinds = {
            "text": r"\S",
            "word": r"\S",
            "price": r"[$€£]\s*\d|\b\d+[.,]\d\d\b",
            "number": r"\d",
            "date": r"\d+/\d+",
        }
        pattern = re.escape(quoted.group(1)) if quoted else kinds.get(" ".join(words_of(name)))
        lines = self._serve_read_text(ref, {})["lines"]
        return [line for line in lines if pattern is not None and re.search(pattern, line["text"], re.I)]

    def _serve_segment(self, ref: ImageRef, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        return self._serve_detect(ref, {"names": [arguments.get("name") or "object"]})

    def _serve_foreground(self, ref: ImageRef, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        largest_first = sorted(self._seen(ref), key=lambda entry: -entry[1].area)
        return [_detection(box, thing["name"]) for thing, box in largest_first]

    def _serve_verify_property(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, Any]:
        name, attribute = arguments["name"], arguments["attribute"]
        main = self._main(ref)
        if main is not None and describes(name, main):
            asked: Iterable[Mapping[str, Any]] = [main]
        else:
            asked = [thing for thing, _ in self._seen(ref) if describes(name, thing)]
        value = any(describes(attribute, thing, name_needed=False) for thing in asked)
        return {"value": value, "confidence": 0.9}

    def _serve_match(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {"scores": [self._match(ref, text) for text in arguments["texts"]]}

    def _match(self, ref: ImageRef, text: str) -> float:
        wanted = [word for word in words_of(text) if word not in FILLERS] or words_of(text)
        best = 0.0
        for thing in self._candidates(ref):
            known = attribute_words(thing) | {word for name in names_of(thing) for word in name} | ANYTHING
            best = max(best, sum(word in known for word in wanted) / len(wanted))
        written = set(words_of(" ".join(line["text"] for line in self._serve_read_text(ref, {})["lines"])))
        return round(max(best, 0.8 * sum(word in written for word in wanted) / len(wanted)), 3)

    def _serve_answer(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, Any]:
        question = arguments.get("question") or "What is this?"
        return {"text": self._answer(ref, question), "confidence": 0.8}

    def _answer(self, ref: ImageRef, question: str) -> str:
        asked = words_of(question)
        main = self._main(ref)
        for known in (main or {}, self._scene(ref)):
            for keywords, reply in known.get("answers", {}).items():
                if all(word in asked for word in words_of(keywords)):
                    return str(reply)
        if main is not None and {"say", "written", "read", "text", "writing"} & set(asked):
            return " ".join(line["text"] for line in self._serve_read_text(ref, {})["lines"])
        thing = main or self._only_one_meant(ref, asked)
        if thing is not None:
            for key, cues in {
                "color": {"color"},
                "material": {"material", "made"},
                "size": {"size", "large"},
                "shape": {"shape"},
            }.items():
                if cues & set(asked) and asked[0] not in ("is", "are", "does"):
                    return str(thing.get(key, thing["name"] if key == "shape" else "unknown"))
            for side in re.findall(r"(?=\b(\w+) or (?:an? |the )?(\w+))", question.lower()):
                fitting = [word for word in side if describes(word, thing, name_needed=False)]
                if fitting:
                    return str(fitting[0])
            if asked and asked[0] in ("is", "are", "does", "do", "has"):
                return "yes" if describes(" ".join(asked), thing, name_needed=False) else "no"
            if main is not None and "doing" not in asked and {"what", "name", "who", "which"} & set(asked):
                return str(thing["name"])
        return str(self._scene(ref).get("reply", "unknown"))

    def _only_one_meant(self, ref: ImageRef, asked: Sequence[str]) -> Mapping[str, Any] | None:
        """The one object of a wide view that a question can be about: the only one that it names."""
        named = [thing for thing, _ in self._seen(ref) if any(set(name) <= set(asked) for name in names_of(thing))]
        return named[0] if len(named) == 1 else None

    def _serve_caption(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, Any]:
        things = " and ".join(f"a {thing['name']}" for thing in self._candidates(ref)) or "nothing"
        return {"text": str(self._scene(ref).get("caption", f"a picture of {things}")), "confidence": 0.8}

    def _serve_depth(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, Any]:
        main = self._main(ref)
        return {"median": float((main or {}).get("depth", 10.0))}

    def _serve_read_text(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, Any]:
        lines = [(line, _inside(_box(line["box"]), ref.box)) for line in self._scene(ref).get("texts", ())]
        shown = [
            {"box": list(box.as_tuple()), "text": line["text"], "confidence": 0.95}
            for line, box in lines
            if box is not None
        ]
        return {"lines": sorted(shown, key=lambda line: (-line["box"][3] // 20, line["box"][0]))}

    def _serve_codes(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, Any]:
        shown = [(code, _inside(_box(code["box"]), ref.box)) for code in self._scene(ref).get("codes", ())]
        return {"codes": [{**code, "box": list(box.as_tuple())} for code, box in shown if box is not None]}

    def _serve_faces(self, ref: ImageRef, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        faces = [
            _inside(_box(thing["face"]), ref.box) for thing in self._scene(ref).get("objects", ()) if "face" in thing
        ]
        return [_detection(box, "face") for box in faces if box is not None]

    def _serve_color(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, Any]:
        seen = self._seen(ref)
        main = self._main(ref) or (max(seen, key=lambda entry: entry[1].area)[0] if seen else None)
        name = str((main or {}).get("color", self._scene(ref).get("color", "gray")))
        return {"name": name, "fractions": {name: 1.0}}

    def _serve_quality(self, ref: ImageRef, arguments: Mapping[str, Any]) -> dict[str, float]:
        return {"sharpness": 0.7, "brightness": 0.5, "contrast": 0.5, **self._scene(ref).get("quality", {})}

    def _serve_ask_llm(self, target: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
        asked = words_of(f"{arguments['question']} {arguments.get('context') or ''}")
        for world in self._worlds.values():
            for keywords, reply in world.get("knowledge", {}).items():
                if all(word in asked for word in words_of(keywords)):
                    return {"text": str(reply)}
        return {"text": "unknown"}

    def _serve_select_answer(self, target: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The option that shares most words with what the program found out; without options, the last find."""
        told = [str(value) for value in dict(arguments["info"]).values()]
        known = words_of(" ".join(told))
        options = list(arguments.get("options") or ())
        if not options:
            return {"text": told[-1] if told else "unknown"}
        return {
            "text": max(
                options, key=lambda option: (sum(word in known for word in words_of(option)), -options.index(option))
            )
        }


CAPABILITIES = frozenset(name.removeprefix("_serve_") for name in vars(WorldRuntime) if name.startswith("_serve_"))
