"""What prices, dates, addresses and the like look like in text: regular expressions that programs search with."""

from __future__ import annotations

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
# Each entry: expressions to try in turn, and whether letters' case is ignored.
PATTERNS: dict[str, tuple[tuple[str, bool], ...]] = {
    "price": (
        (
            "[$\u20ac\u00a3\u00a5]\\s?\\d[\\d.,]*|\\d[\\d.,]*\\s?(?:[$\u20ac\u00a3\u00a5]|usd|eur|gbp|dollars?|euros?)",
            True,
        ),
        (r"\d+[.,]\d\d\b", False),
    ),
    "number": ((r"\d+(?:[.,]\d+)*", False),),
    "date": (
        (r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}", False),
        (rf"{_DAY} {_MONTH},? ?(?:\d{{4}})?|{_MONTH} {_DAY}(?:,? \d{{4}})?|{_MONTH} \d{{4}}", True),
        (r"\d{1,2}/\d{2,4}", False),
    ),
    "time": ((r"\b\d{1,2}[:.]\d{2}(?:\s?[ap]\.?m\.?)?|\b\d{1,2}\s?[ap]\.?m\b", True),),
    "email": ((r"[\w.+-]+@[\w-]+\.[\w.-]+", False),),
    "url": (
        (
            r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|info|de|uk|fr|it|es|eu|nl|ch|at)\b\S*",
            True,
        ),
    ),
    "phone": ((r"\+?\(?\d[\d ()/.-]{5,}\d", False),),
    "percent": ((r"\d+(?:[.,]\d+)?\s?%", False),),
}
# A figure on a receipt or menu, with what stands before or after it.
NUMBER_WITH_UNIT = "[$€£¥]?\\s?\\d[\\d.,]*(?:\\s?[%€£])?"
