"""Question families about text, codes and faces."""

from __future__ import annotations

from . import nouns
from .things import EXTREME_AFTER, EXTREME_BEFORE, IMAGE, RELATION_WORDS, Asked, Phrase, Speaker
from .wording import Leaf, Piece, Plan, fill

_WHOLE = ("picture", "image", "photo", "document", "page", "screenshot", "receipt", "menu", "invoice", "letter", "form")


def _bearer(s: Speaker, depth: int = 1) -> Phrase:
    """A thing that bears text, without its article."""
    roll = s.rng.random()
    if roll < 0.12:
        return Phrase([s.pick(_WHOLE)], IMAGE)
    if roll < 0.6:
        return s.definite(s.found(nouns.TEXTY, plural=False, plain=s.chance(0.7)))
    return s.single(depth)


def _quoted(s: Speaker) -> tuple[list[Piece], Leaf]:
    """Literal text: in quotation marks, in capitals or plain."""
    roll = s.rng.random()
    if roll < 0.5:
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


_READ_PICTURE = (
    "what does it say", "what does (this|that|the (picture|image|photo)) say", "what is written (here|there|on it|in the picture|in the image)", "!read the text", "!read (this|it|the (picture|image|text in the picture))", "what text is (this|in the picture|in the image|shown|visible|there)", "what is the text",
    "!read out the text", "what text do you see", "!read (all|) the text (out loud|aloud|for me|)", "!transcribe (this|the text|the (picture|image))", "~what it says", "~what is written here", "what words are (in the picture|visible|there|written)", "what does the text say", "what is it saying",
    "can you read (this|it|the text)", "what words do you see", "what can you read", "what is the writing", "!extract the text", "what reads here", "what is (printed|inscribed) here", "!give me the text", "what do the letters say", "what does the writing say", "!do ocr", "!ocr this", "!list the words in the picture",
    "which words are written", "what 's written", "what letters are there", "what does this read", "what is the message", "!type out the text", "what are the words in the image",
)  # fmt: skip
_READ_THING = (
    "what does the {x} say", "what is written on the {x}", "!read the {x}", "what text is on the {x}", "what is the text on the {x}", "what does the text on the {x} say", "~what the {x} says", "~what is written on the {x}", "what is printed on the {x}", "!read the text on the {x}",
    "what words are on the {x}", "what does it say on the {x}", "what is the {x} saying", "the {x} says what", "what is on the {x} written", "what is inscribed on the {x}", "what do the words on the {x} say", "can you read the {x}", "what does the {x} read", "what is the writing on the {x}",
    "what letters are on the {x}", "!transcribe the {x}", "what can be read on the {x}", "what name is on the {x}", "which word is on the {x}", "what is the word on the {x}", "what message is on the {x}", "!read what is on the {x}", "what does the writing on the {x} say", "what 's on the {x} written",
    "what is the label on the {x}", "what is written on the (front|back|side|top|bottom|cover) of the {x}", "what does it say on the (front|back|side|top) of the {x}", "what is the name on the {x}", "what name does the {x} have on it", "what brand name is on the {x}", "what words are written on the {x}", "!tell me the text on the {x}", "what does that {x} say", "what text does the {x} (have|show|display)", "which text is written on the {x}", "what is displayed on the {x}", "what is the title of the {x}",
)  # fmt: skip


def reads(s: Speaker) -> Asked:
    if s.chance(0.3):
        return s.ask(_READ_PICTURE, ("read", IMAGE))
    if s.chance(0.12):
        pieces, where = s.region()
        return s.ask(("what does it say {r}", "what is written {r}", "!read the text {r}", "what text is {r}", "what is the text {r}", "~what is written {r}", "{r} , what does it say", "what words are {r}"), ("read", (f"region_{where}", IMAGE)), r=pieces)
    if s.chance(0.08):
        whole = s.single(1)
        part = Leaf(s.pick(("license plate", "number plate", "licence plate", "license plate number", "label", "name tag", "price tag", "sign", "sticker", "screen", "title", "display", "headline", "caption", "slogan", "logo", "badge")))
        return s.ask(("what is the {p} of the {w}", "what does the {p} of the {w} say", "!read the {p} of the {w}", "what does the {w} 's {p} say", "!read the {w} 's {p}", "what is the {w} 's {p}", "~what the {p} of the {w} says", "what is written on the {p} of the {w}", "what is written on the {w} 's {p}", "what does the {p} on the {w} say"), ("read", ("the", ("find_in", whole.plan, part))), p=part, w=whole)
    x = _bearer(s, 1 if s.chance(0.75) else 2)
    return s.ask(_READ_THING, ("read", x.plan), x=x)


