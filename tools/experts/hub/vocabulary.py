"""Detectors that know a fixed list of names: which of them a program's words mean, and who is asked about the
others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...errors import OutsideWorld

__all__ = ["Vocabulary"]

# Other words for a name of the usual lists; only ones that mean the same thing.
_ALIKE = {
    "aeroplane": "airplane", "plane": "airplane", "bike": "bicycle", "motorbike": "motorcycle", "human": "person",
    "people": "person", "sofa": "couch", "television": "tv", "tv monitor": "tv", "cellphone": "cell phone",
    "mobile phone": "cell phone", "smartphone": "cell phone", "fridge": "refrigerator", "hairdryer": "hair drier",
    "hair dryer": "hair drier", "doughnut": "donut", "hotdog": "hot dog", "potted plant": "potted plant",
    "tennis racquet": "tennis racket",
}  # fmt: skip
_IRREGULAR = {"people": "person", "mice": "mouse", "knives": "knife", "sheep": "sheep", "skis": "skis"}
_SHOWN = 12


class Vocabulary:
    """The names that a detector knows, by the number of their class.

    Args:
        expert: whose they are, for texts.
    """

    def __init__(self, names: dict[int, str], *, expert: str) -> None:
        self._numbers = {_plain(name): number for number, name in names.items()}
        self._names, self._expert = list(names.values()), expert

    def numbers(self, wanted: Sequence[str]) -> dict[int, str]:
        """Class -> the wanted name. Raises OutsideWorld, which says what it knows, when it does not know one of
        them.
        """
        found: dict[int, str] = {}
        for name in wanted:
            number = next((self._numbers[form] for form in _forms(name) if form in self._numbers), None)
            if number is None:
                shown = ", ".join(self._names[:_SHOWN])
                more = f" and {len(self._names) - _SHOWN} more" if len(self._names) > _SHOWN else ""
                raise OutsideWorld(f"{self._expert} does not know {name!r}; it knows {shown}{more}.")
            found.setdefault(number, name)
        return found


def _forms(name: str) -> Iterable[str]:
    """A name, in the singular, and by another word."""
    plain = _plain(name)
    for form in (plain, *_singular(plain)):
        yield form
        if form in _ALIKE:
            yield _ALIKE[form]


def _singular(name: str) -> Iterable[str]:
    *before, last = name.split()
    endings = (("ies", "y"), ("ves", "fe"), ("es", ""), ("s", ""))
    forms = [_IRREGULAR[last]] if last in _IRREGULAR else []
    forms += [last.removesuffix(end) + new for end, new in endings if last.endswith(end) and len(last) > len(end) + 1]
    return [" ".join([*before, form]) for form in forms]


def _plain(name: str) -> str:
    words = name.lower().replace("_", " ").replace("-", " ").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words)
