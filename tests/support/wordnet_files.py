"""Writes a WordNet of a few words in the original format of its database (the manual page wndb(5WN))."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

# Each meaning: its words, and the number of the meaning that it is a kind of.
NOUNS: tuple[tuple[tuple[str, ...], int | None], ...] = (
    (("entity",), None),
    (("animal",), 0),
    (("artifact",), 0),
    (("dog",), 1),
    (("cat",), 1),
    (("car", "automobile"), 2),
    (("child", "kid"), 0),
)
VERBS: tuple[tuple[tuple[str, ...], int | None], ...] = ((("run",), None), (("sprint", "dash"), 0))
_KINDS = {"noun": ("n", NOUNS), "verb": ("v", VERBS), "adj": ("a", ()), "adv": ("r", ())}
_LICENCE = "  1 Made for tests.\n"


def write_wordnet(folder: Path) -> Path:
    """Write the files that every distribution of WordNet has."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (letter, meanings) in _KINDS.items():
        offsets = _offsets(letter, meanings)
        (folder / f"data.{name}").write_text(_LICENCE + "".join(_lines(letter, meanings, offsets)))
        index = defaultdict(list)
        for (words, _), offset in zip(meanings, offsets, strict=True):
            for word in words:
                index[word].append(offset)
        lines = [
            f"{word} {letter} {len(found)} 1 @ {len(found)} 0 {' '.join(f'{o:08d}' for o in found)}  \n"
            for word, found in sorted(index.items())
        ]
        (folder / f"index.{name}").write_text(_LICENCE + "".join(lines))
        (folder / f"{name}.exc").write_text("children child\n" if name == "noun" else "ran run\n" * (name == "verb"))
    return folder


def _lines(letter: str, meanings: tuple[tuple[tuple[str, ...], int | None], ...], offsets: list[int]) -> list[str]:
    lines = []
    for (words, above), offset in zip(meanings, offsets, strict=True):
        told = " ".join(f"{word} 0" for word in words)
        pointers = "000" if above is None else f"001 @ {offsets[above]:08d} {letter} 0000"
        frames = " 01 + 02 00" if letter == "v" else ""
        lines.append(f"{offset:08d} 03 {letter} {len(words):02x} {told} {pointers}{frames} | made for tests  \n")
    return lines


def _offsets(letter: str, meanings: tuple[tuple[tuple[str, ...], int | None], ...]) -> list[int]:
    """Where each line begins, in bytes; offsets are written with eight digits, whatever they are."""
    place, offsets = len(_LICENCE), []
    for line in _lines(letter, meanings, [0] * len(meanings)):
        offsets.append(place)
        place += len(line)
    return offsets
