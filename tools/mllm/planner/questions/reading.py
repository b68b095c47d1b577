"""Question families about text, codes and faces."""

from __future__ import annotations

from . import nouns
from .places import EXTREME_AFTER, EXTREME_BEFORE, RELATION_WORDS
from .things import IMAGE, Asked, Phrase, Speaker
from .wording import Leaf, Piece, Plan, fill, wordings

WORDINGS = wordings("reading")

_WHOLE = ("picture", "image", "photo", "document", "page", "screenshot", "receipt", "menu", "invoice", "letter", "form")


def _bearer(s: Speaker, depth: int = 1) -> Phrase:
    """A thing that bears text, without its article."""
    roll = s.rng.random()
    if roll < 0.12:
        return Phrase([s.pick(_WHOLE)], IMAGE)
    if roll < 0.6:
        return s.definite(s.found(nouns.TEXTY, plural=False, plain=s.chance(0.7)))
    return s.single(depth)


def quoted(s: Speaker) -> tuple[list[Piece], Leaf]:
    """Literal text: in quotation marks, in capitals or plain."""
    roll = s.rng.random()
    if s.readable and roll < 0.8:
        text = s.pick(s.readable)
    elif roll < 0.5:
        text = s.pick(nouns.WORDS_TO_READ)
    elif roll < 0.7:
        text = s.pick(nouns.READ_PHRASES)
    elif roll < 0.85:
        text = " ".join(s.noun() for _ in range(s.pick((1, 1, 2))))
    elif roll < 0.95:
        text = " ".join(s.invented() for _ in range(s.pick((1, 1, 2, 3))))
    else:
        text = str(s.rng.randrange(1, 5000))
    style = s.rng.random()
    if style < 0.35:
        text = text.upper()
    elif style < 0.5:
        text = text.title()
    leaf = Leaf(text, "quote")
    if s.chance(0.6):
        mark = s.pick(('"', '"', "'"))
        return [f"{mark}\u2060", leaf, f"\u2060{mark}"], leaf
    return [leaf], leaf


def reads(s: Speaker) -> Asked:
    if s.chance(0.3):
        return s.ask(WORDINGS["read_picture"], ("read", IMAGE))
    if s.chance(0.12):
        pieces, where = s.region()
        return s.ask(WORDINGS["reads.read.1"], ("read", (f"region_{where}", IMAGE)), r=pieces)
    if s.chance(0.08):
        whole = s.single(1)
        part = Leaf(
            s.pick(
                (
                    "license plate",
                    "number plate",
                    "licence plate",
                    "license plate number",
                    "label",
                    "name tag",
                    "price tag",
                    "sign",
                    "sticker",
                    "screen",
                    "title",
                    "display",
                    "headline",
                    "caption",
                    "slogan",
                    "logo",
                    "badge",
                )
            )
        )
        return s.ask(WORDINGS["reads.read.2"], ("read", ("the", ("find_in", whole.plan, part))), p=part, w=whole)
    x = _bearer(s, 1 if s.chance(0.75) else 2)
    return s.ask(WORDINGS["read_thing"], ("read", x.plan), x=x)


def says(s: Speaker) -> Asked:
    q, leaf = quoted(s)
    roll = s.rng.random()
    if roll < 0.45:
        return s.ask(WORDINGS["says.says.1"], ("says", IMAGE, leaf), q=q)
    if roll < 0.48:
        n = Leaf(str(s.rng.randrange(0, 1000)), "quote")
        x = _bearer(s)
        return s.ask(WORDINGS["says.says.2"], ("says", x.plan, n), x=x, n=n)
    if roll < 0.8:
        x = _bearer(s)
        return s.ask(WORDINGS["says.says.3"], ("says", x.plan, leaf), x=x, q=q)
    plan: Plan = ("the", ("lines_with", IMAGE, leaf))
    if roll < 0.9:
        return s.ask(WORDINGS["says"], plan, q=q)
    if roll < 0.95:
        return s.ask(WORDINGS["says.mentions"], ("mentions", IMAGE, leaf), q=q)
    return s.ask(WORDINGS["says.read"], ("read", plan), q=q)


_PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    "price": ("price", "cost", "price tag value", "price"),
    "number": (
        "number",
        "number",
        "digits",
        "speed limit",
        "house number",
        "bus number",
        "room number",
        "page number",
        "gate number",
        "jersey number",
        "serial number",
        "invoice number",
        "order number",
        "flight number",
        "table number",
        "score",
        "temperature",
        "weight",
        "year",
    ),
    "date": ("date", "expiry date", "expiration date", "best before date", "date of issue"),
    "time": ("time", "departure time", "opening time", "time"),
    "email": ("email", "email address", "e-mail address", "mail address", "e-mail"),
    "url": ("url", "website", "web address", "web site", "internet address", "link", "homepage"),
    "phone": (
        "phone number",
        "telephone number",
        "phone",
        "number to call",
        "contact number",
        "mobile number",
        "tel number",
    ),
    "percent": ("percentage", "discount", "percent", "discount percentage"),
}


def patterns(s: Speaker) -> Asked:
    kind = s.pick(tuple(_PATTERN_WORDS))
    w = s.pick(_PATTERN_WORDS[kind])
    if kind == "date" and s.chance(0.3):
        return s.ask(WORDINGS["patterns.read_date"], ("read_date", IMAGE), x=s.noun(nouns.FOOD))
    if kind == "time" and s.chance(0.4):
        return s.ask(WORDINGS["patterns.read_time"], ("read_time", IMAGE))
    if kind == "price" and s.chance(0.4):
        if s.chance(0.6):
            return s.ask(WORDINGS["patterns.read_price.1"], ("read_price", IMAGE))
        x = s.found(
            ["price tag", "tag", "label", "sticker", "sign", "price label", "ticket", "shelf label"],
            plural=False,
            plain=True,
        )
        return s.ask(WORDINGS["patterns.read_price.2"], ("read_price", ("the", x.plan)), x=x)
    if kind == "number" and s.chance(0.75):
        x = _bearer(s) if s.chance(0.6) else s.single(1)
        return s.ask(WORDINGS["patterns.read_number"], ("read_number", x.plan), x=x)
    if s.chance(0.55):
        return s.ask(WORDINGS["patterns.1"], (f"read_{kind}", IMAGE), w=w)
    x = _bearer(s, 0)
    return s.ask(WORDINGS["patterns.2"], (f"read_{kind}", x.plan), w=w, x=x)


def values(s: Speaker) -> Asked:
    """The number that stands with a word: totals on receipts, prices on menus."""
    roll = s.rng.random()
    if roll < 0.5:
        leaf = (
            Leaf(s.pick(nouns.RECEIPT_WORDS), "quote")
            if s.chance(0.8)
            else Leaf(
                s.pick(
                    (
                        "total amount",
                        "grand total",
                        "net weight",
                        "amount due",
                        "sales tax",
                        "service charge",
                        "net amount",
                        "cash back",
                        "unit price",
                        "total price",
                        "delivery fee",
                    )
                ),
                "quote",
            )
        )
        place = s.pick(([], [], ["on the", s.pick(("receipt", "bill", "invoice", "document", "page", "form"))]))
        return s.ask(WORDINGS["values.value.1"], ("value", IMAGE, leaf), q=leaf, p=place)
    leaf = Leaf(
        s.noun(
            nouns.FOOD,
            [
                "coffee",
                "tea",
                "latte",
                "cappuccino",
                "espresso",
                "beer",
                "wine",
                "lemonade",
                "breakfast",
                "ticket",
                "soup of the day",
                "house wine",
                "fish and chips",
                "cheese sandwich",
                "green tea",
                "orange juice",
                "ice cream",
            ],
        ),
        "quote",
    )
    if roll < 0.9:
        return s.ask(WORDINGS["values.value.2"], ("value", IMAGE, leaf), q=leaf)
    q, leaf = quoted(s)
    return s.ask(WORDINGS["values.value.3"], ("value", IMAGE, leaf), q=q)


