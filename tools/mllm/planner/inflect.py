# ruff: noqa: SIM905  # lists of plain words read and edit better without quotes
"""English number words and plurals, by rule and a short list of exceptions; no dictionary.

Used both to write questions and to turn the copied words of a question into names that a detector knows.
"""

from __future__ import annotations

IRREGULAR = {
    "man": "men",
    "woman": "women",
    "person": "people",
    "child": "children",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "policeman": "policemen",
    "policewoman": "policewomen",
    "fireman": "firemen",
    "businessman": "businessmen",
    "fisherman": "fishermen",
    "snowman": "snowmen",
    "knife": "knives",
    "leaf": "leaves",
    "shelf": "shelves",
    "bookshelf": "bookshelves",
    "wolf": "wolves",
    "loaf": "loaves",
    "scarf": "scarves",
    "calf": "calves",
    "half": "halves",
    "life": "lives",
    "wife": "wives",
    "thief": "thieves",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "mango": "mangoes",
    "hero": "heroes",
    "ox": "oxen",
    "cactus": "cacti",
    "die": "dice",
    "bus": "buses",
    "gas": "gases",
    "lens": "lenses",
    "octopus": "octopuses",
}
SAME = frozenset(
    """sheep fish deer moose bison salmon shrimp aircraft scissors glasses sunglasses
jeans shorts pants trousers binoculars headphones pliers tongs stairs series species goggles tights pajamas
clothes chess grass glass dress tennis bass moss cross news shorts leggings overalls plus yes this his its is has
was less across always canvas iris tuna cattle popcorn
""".split()
) - {"glass", "dress", "cross", "moss", "bass", "grass"}
_SINGULAR = {plural: singular for singular, plural in IRREGULAR.items()} | {
    "cactuses": "cactus",
    "mangos": "mango",
    "scarfs": "scarf",
    "persons": "person",
    "mens": "man",
    "womens": "woman",
    "movies": "movie",
    "cookies": "cookie",
    "brownies": "brownie",
    "ties": "tie",
    "pies": "pie",
    "selfies": "selfie",
    "shoes": "shoe",
    "canoes": "canoe",
    "toes": "toe",
    "horseshoes": "horseshoe",
    "axes": "axe",
    "caches": "cache",
    "houses": "house",
    "horses": "horse",
    "bowties": "bowtie",
    "hoodies": "hoodie",
    "zombies": "zombie",
    "beanies": "beanie",
    "cherries": "cherry",
    "geese": "goose",
    "lice": "louse",
    "smoothies": "smoothie",
    "seahorses": "seahorse",
    "headaches": "headache",
    "mustaches": "mustache",
    "moustaches": "moustache",
}

NUMBER_WORDS = {
    "zero": 0,
    "no": 0,
    "one": 1,
    "single": 1,
    "two": 2,
    "couple": 2,
    "pair": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "dozen": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "hundred": 100,
    "twice": 2,
    "once": 1,
    "both": 2,
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
}


def plural(noun: str) -> str:
    """The plural of a noun or noun compound (its last word, or the word before "of")."""
    head, preposition, rest = noun.partition(" of ")
    words = head.split(" ")
    last = words[-1]
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif last in SAME:
        pass
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and len(last) > 1 and last[-2] not in "aeiou":
        last = last[:-1] + "ies"
    else:
        last += "s"
    words[-1] = last
    return " ".join(words) + preposition + rest


def singular(word: str) -> str:
    """The singular of one word; a word that does not look like a plural comes back unchanged."""
    if word in _SINGULAR:
        return _SINGULAR[word]
    if word in SAME or len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zzes", "ches", "shes", "buses")):
        return word[:-2]
    return word[:-1]


def is_plural(word: str) -> bool:
    """Whether a word looks like a plural noun."""
    return word in _SINGULAR or singular(word) != word


def number(text: str) -> int | None:
    """The value of a number word, digits or an ordinal ("three", "12", "2nd", "second"); None if it is none."""
    word = text.lower()
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    digits = word[:-2] if word.endswith(("st", "nd", "rd", "th")) else word
    digits = digits.replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else None