def says(s: Speaker) -> Asked:
    q, leaf = _quoted(s)
    roll = s.rng.random()
    if roll < 0.45:
        return s.ask(("does it say {q}", "does it say {q} (anywhere|somewhere|here|in the picture)", "is the word {q} (in the picture|there|visible|shown|written|in the image|anywhere)", "is {q} written (anywhere|here|somewhere|in the picture)", "does the (picture|image|text|photo) (say|contain|mention|include|read) {q}", "is the text {q} (visible|there|present|in the picture)", "~(if|whether) it says {q}",
                      "can you read {q}", "does the word {q} appear [(anywhere|in the picture|in the text)]", "does {q} appear in the text", "is there the word {q}", "!check (if|whether) it says {q}", "do you see the word {q}", "is it written {q}", "!search for the word {q}", "does the text contain the word {q}",
                      "is there a text (saying|that says|reading) {q}", "do you see the text {q}", "is {q} mentioned", "does it read {q}", "do the words {q} appear"), ("says", IMAGE, leaf), q=q)  # fmt: skip
    if roll < 0.48:
        n = Leaf(str(s.rng.randrange(0, 1000)), "quote")
        x = _bearer(s)
        return s.ask(("is the number on the {x} {n}", "does the {x} show the number {n}", "is {n} the number on the {x}", "does the {x} have the number {n} [on it]"), ("says", x.plan, n), x=x, n=n)
    if roll < 0.8:
        x = _bearer(s)
        return s.ask(("does the {x} say {q}", "does it say {q} on the {x}", "is {q} written on the {x}", "is the word {q} on the {x}", "does the text on the {x} say {q}", "does the {x} read {q}", "~(if|whether) the {x} says {q}", "is the {x} labeled {q}", "does the {x} (contain|have|show) the word {q}", "is {q} on the {x}",
                      "does the word {q} appear on the {x}", "!check (if|whether) the {x} says {q}", "can you read {q} on the {x}", "does the {x} have {q} written on it", "is {q} printed on the {x}"), ("says", x.plan, leaf), x=x, q=q)  # fmt: skip
    plan: Plan = ("the", ("lines_with", IMAGE, leaf))
    if roll < 0.9:
        return s.ask(("where does it say {q}", "where is the word {q}", "!find the word {q}", "!find the text {q}", "!locate the word {q}", "!show me where it says {q}", "where is {q} written", "~where it says {q}", "!point to the word {q}", "!highlight the word {q}", "where can i read {q}", "where is the text {q}", "!find where it says {q}"), plan, q=q)
    if roll < 0.95:
        return s.ask(("how many times does the word {q} (appear|occur)", "how often does (the word|) {q} (appear|occur)", "how many times does it say {q}", "how many times is {q} (written|mentioned)", "!count the word {q}", "!count how often it says {q}", "how many times can you read {q}"), ("mentions", IMAGE, leaf), q=q)
    return s.ask(("what does the line (with|containing) {q} say", "!read the line (with|containing) {q}", "(which|what) line (contains|mentions|has) {q}", "!read the line that (contains|mentions) {q}", "what is the line with {q}", "what line says {q}"), ("read", plan), q=q)


_PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    "price": ("price", "cost", "price tag value", "price"), "number": ("number", "number", "digits", "speed limit", "house number", "bus number", "room number", "page number", "gate number", "jersey number", "serial number", "invoice number", "order number", "flight number", "table number", "score", "temperature", "weight", "year"), "date": ("date", "expiry date", "expiration date", "best before date", "date of issue"), "time": ("time", "departure time", "opening time", "time"),
    "email": ("email", "email address", "e-mail address", "mail address", "e-mail"), "url": ("url", "website", "web address", "web site", "internet address", "link", "homepage"), "phone": ("phone number", "telephone number", "phone", "number to call", "contact number", "mobile number", "tel number"), "percent": ("percentage", "discount", "percent", "discount percentage"),
}  # fmt: skip


def patterns(s: Speaker) -> Asked:
    kind = s.pick(tuple(_PATTERN_WORDS))
    w = s.pick(_PATTERN_WORDS[kind])
    if kind == "date" and s.chance(0.3):
        return s.ask(("when does (it|this|the {x}) expire", "when is (it|this|the event|the show|the concert|the party|the meeting|the appointment)", "until when is (it|this) (good|valid|fresh)", "what day is (it|shown|written)", "when was (it|this) (made|printed|issued|written|signed)", "on what date is (it|the event|the party)", "by when is it due", "when is the deadline", "when does (it|the ticket|the sale) end", "which day is shown"), ("read_date", IMAGE), x=s.noun(nouns.FOOD))
    if kind == "time" and s.chance(0.4):
        return s.ask(("when does (it|the shop|the store|the train|the show|the film|the museum|the event) (open|close|start|leave|begin|end)", "what time does (it|the shop|the store|the train|the show|the film|the bus) (open|close|start|leave|begin|end|depart|arrive)", "until when is (it|the shop|the store|the museum) open", "what are the opening (hours|times)", "at what time does (it|the train|the show) (start|leave|begin)", "from when is it open", "what time is (written|printed|given|shown on the ticket)", "what are the (business|office) hours"), ("read_time", IMAGE))
    if kind == "price" and s.chance(0.4):
        if s.chance(0.6):
            return s.ask(("how much is it", "how much does (it|this) cost", "what does (it|this) cost", "how much is this", "~how much it costs", "what is the price", "how expensive is (it|this)", "what do i (have to|) pay for (it|this)", "!find the price", "what 's the price", "what price is (shown|written)", "how much money is it"), ("read_price", IMAGE))
        x = s.found(["price tag", "tag", "label", "sticker", "sign", "price label", "ticket", "shelf label"], plural=False, plain=True)
        return s.ask(("what is the price on the {x}", "what price is on the {x}", "what price does the {x} show", "!find the price on the {x}", "what price is written on the {x}", "what 's the price on the {x}"), ("read_price", ("the", x.plan)), x=x)
    if kind == "number" and s.chance(0.75):
        x = _bearer(s) if s.chance(0.6) else s.single(1)
        return s.ask(("(what|which) number is on the {x}", "(what|which) number is the {x} (wearing|showing)", "(what|which) number is on the (front|back|side|shirt|jersey) of the {x}", "what is the number on the (front|back|side) of the {x}", "(what|which) number does the {x} (have|show|wear|display)", "what is the number on the {x}", "~(which|what) number is on the {x}", "what is the {x} 's number", "(what|which) number is (written|printed|shown) on the {x}", "!read the number on the {x}", "what number is the {x}", "what digits are on the {x}", "what 's the number on the {x}", "which number is the {x} wearing",
                      "what number do you see on the {x}", "the number on the {x}", "what is the number of the {x}"), ("read_number", x.plan), x=x)  # fmt: skip
    if s.chance(0.55):
        return s.ask(("what is the {w}", "what 's the {w}", "(which|what) {w} is (shown|written|given|printed|visible|there)", "!find the {w}", "!read the {w}", "~the {w}", "~what the {w} is", "is there a {w} ? which one", "!give me the {w}", "what {w} (do you see|can you see|is it)", "{w}", "what is the {w} (here|in the picture|in the image)", "!extract the {w}", "what {w} does it (say|show)"), (f"read_{kind}", IMAGE), w=w)
    x = _bearer(s, 0)
    return s.ask(("what is the {w} on the {x}", "(which|what) {w} is on the {x}", "!find the {w} on the {x}", "!read the {w} on the {x}", "what {w} does the {x} (show|have|say|display)", "~the {w} on the {x}", "what 's the {w} on the {x}", "(which|what) {w} is (written|printed|shown) on the {x}", "what is the {w} shown on the {x}"), (f"read_{kind}", x.plan), w=w, x=x)


