"""A trace in plain words: what each step asked, what came back, what a status means.

Shared by the console and the report, so both say the same. Texts that come out of pictures or models pass through
`printable`, because a terminal obeys control characters and a page may be reordered by hidden ones. No layout here.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from ..agent.trace import StepRecord

__all__ = [
    "STATUS_WORDS",
    "WAY_WORDS",
    "asked",
    "describe_result",
    "duration",
    "paired_results",
    "printable",
    "returned",
    "wall_facts",
]

STATUS_WORDS: Mapping[str, str] = {
    "answered": "answered",
    "cannot_tell": "cannot tell",
    "no_plan": "no plan",
    "bad_input": "bad input",
    "api_misuse": "program failed",
    "expert_error": "expert failed",
    "expert_unavailable": "expert missing",
    "timeout": "out of time",
    "limit": "over a limit",
}

WAY_WORDS: Mapping[str, str] = {
    "program": "by a program",
    "tools": "by calling tools",
    "direct": "by looking",
    "auto": "as fits the question",
}

# Besides breaks and tabs: the joiners, which are part of ordinary words and emoji in many scripts.
_KEPT = "\n\t\u200c\u200d"
_SHOWN_ITEMS = 6
_SHOWN_CHARACTERS = 160


def printable(text: str) -> str:
    """The text without control and direction-changing characters; line breaks and tabs stay."""
    return "".join(_visible(character) for character in text.replace("\r\n", "\n"))


def _visible(character: str) -> str:
    if character in _KEPT:
        return character
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return "\ufffd" if category in {"Cc", "Cs", "Co"} else character


def duration(seconds: float) -> str:
    """A time as people read it: `0.4 ms`, `12 ms`, `1.3 s`, `2 min 5 s`."""
    if seconds < 0.001:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _quoted(text: Any) -> str:
    words = " ".join(printable(str(text)).split())
    return f"“{words}”" if len(words) <= _SHOWN_CHARACTERS else f"“{words[: _SHOWN_CHARACTERS - 1]}…”"


def _listed(items: Sequence[str], *, separator: str = ", ") -> str:
    shown = separator.join(items[:_SHOWN_ITEMS])
    return shown if len(items) <= _SHOWN_ITEMS else f"{shown} and {len(items) - _SHOWN_ITEMS} more"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else noun + 's'}"


def _number(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


# -- what was asked --


def asked(capability: str, arguments: Mapping[str, Any], *, targets: int = 1) -> str:
    """What a call asked, as a phrase: `find “dog”`, `read the text`."""
    try:
        phrase = _ask(capability, arguments)
    except (AttributeError, KeyError, TypeError, ValueError):
        phrase = f"{capability} {_compact(arguments)}"  # another version's trace
    return f"{phrase}, on {targets} regions at once" if targets > 1 else phrase


def _ask(capability: str, arguments: Mapping[str, Any]) -> str:
    match capability:
        case "detect":
            return f"find {_listed([_quoted(name) for name in arguments.get('names', ())])}"
        case "verify_property":
            return f"is the {_quoted(arguments.get('name', ''))} {_quoted(arguments.get('attribute', ''))}?"
        case "match":
            return f"which fits: {_listed([_quoted(text) for text in arguments.get('texts', ())])}"
        case "answer" | "watch":
            return f"ask {_quoted(arguments.get('question') or 'What is this?')}"
        case "ask_llm":
            return f"ask a language model {_quoted(arguments.get('question', ''))}"
        case "select_answer":
            options = arguments.get("options") or ()
            among = f" among {_listed([_quoted(option) for option in options])}" if options else ""
            return f"choose the answer{among}"
        case "segment":
            if arguments.get("name"):
                return f"outline {_quoted(arguments['name'])}"
            if arguments.get("points"):
                return f"outline what is at {_listed([f'({x:g}, {y:g})' for x, y in arguments['points']])}"
            return "outline everything" if arguments.get("everything") else "outline what is shown"
        case "track":
            return f"follow {_quoted(arguments.get('name', ''))}"
        case "recall":
            about = arguments.get("about")
            return f"recall what is known about {_quoted(about)}" if about else "recall what is known"
        case "find_moments":
            return f"find the moments of {_quoted(arguments.get('text', ''))}"
        case "edit" | "generate" | "vary":
            told = arguments.get("instruction") or arguments.get("prompt")
            return f"{_PLAIN_ASKS[capability]} {_quoted(told)}" if told else _PLAIN_ASKS[capability]
        case "inpaint":
            name, prompt = _quoted(arguments.get("name", "")), arguments.get("prompt")
            return f"replace {name} by {_quoted(prompt)}" if prompt else f"remove {name}"
        case "outpaint":
            return f"continue the picture to {arguments.get('width')} x {arguments.get('height')} pixels"
        case "map" | "redraw":
            kind, prompt = str(arguments.get("kind", "")).replace("_", " "), arguments.get("prompt")
            return f"draw {_quoted(prompt)} along the {kind} map" if prompt else f"draw the {kind} map"
        case "set_apart":
            of = f"all but {_quoted(arguments['name'])}" if arguments.get("name") else "the background"
            return f"blur {of}" if arguments.get("how") == "blur" else f"take the colours of {of}"
    if capability in _PLAIN_ASKS:
        return _PLAIN_ASKS[capability]
    told = _compact(arguments) if arguments else ""
    return f"{capability.replace('_', ' ')} {told}".strip()


_PLAIN_ASKS: Mapping[str, str] = {
    "caption": "describe",
    "codes": "read codes",
    "color": "name the colour",
    "depth": "measure the depth",
    "normals": "tell where the surface faces",
    "depth_map": "draw the depth",
    "edges": "draw the edges",
    "edit": "edit",
    "faces": "find faces",
    "foreground": "find what stands out",
    "generate": "make a picture of",
    "lines": "find straight lines",
    "pose": "find people and their pose",
    "quality": "measure sharpness, brightness and contrast",
    "read_text": "read the text",
    "shots": "find the shots",
    "texts": "read the text over time",
    "motion": "measure motion",
    "transcribe": "write down the speech",
    "vary": "make another like it",
}

# -- what came back --

_LISTED = frozenset({"detect", "segment", "foreground", "read_text"})


def paired_results(step: StepRecord) -> list[tuple[dict[str, Any] | None, Any]]:
    """Each target of the step with its own result; a call about no image gives one pair with None."""
    if not step.targets:
        result = step.result
        return [(None, result[0] if isinstance(result, list) and len(result) == 1 else result)]
    if len(step.targets) == 1 and not _is_per_target(step.result):
        return [(step.targets[0], step.result)]
    results = step.result if _is_per_target(step.result) else []
    padded = [*results, *([None] * len(step.targets))]
    return list(zip(step.targets, padded, strict=False))


def _is_per_target(result: Any) -> bool:
    # A single detection result is itself a list, of dicts with boxes; a list per target holds lists or other dicts.
    if not isinstance(result, list) or not result:
        return False
    return not all(isinstance(item, dict) and "box" in item for item in result)


def returned(step: StepRecord, *, listed: bool = False) -> str:
    """What came back, as a phrase; an error by its text. Only how many things, where they are `listed` beside it."""
    if listed and step.error is None and step.capability in _LISTED:
        return returned(step).split(": ")[0]
    if step.error is not None:
        return printable(step.error.message)
    phrases = [describe_result(step.capability, step.arguments, result) for _, result in paired_results(step)]
    if len(phrases) > 3:
        return f"{len(phrases)} results, one for each region"
    return " · ".join(phrases)


def describe_result(capability: str, arguments: Mapping[str, Any], result: Any) -> str:
    """The result for one target, as a phrase: `2 found: dog 0.93, dog 0.88`."""
    if result is None:
        return "nothing"
    try:
        return _tell(capability, arguments, result)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return _compact(result)  # another version's trace, or an expert that adds its own shape


def _tell(capability: str, arguments: Mapping[str, Any], result: Any) -> str:
    match capability:
        case "detect" | "segment" | "foreground" | "faces":
            return _detections(result, "face" if capability == "faces" else None)
        case "verify_property":
            return _with_confidence("yes" if result["value"] else "no", result)
        case "match":
            texts = arguments.get("texts", ())
            ranked = sorted(zip(texts, result["scores"], strict=True), key=lambda pair: -pair[1])
            return _listed([f"{_quoted(text)} {_number(score)}" for text, score in ranked])
        case "answer" | "watch" | "caption" | "ask_llm" | "select_answer":
            return _with_confidence(_quoted(result["text"]), result)
        case "depth":
            return f"median depth {_number(result['median'])}, relative"
        case "normals":
            right, up, towards = (_number(part) for part in result["facing"])
            return f"faces {right} right, {up} up, {towards} towards the camera"
        case "read_text":
            lines = result["lines"]
            words = _listed([_quoted(line["text"]) for line in lines])
            return f"{_counted(len(lines), 'line')}: {words}" if lines else "no text"
        case "codes":
            codes = result["codes"]
            return _listed([f"{code['format']} {_quoted(code['text'])}" for code in codes]) if codes else "no code"
        case "color":
            parts = sorted(result.get("fractions", {}).items(), key=lambda part: -part[1])
            shares = ", ".join(f"{name} {share:.0%}" for name, share in parts[:3] if share >= 0.01)
            return f"{result['name']} ({shares})" if shares else str(result["name"])
        case "quality":
            return ", ".join(f"{name} {_number(float(value))}" for name, value in result.items())
        case "pose":
            return _counted(len(result["people"]), "person").replace("persons", "people")
        case "lines":
            return _counted(len(result["lines"]), "line")
        case _ if isinstance(result, Mapping) and set(result) == {"image"}:
            return "a new picture"
        case "track":
            return _counted(len(result["tracks"]), "track")
        case "texts":
            told = [f"{_quoted(t['text'])} {t['start_s']:.1f} to {t['end_s']:.1f} s" for t in result["texts"]]
            return _listed(told) if told else "no text"
        case "motion":
            most = max(result["steps"], key=lambda step: step["amount"], default=None)
            return f"most at {most['time_s']:.1f} s ({most['amount']:.0%})" if most else "no motion"
        case "recall":
            return _listed([f"{k['kind']} {_quoted(k['text'])}" for k in result["known"]]) or "nothing known"
        case "transcribe":
            return _quoted(" ".join(part["text"] for part in result["segments"])) if result["segments"] else "no speech"
        case "find_moments":
            spans = [f"{m['start_s']:.1f} to {m['end_s']:.1f} s" for m in result["moments"]]
            return _listed(spans) if spans else "no such moment"
        case "shots":
            return _counted(len(result["shots"]), "shot")
    return _compact(result)


def _detections(result: Sequence[Mapping[str, Any]], noun: str | None) -> str:
    if not result:
        return f"no {noun}" if noun else "nothing found"
    sure = [_number(float(d["confidence"])) if d.get("confidence") is not None else "" for d in result]
    if noun:
        return f"{_counted(len(result), noun)} {_listed([s for s in sure if s])}".strip()
    labelled = [f"{printable(str(d.get('label') or 'region'))} {s}".strip() for d, s in zip(result, sure, strict=True)]
    return f"{len(result)} found: {_listed(labelled)}"


def _with_confidence(text: str, result: Mapping[str, Any]) -> str:
    confidence = result.get("confidence")
    return text if confidence is None else f"{text} ({_number(float(confidence))})"


def _compact(data: Any) -> str:
    text = printable(json.dumps(data, ensure_ascii=False, default=str))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


_WALL_NAMES: Mapping[str, str] = {
    "language": "language checks",
    "seccomp": "system calls (seccomp)",
    "landlock_abi": "files and network (Landlock)",
    "namespaces": "namespaces of its own",
    "rlimits": "kernel limits",
}


def wall_facts(walls: Mapping[str, Any]) -> list[tuple[str, str, bool | None]]:
    """(name, text, whether it stands) of each fact about the sandbox; None where that is no question."""
    facts: list[tuple[str, str, bool | None]] = []
    for key, value in walls.items():
        name = _WALL_NAMES.get(key, key.replace("_", " "))
        if key.endswith("_abi") and isinstance(value, int):
            facts.append((name, f"stands, version {value}" if value else "missing", bool(value)))
        elif isinstance(value, bool):
            facts.append((name, "stands" if value else "missing", value))
        elif isinstance(value, list | tuple):
            facts.append((name, printable(", ".join(map(str, value))) or "none", None))
        elif value not in (None, ""):
            facts.append((name, printable(str(value)), None))
    return facts
