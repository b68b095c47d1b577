# ruff: noqa: SIM905  # lists of plain words read and edit better without quotes
"""Copied words -> the names that a detector takes, and Python identifiers for them.

"The red cups that are" becomes "red cup", "anyone wearing a hat" becomes "person wearing a hat", and two copied pieces
("objects", "tiny metal cubes") become one name ("tiny metal cube").  Everything is a rule; unknown words pass through.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

from . import inflect

_DETERMINERS = frozenset(
    """a an the this that these those my your his her its their our any some all every
each both another other no exactly just only
""".split()
)
_PERSON = frozenset(
    "anyone anybody someone somebody everyone everybody nobody people persons person folks ppl guys no-one".split()
)
_OBJECT = frozenset(
    """object objects thing things item items anything something everything nothing stuff entity entities one ones
""".split()
)
_LINKS = frozenset(("that", "which", "who"))
_PRONOUNS = frozenset(("something", "anything", "everything", "nothing"))
_RELATIVE = re.compile(r"\b(?:that|which|who)(?:'s| (?:is|are|was|were|'s))\s+")
_BREAKS = frozenset(
    """of in on with wearing holding at from near by to under behind above below without
that which who carrying riding standing sitting looking made full for inside between next walking running playing
using eating drinking lying having reading talking driving pushing pulling throwing catching hitting cutting
crossing feeding petting taking pointing facing waiting leaning flying painting brushing getting making typing
writing climbing kneeling crouching waving dancing singing swimming surfing skiing jumping sleeping smiling
laughing crying falling parked dressed colored and or
""".split()
)
_LOOKS_LIKE_ADJECTIVE = frozenset(
    """red orange yellow green blue purple pink brown black white gray cyan teal beige
golden silver maroon violet turquoise tan navy big large small tiny little huge tall short long wide thin thick
giant medium-sized enormous wooden metal plastic glass leather paper rubber ceramic stone cotton wool concrete
steel brass marble cardboard woolen silk metallic brick matte shiny
""".split()
)
# Words that say nothing of what a thing is, so that "the red or the blue ones" still needs a noun.
_ONLY_ADJECTIVES = frozenset(
    """red yellow green blue purple pink brown black white gray cyan teal beige golden maroon violet turquoise big large
small tiny little huge tall short long wide thin thick giant enormous wooden metallic woolen matte shiny round square
""".split()
)
_SPELLING = {"grey": "gray", "colour": "color", "coloured": "colored", "colours": "colors", "centre": "center"}
_SPOKEN_FOR = frozenset(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        "image",
        "image_patch",
        "np",
        "math",
        "re",
        "statistics",
        "distance",
        "best_image_match",
        "bool_to_yesno",
        "coerce_to_numeric",
        "llm_query",
        "execute_command",
        "query",
        "possible_answers",
        "video",
        "text",
        "result",
    }
)


def words(text: str) -> str:
    """Copied text in lower case, one space between words, American spelling."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    return " ".join(_SPELLING.get(word, word) for word in plain.split()).strip(' .,;:!?"')


def name(text: str) -> str:
    """What to look for: no determiner, the head in the singular, "that are red" put before the noun."""
    said = words(text)
    parts = said.split()
    while len(parts) > 1 and parts[0] in _DETERMINERS:
        parts = parts[1:]
    if len(parts) > 1 and parts[0] in _PRONOUNS and parts[1] not in _BREAKS | _LINKS:
        parts = [*parts[1:], "object"]  # "something red"
    said = " ".join(parts)
    if parts[0] == "one" and said.startswith("one "):
        said = "person" + said[3:]  # what is left of "no one"
    head, clause = said, ""
    relative = _RELATIVE.search(said)
    if relative and relative.start() > 0:
        head, clause = said[: relative.start()].strip(), said[relative.end() :].strip()
    front, back = _cut(head.split())
    if all(word in _ONLY_ADJECTIVES for word in front):
        front.append("object")
    # "glasses" on a nose are one thing; "glasses of wine" are several.
    front[-1] = "glass" if front[-1] == "glasses" and back[:1] == ["of"] else _thing(front[-1])
    if clause:
        adjectives = [word for word in clause.split() if word not in ("and", "very", ",", "both")]
        if len(adjectives) <= 2 and (len(adjectives) == 1 or all(word in _LOOKS_LIKE_ADJECTIVE for word in adjectives)):
            front = [*adjectives, *front]
        else:
            back = [*back, *clause.split()]
    return " ".join([*front, *back])


def _cut(parts: list[str]) -> tuple[list[str], list[str]]:
    """Adjectives and head noun, and what follows them ("in a blue shirt")."""
    for at in range(1, len(parts)):
        if parts[at] in _BREAKS:
            return parts[:at], parts[at:]
    return list(parts), []


def _thing(noun: str) -> str:
    if noun in _PERSON:
        return "person"
    if noun in _OBJECT:
        return "object"
    return inflect.singular(noun)


def attribute(text: str) -> str:
    """A property as it is said, without a leading article."""
    parts = words(text).split()
    while len(parts) > 1 and parts[0] in ("a", "an", "the"):
        parts = parts[1:]
    return " ".join(parts)


def joined(first: str, second: str) -> str:
    """One name from a name and what else is said of it.

    ("cups", "red") is "red cup", ("people", "wearing hats") "person wearing hats", ("tiny objects", "cubes")
    "tiny cube", ("spheres", "large shiny objects") "large shiny sphere".
    """
    base, more = name(first), attribute(second)
    front, back = _cut(base.split())
    parts = more.split()
    noun, after = _cut(parts)
    if noun[-1] in _OBJECT:  # only what stands before "objects" counts
        return " ".join([*[w for w in noun[:-1] if w not in front], *front, *back, *after])
    if inflect.is_plural(noun[-1]) and not parts[0].endswith("ing") and noun[-1] not in _LOOKS_LIKE_ADJECTIVE:
        adjectives = [w for w in front[:-1] if w not in noun]
        return " ".join([*adjectives, *noun[:-1], _thing(noun[-1]), *back, *after])
    if len(parts) == 1 or all(word in _LOOKS_LIKE_ADJECTIVE or word == "and" for word in parts):
        return " ".join([*[w for w in parts if w != "and" and w not in front], *front, *back])
    return " ".join([*front, *back, *parts])


def only_adjectives(text: str) -> bool:
    """Whether nothing but colours, sizes and the like was said: "red", "big shiny"."""
    return all(word in _ONLY_ADJECTIVES for word in words(text).split())


def head(phrase: str) -> str:
    """The noun of a name: "red cup in the sink" -> "cup"."""
    return _cut(phrase.split())[0][-1]


def identifier(phrase: str) -> str:
    """A variable name for one such thing: its adjectives and noun, or the noun alone when that is long."""
    front, _ = _cut(phrase.split())
    kept = front if len(front) <= 3 else front[-1:]
    plain = unicodedata.normalize("NFKD", "_".join(kept)).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if not plain or plain[0].isdigit() or len(plain) > 32:
        plain = "thing"
    if plain == "object":
        return "thing"
    return f"{plain}_patch" if plain in _SPOKEN_FOR or len(plain) < 2 else plain


def identifiers(phrase: str) -> str:
    """A variable name for several such things."""
    one = identifier(phrase)
    many = inflect.plural(one.rsplit("_", 1)[-1])
    stem = one.rsplit("_", 1)[0] + "_" if "_" in one else ""
    many = stem + many
    return f"all_{one}" if many == one or many in _SPOKEN_FOR else many