def values(s: Speaker) -> Asked:
    """The number that stands with a word: totals on receipts, prices on menus."""
    roll = s.rng.random()
    if roll < 0.5:
        leaf = Leaf(s.pick(nouns.RECEIPT_WORDS), "quote") if s.chance(0.8) else Leaf(s.pick(("total amount", "grand total", "net weight", "amount due", "sales tax", "service charge", "net amount", "cash back", "unit price", "total price", "delivery fee")), "quote")
        place = s.pick(([], [], ["on the", s.pick(("receipt", "bill", "invoice", "document", "page", "form"))]))
        return s.ask(("what is the {q} {p}", "what 's the {q} {p}", "how much is the {q} {p}", "~the {q} {p}", "~how much the {q} is {p}", "!find the {q} {p}", "what {q} is (shown|given|written) {p}", "how (high|large) is the {q} {p}", "!read the {q} {p}", "what is the {q} amount {p}", "what value does the {q} have {p}"), ("value", IMAGE, leaf), q=leaf, p=place)
    leaf = Leaf(s.noun(nouns.FOOD, ["coffee", "tea", "latte", "cappuccino", "espresso", "beer", "wine", "lemonade", "breakfast", "ticket", "soup of the day", "house wine", "fish and chips", "cheese sandwich", "green tea", "orange juice", "ice cream"]), "quote")
    if roll < 0.9:
        return s.ask(("how much is the {q}", "how much does the {q} cost", "what does the {q} cost", "what is the price of the {q}", "~how much the {q} costs", "how expensive is the {q}", "how much for the {q}", "what 's the price (of|for) the {q}", "how much is a {q}", "how much does a {q} cost", "what is the price (of|for) a {q}", "what do they charge for the {q}", "!find the price of the {q}"), ("value", IMAGE, leaf), q=leaf)
    q, leaf = _quoted(s)
    return s.ask(("what number (stands|is) (next to|beside|after|by) {q}", "what is the number (next to|after|beside) {q}", "what is the value (for|of|next to) {q}", "what amount is (next to|beside|given for) {q}", "(which|what) (figure|number|value) belongs to {q}"), ("value", IMAGE, leaf), q=q)