def lines(s: Speaker) -> Asked:
    """Lines of text by order, size or place."""
    roll = s.rng.random()
    whole: Plan = ("lines", IMAGE)
    if roll < 0.22:
        which = s.pick(("largest", "smallest", "topmost", "bottommost", "leftmost", "rightmost"))
        w = s.pick(EXTREME_BEFORE[which])
        if which in EXTREME_AFTER and s.chance(0.3):
            a = s.pick(EXTREME_AFTER[which])
            return s.ask(WORDINGS["lines.read.1"], ("read", (which, whole)), w=a)
        return s.ask(WORDINGS["lines.read.2"], ("read", (which, whole)), w=w)
    if roll < 0.42:
        ordinal = Leaf(s.pick(ORDINAL_WORDS), "number")
        x = s.definite(s.found(nouns.TEXTY, plural=False, plain=True)) if s.chance(0.35) else None
        source: Plan = whole if x is None else ("lines", x.plan)
        tail: list[Piece] = [] if x is None else [s.pick(("of", "on")), "the", *x.pieces]
        if s.chance(0.2):
            return s.ask(WORDINGS["lines.read.3"], ("read", ("bottommost", source)), t=tail)
        return s.ask(WORDINGS["lines.read.4"], ("read", ("nth_top", ordinal, source)), n=ordinal, t=tail)
    if roll < 0.58:
        x = None if s.chance(0.5) else _bearer(s, 0)
        source = IMAGE if x is None else x.plan
        tail = (
            s.pick(
                (["are there"], ["are there in the picture"], ["do you see"], ["of text are there"], ["can you read"])
            )
            if x is None
            else fill(s.rng, "(are on|are there on) the {x}", {"x": x})
        )
        if s.chance(0.5):
            return s.ask(WORDINGS["lines.word_count"], ("word_count", source), t=tail)
        return s.ask(
            WORDINGS["lines.count"],
            ("count", ("lines", source)),
            t=tail if tail != ["of text are there"] else ["are there"],
        )
    if roll < 0.72:
        q, leaf = quoted(s)
        relation = s.pick(("below", "below", "above", "right", "left", "near"))
        r = s.pick(
            {
                "below": ("below", "under", "underneath", "beneath"),
                "above": ("above", "over"),
                "right": ("to the right of", "right of"),
                "left": ("to the left of", "left of"),
                "near": ("next to", "beside", "near", "close to"),
            }[relation]
        )
        return s.ask(
            WORDINGS["lines.read.5"],
            ("read", ("the", (f"{relation}_of", whole, ("the", ("lines_with", IMAGE, leaf))))),
            r=r,
            q=q,
        )
    if roll < 0.84:
        relation = s.relation() if not s.table else "near"
        if relation in ("on", "inside"):
            relation = "near"
        anchor = s.single(0)
        r = s.pick(RELATION_WORDS[relation])
        plan: Plan = ("read", ("the", (f"{relation}_of", whole, anchor.plan)))
        return s.ask(WORDINGS["lines.read.6"], plan, r=r, a=anchor)
    which_word = s.pick(("first", "last", "longest"))
    if s.chance(0.6):
        return s.ask(
            (
                f"what is the {which_word} word",
                f"what is the {which_word} word (in the picture|in the text|here)",
                f"!read the {which_word} word",
                f"what 's the {which_word} word",
                f"~the {which_word} word",
                f"which word is the {which_word} [one]",
                f"!find the {which_word} word",
            ),
            (f"{which_word}_word", IMAGE),
        )
    x = _bearer(s, 0)
    return s.ask(
        (
            f"what is the {which_word} word (on|of) the {{x}}",
            f"!read the {which_word} word on the {{x}}",
            f"which word is the {which_word} on the {{x}}",
            f"what 's the {which_word} word on the {{x}}",
            f"what is the {which_word} word written on the {{x}}",
        ),
        (f"{which_word}_word", x.plan),
        x=x,
    )


ORDINAL_WORDS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "1st",
    "2nd",
    "3rd",
    "4th",
    "2",
    "3",
    "1",
    "4",
    "two",
    "three",
)


def any_text(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.5:
        return s.ask(WORDINGS["any_text.has_text.1"], ("has_text", IMAGE))
    x = _bearer(s, 0)
    return s.ask(WORDINGS["any_text.has_text.2"], ("has_text", x.plan), x=x)
