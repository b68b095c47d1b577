"""Questions about QR codes and barcodes."""

from __future__ import annotations

from . import nouns
from .places import EXTREME_BEFORE
from .things import IMAGE, Asked, Speaker
from .wording import Plan, wordings

WORDINGS = wordings("reading")


def codes(s: Speaker) -> Asked:
    c = s.pick(("qr code", "qr-code", "barcode", "bar code", "qr", "code", "qr code", "barcode", "data matrix code"))
    many = s.pick(("qr codes", "barcodes", "codes", "bar codes"))
    roll = s.rng.random()
    some: Plan = ("codes", IMAGE)
    if roll < 0.42:
        return s.ask(WORDINGS["codes.read.1"], ("read", ("the", some)), c=c)
    if roll < 0.68:
        if s.chance(0.6):
            return s.ask(WORDINGS["codes.exists.1"], ("exists", some), c=c)
        return s.ask(WORDINGS["codes.exists.2"], ("exists", some), c=many)
    if roll < 0.82:
        return s.ask(WORDINGS["codes.count"], ("count", some), c=many)
    if roll < 0.9:
        return s.ask(WORDINGS["codes.the"], ("the", some), c=c)
    which = s.pick(("leftmost", "rightmost", "topmost", "bottommost", "largest"))
    if s.chance(0.5):
        return s.ask(WORDINGS["codes.read.2"], ("read", (which, some)), c=c, w=s.pick(EXTREME_BEFORE[which]))
    x = s.definite(s.found(nouns.TEXTY, plural=False, plain=True))
    on: Plan = ("codes", x.plan)
    if s.chance(0.5):
        return s.ask(WORDINGS["codes.read.3"], ("read", ("the", on)), c=c, x=x)
    return s.ask(WORDINGS["codes.exists.3"], ("exists", on), c=c, x=x)