def lines(s: Speaker) -> Asked:
    """Lines of text by order, size or place."""
    roll = s.rng.random()
    whole: Plan = ("lines", IMAGE)
    if roll < 0.22:
        which = s.pick(("largest", "smallest", "topmost", "bottommost", "leftmost", "rightmost"))
        w = s.pick(EXTREME_BEFORE[which])
        if which in EXTREME_AFTER and s.chance(0.3):
            a = s.pick(EXTREME_AFTER[which])
            return s.ask(("what does the line {w} say", "!read the line {w}", "what is the line {w}"), ("read", (which, whole)), w=a)
        return s.ask(("what is the {w} text", "what does the {w} (text|line|word|line of text) say", "!read the {w} (text|line|word)", "what is the {w} (text|line|word) [in the picture]", "~what the {w} (text|line) says", "what is written in the {w} (letters|font|line|print)", "what does the {w} print say", "!transcribe the {w} (line|text)"), ("read", (which, whole)), w=w)
    if roll < 0.42:
        which = Leaf(s.pick(ORDINAL_WORDS), "number")
        x = s.definite(s.found(nouns.TEXTY, plural=False, plain=True)) if s.chance(0.35) else None
        source: Plan = whole if x is None else ("lines", x.plan)
        tail: list[Piece] = [] if x is None else [s.pick(("of", "on")), "the", *x.pieces]
        if s.chance(0.2):
            return s.ask(("what does the last line {t} say", "!read the last line {t}", "what is [in] the last line {t}", "what is the last line of text {t}", "~what the last line {t} says"), ("read", ("bottommost", source)), t=tail)
        return s.ask(("what does the {n} line {t} say", "!read the {n} line {t}", "what is [(in|on|written in)] the {n} line {t}", "~what the {n} line {t} says", "what is the {n} line of text {t}", "!read line number {n} {t}", "the {n} line {t}", "what is written (in|on) the {n} line {t}"), ("read", ("nth_top", which, source)), n=which, t=tail)
    if roll < 0.58:
        x = None if s.chance(0.5) else _bearer(s, 0)
        source = IMAGE if x is None else x.plan
        tail = s.pick((["are there"], ["are there in the picture"], ["do you see"], ["of text are there"], ["can you read"])) if x is None else fill(s.rng, "(are on|are there on) the {x}", {"x": x})
        if s.chance(0.5):
            return s.ask(("how many words {t}", "what number of words {t}", "how many written words {t}"), ("word_count", source), t=tail)
        return s.ask(("how many lines [of text] {t}", "how many lines of (text|writing) {t}", "how many text lines {t}"), ("count", ("lines", source)), t=tail if tail != ["of text are there"] else ["are there"])
    if roll < 0.72:
        q, leaf = _quoted(s)
        relation = s.pick(("below", "below", "above", "right", "left", "near"))
        r = s.pick({"below": ("below", "under", "underneath", "beneath"), "above": ("above", "over"), "right": ("to the right of", "right of"), "left": ("to the left of", "left of"), "near": ("next to", "beside", "near", "close to")}[relation])
        return s.ask(("what is written {r} {q}", "what does it say {r} {q}", "!read the text {r} {q}", "what text is {r} {q}", "what is {r} the word {q}", "~what is written {r} {q}", "what word is {r} {q}", "what is the text {r} the word {q}", "what line is {r} {q}"), ("read", ("the", (f"{relation}_of", whole, ("the", ("lines_with", IMAGE, leaf))))), r=r, q=q)
    if roll < 0.84:
        relation = s.relation() if not s.table else "near"
        if relation in ("on", "inside"):
            relation = "near"
        a = s.single(0)
        r = s.pick(RELATION_WORDS[relation])
        return s.ask(("what is written {r} the {a}", "what does it say {r} the {a}", "!read the text {r} the {a}", "what text is {r} the {a}", "~what is written {r} the {a}", "what is the text {r} the {a}", "what does the text {r} the {a} say", "what words are {r} the {a}"), ("read", ("the", (f"{relation}_of", whole, a.plan))), r=r, a=a)
    which_word = s.pick(("first", "last", "longest"))
    if s.chance(0.6):
        return s.ask((f"what is the {which_word} word", f"what is the {which_word} word (in the picture|in the text|here)", f"!read the {which_word} word", f"what 's the {which_word} word", f"~the {which_word} word", f"which word is the {which_word} [one]", f"!find the {which_word} word"), (f"{which_word}_word", IMAGE))
    x = _bearer(s, 0)
    return s.ask((f"what is the {which_word} word (on|of) the {{x}}", f"!read the {which_word} word on the {{x}}", f"which word is the {which_word} on the {{x}}", f"what 's the {which_word} word on the {{x}}", f"what is the {which_word} word written on the {{x}}"), (f"{which_word}_word", x.plan), x=x)


ORDINAL_WORDS = ("first", "second", "third", "fourth", "fifth", "1st", "2nd", "3rd", "4th", "2", "3", "1", "4", "two", "three")


