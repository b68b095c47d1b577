"""`detect` without a learned world: the things that the classical experts really know, which are faces, text and codes.

A name outside of them raises OutsideWorld and says what to do; nothing is guessed. Text may be asked for by kind
("price", "number") and by content ('the word "EXIT"', "number 7"). A learned detector stands before this one in a
profile.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from ..capabilities import Names
from ..errors import OutsideWorld
from ..results import Codes, Detection, Detections, TextLines
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["KnownThings", "contains_words", "kind_of_thing"]

_ARTICLES = re.compile(r"^(?:(?:a|an|the|any|some|all|every|each|piece of|of)\s+)+", re.IGNORECASE)
_FACES = {"face", "human face", "person's face", "people's faces"}
_TEXT = {
    "text", "word", "letter", "character", "writing", "lettering", "inscription", "line", "line of text", "text line",
    "sign text", "printed text", "written text", "label text", "sentence", "caption text",
}  # fmt: skip
_NUMBERS = {"number", "digit", "numeral", "figure in digits"}
_PRICES = {"price", "price tag", "amount of money"}
_DATES = {"date"}
_CODES = {"code", "qr code", "qr", "qrcode", "barcode", "bar code", "data matrix", "machine-readable code"}
_QUOTED = re.compile(
    r"^(?:(?:text|word|words|sign|line|label|inscription|lettering|letters?|number|digit|name)\s+)?"
    r"(?:(?:that\s+|which\s+)?(?:says?|reads?|saying|reading|containing|contains|with(?:\s+the\s+(?:text|word|words|number))?)\s+)?"
    r"[\"'“”‘’«](?P<words>.+)[\"'“”‘’»]$",
    re.IGNORECASE,
)
_SAYING = re.compile(
    r"^(?:text|word|words|sign|line|label|inscription)\s+(?:(?:that\s+|which\s+)?(?:says?|reads?)|saying|reading)\s+(?P<words>.+)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(?:the\s+)?(?:number|digit)\s+(?P<words>[\d.,:]*\d)$", re.IGNORECASE)
_DIGITS = re.compile(r"\d")
_PRICE = re.compile(
    r"(?:[$€£¥₹]\s*\d)|(?:\d\s*(?:[$€£¥₹]|\b(?:eur|usd|gbp|chf|kr|zł)\b))|(?:\b\d{1,4}[.,]\d{2}\b(?![.,]\d))",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"\b\d{{4}}-\d{{1,2}}-\d{{1,2}}\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b|\b{_MONTH}\.?\s+\d{{1,2}}\b|\b\d{{1,2}}\.?\s+{_MONTH}\b",
    re.IGNORECASE,
)

Find = Callable[[ExpertRequest, str], list[Detection]]


def contains_words(text: str, words: str) -> bool:
    """Whether `words` stand in `text` one after the other, whatever the case and the punctuation between them."""
    wanted, there = (re.findall(r"\w+", part.casefold()) for part in (words, text))
    if not wanted:
        return words.strip() != "" and words.strip() in text
    return any(there[i : i + len(wanted)] == wanted for i in range(len(there) - len(wanted) + 1))


def _holds(words: str, text: str) -> bool:
    return contains_words(text, words)


def _singular(words: str) -> str:
    if words.endswith("s") and not words.endswith("ss"):
        return words[:-1]
    return words


def _faces(request: ExpertRequest, name: str) -> list[Detection]:
    found = request.ask("faces", {})
    assert isinstance(found, Detections)
    return [item.model_copy(update={"label": name}) for item in found.items]


def _codes(request: ExpertRequest, name: str) -> list[Detection]:
    found = request.ask("codes", {})
    assert isinstance(found, Codes)
    only = "qr" if "qr" in name.lower() else None
    return [Detection(box=code.box, label=name) for code in found.codes if only is None or only in code.format.lower()]


def _lines(fits: Callable[[str], bool]) -> Find:
    def find(request: ExpertRequest, name: str) -> list[Detection]:
        found = request.ask("read_text", {})
        assert isinstance(found, TextLines)
        return [
            Detection(box=line.box, label=name, confidence=line.confidence) for line in found.lines if fits(line.text)
        ]

    return find


def kind_of_thing(name: str) -> Find | None:
    """How to find what is named so, None where that is not known."""
    plain = _ARTICLES.sub("", " ".join(name.split()).strip(" .?!"))
    for pattern in (_QUOTED, _SAYING, _NUMBERED):
        match = pattern.match(plain)
        if match:
            return _lines(partial(_holds, match["words"].strip("\"'“”‘’«» ")))
    lowered = plain.lower()
    names = {lowered, _singular(lowered)}
    for known, find in (
        (_FACES, _faces),
        (_TEXT, _lines(lambda text: True)),
        (_NUMBERS, _lines(lambda text: _DIGITS.search(text) is not None)),
        (_PRICES, _lines(lambda text: _PRICE.search(text) is not None)),
        (_DATES, _lines(lambda text: _DATE.search(text) is not None)),
        (_CODES, _codes),
    ):
        if names & known:
            return find
    return None


@register
class KnownThings(Expert):
    """Faces, text by kind or content, QR codes and barcodes, by name."""

    name = "known-things"
    capabilities = ("detect",)
    version = "1"
    packages = ()
    thread_safe = True
    world = "faces, text (words, lines, numbers, prices, dates), QR codes and barcodes"
    limits = "Knows faces, text, numbers, prices, dates and codes; of anything else it says that it does not know it."

    def serve(self, request: ExpertRequest) -> Detections:
        assert isinstance(request.arguments, Names)
        names = list(dict.fromkeys(request.arguments.names))
        finders = {name: kind_of_thing(name) for name in names}
        unknown = [name for name, find in finders.items() if find is None]
        if unknown:
            raise OutsideWorld(
                f"no expert here can find {', '.join(repr(name[:60]) for name in unknown[:5])}: found by name are only "
                'face, text, word, number, price, date, the word "...", qr code and barcode. Anything else needs a '
                "profile with an open-vocabulary detector: pip install 'sightline[experts]' brings the libraries that "
                "one is built on, and a profile of your own names it",
                names=unknown,
            )
        items = [item for name, find in finders.items() if find is not None for item in find(request, name)]
        return Detections(items=items)