def any_text(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.5:
        return s.ask(("is there [any] (text|writing) [(here|in the (picture|image|photo)|anywhere|visible)]", "does the (picture|image|photo) (contain|have|show) [any] (text|writing|words)", "are there any (words|letters) [(here|in the (picture|image)|visible)]", "is (anything|something) written [(here|in the picture|anywhere)]", "~(if|whether) there is any (text|writing)",
                      "do you see any (text|writing|words|letters)", "is any (text|writing) visible", "any (text|writing|words) [(here|in the picture)]", "can you see (text|writing|words)", "!check (if|whether) there is [any] text", "is there something to read"), ("has_text", IMAGE))  # fmt: skip
    x = _bearer(s, 0)
    return s.ask(("is there [any] (text|writing) on the {x}", "does the {x} have [any] (text|writing|words) [on it]", "is (anything|something) written on the {x}", "are there any (words|letters) on the {x}", "~(if|whether) there is text on the {x}", "does the {x} (say|show) (something|anything)", "can you see (text|writing) on the {x}", "has the {x} any writing on it"), ("has_text", x.plan), x=x)


# ---- codes ----------------------------------------------------------------------------------------------------------


def codes(s: Speaker) -> Asked:
    c = s.pick(("qr code", "qr-code", "barcode", "bar code", "qr", "code", "qr code", "barcode", "data matrix code"))
    many = s.pick(("qr codes", "barcodes", "codes", "bar codes"))
    roll = s.rng.random()
    some: Plan = ("codes", IMAGE)
    if roll < 0.42:
        return s.ask(("what does the {c} say", "what is in the {c}", "what is (encoded|stored|contained) in the {c}", "!read the {c}", "!decode the {c}", "!scan the {c}", "what does the {c} contain", "what is the content of the {c}", "~what the {c} says", "where does the {c} (lead|go|link|point) [to]", "what is behind the {c}", "what (link|url|text|number|data) is in the {c}",
                      "what is the {c}", "what information does the {c} (hold|contain)", "what does the {c} (encode|link to|mean)", "can you (scan|read|decode) the {c}", "what is the value of the {c}", "what website does the {c} open", "!tell me what the {c} says"), ("read", ("the", some)), c=c)  # fmt: skip
    if roll < 0.68:
        if s.chance(0.6):
            return s.ask(("is there a {c}", "is there a {c} (here|in the (picture|image|photo)|anywhere)", "do you see a {c}", "does the (picture|image) (contain|have|show) a {c}", "~(if|whether) there is a {c}", "can you see a {c}", "is a {c} visible", "!check (if|whether) there is a {c}", "is there any {c}"), ("exists", some), c=c)
        return s.ask(("are there any {c}", "are there {c} in the picture", "do you see any {c}", "are any {c} visible", "any {c}"), ("exists", some), c=many)
    if roll < 0.82:
        return s.ask(("how many {c} are there", "how many {c} (can|do) you see", "!count the {c}", "how many {c} are in the (picture|image)", "number of {c}", "what number of {c} are there"), ("count", some), c=many)
    if roll < 0.9:
        return s.ask(("where is the {c}", "!find the {c}", "!show me the {c}", "!locate the {c}", "~where the {c} is", "!highlight the {c}", "!point to the {c}"), ("the", some), c=c)
    which = s.pick(("leftmost", "rightmost", "topmost", "bottommost", "largest"))
    if s.chance(0.5):
        return s.ask(("what does the {w} {c} say", "!read the {w} {c}", "what is in the {w} {c}", "!decode the {w} {c}", "!scan the {w} {c}"), ("read", (which, some)), c=c, w=s.pick(EXTREME_BEFORE[which]))
    x = s.definite(s.found(nouns.TEXTY, plural=False, plain=True))
    on: Plan = ("codes", x.plan)
    if s.chance(0.5):
        return s.ask(("what does the {c} on the {x} say", "!read the {c} on the {x}", "what is in the {c} on the {x}", "!decode the {c} on the {x}", "!scan the {c} on the {x}"), ("read", ("the", on)), c=c, x=x)
    return s.ask(("is there a {c} on the {x}", "does the {x} have a {c}", "do you see a {c} on the {x}", "~(if|whether) there is a {c} on the {x}"), ("exists", on), c=c, x=x)


# ---- faces ----------------------------------------------------------------------------------------------------------


def faces(s: Speaker) -> Asked:
    some: Plan = ("faces", IMAGE)
    roll = s.rng.random()
    if roll < 0.28:
        return s.ask(("how many faces are there", "how many faces (can|do) you see", "!count the faces", "how many (human|people 's|) faces are in the (picture|image|photo)", "number of faces", "what number of faces are there", "how many faces are (visible|shown)", "~how many faces there are", "how many (people 's|persons ') faces are visible", "how many (different|human) faces are there", "!count all faces", "how many people show their face", "in total how many faces are there"), ("count", some))
    if roll < 0.48:
        return s.ask(("is there a [human] face", "are there any [human] faces", "do you see a face", "can you see a face [in the picture]", "does the (picture|image) (show|contain) a face", "~(if|whether) there is a face", "are there faces in the (picture|image)", "is a face visible", "any faces [(here|in the picture)]", "can you see (anyone|someone|somebody) 's face", "is (anyone|someone) 's face visible", "!check (if|whether) there is a face"), ("exists", some))
    if roll < 0.62:
        which = s.pick(("leftmost", "rightmost", "topmost", "bottommost", "largest", "smallest", "nearest", "farthest", "middle"))
        x: list[Piece] = [s.pick(EXTREME_BEFORE[which]), "face"] if s.chance(0.6) or which not in EXTREME_AFTER else ["face", s.pick(EXTREME_AFTER[which])]
        return s.ask(("!find the {x}", "!show me the {x}", "where is the {x}", "-the {x}", "-{x}", "!locate the {x}", "!highlight the {x}", "which is the {x}", "!point to the {x}", "!crop the {x}", "!zoom in on the {x}"), (which, some), x=x)
    if roll < 0.7:
        return s.ask(("!find [(all|the|all the)] faces", "!show me [(all|the|all the)] faces", "where are the faces", "!detect [(all|the|all the)] faces", "!locate [(all|the|all the)] faces", "-all faces", "!highlight [(all|the)] faces", "!draw boxes around the faces", "~where the faces are", "!mark every face"), some)
    if roll < 0.76:
        p = Leaf(s.pick((*nouns.STATES[:60], "smiling", "smiling", "frowning", "wearing glasses", "with a beard", "bearded", "happy", "sad", "angry")))
        seen: Plan = ("with", some, p)
        return s.pick((
            lambda: s.ask(("how many faces are {p}", "how many of the faces are {p}", "!count the {p} faces", "how many {p} faces are there"), ("count", seen), p=p),
            lambda: s.ask(("is there a {p} face", "are there any {p} faces", "do you see a {p} face", "are any of the faces {p}", "is any face {p}"), ("exists", seen), p=p),
            lambda: s.ask(("which face is {p}", "!(find|show me) the {p} face", "where is the {p} face", "the face that is {p}"), ("the", seen), p=p),
        ))()
    relation = s.relation() if not s.table else "left"
    if relation in ("inside", "on"):
        relation = "left"
    a = s.single(0)
    r = s.pick(RELATION_WORDS[relation])
    plan: Plan = (f"{relation}_of", some, a.plan)
    if roll < 0.84:
        return s.ask(("is there a face {r} the {a}", "are there any faces {r} the {a}", "do you see a face {r} the {a}", "is a face {r} the {a}", "{r} the {a} , is there a face", "~(if|whether) there is a face {r} the {a}"), ("exists", plan), r=r, a=a)
    if roll < 0.9:
        return s.ask(("how many faces are [there] {r} the {a}", "!count the faces {r} the {a}", "what number of faces are {r} the {a}"), ("count", plan), r=r, a=a)
    if roll < 0.95:
        n = s.quantity()
        op, w = s.pick((("more", "more than"), ("fewer", "fewer than"), ("at_least", "at least"), ("equal", "exactly"), ("at_most", "at most"), ("fewer", "less than")))
        return s.ask(("are there {w} {n} faces", "do you see {w} {n} faces", "are {w} {n} faces visible"), (op, ("count", some), ("number", n)), w=w, n=n)
    other = s.found(plural=True, plain=True)
    op, w = s.pick((("more", "more faces than"), ("fewer", "fewer faces than"), ("equal", "as many faces as")))
    return s.ask(("are there {w} {x}", "do you see {w} {x}"), (op, ("count", some), ("count", other.plan)), w=w, x=other)


FAMILIES: tuple[tuple[float, object], ...] = ((7, reads), (4, says), (4.5, patterns), (2.2, values), (4, lines), (1.2, any_text), (2.4, codes), (2.6, faces))
