# ruff: noqa: SIM905  # lists of plain words read and edit better without quotes
"""Requests outside the planner's world: it must say so rather than write a program."""

from __future__ import annotations

from . import nouns
from .things import Asked, Speaker
from .wording import Leaf, wordings

WORDINGS = wordings("declines")

_FOREIGN_NOUNS = """hund katze auto baum haus ball tisch stuhl mann frau kind vogel der-hund das-auto
chien chat voiture arbre maison table homme femme enfant oiseau perro gato coche árbol casa mesa hombre mujer niño
pájaro cane gatto macchina albero casa uomo donna cachorro carro árvore homem mulher kot pies samochód dom
człowiek bil hus träd katt собака кошка машина дом человек kedi köpek araba ağaç
""".split()
_SALAD = """the of is and to in it a on are how many what why red left if but then so with for
at by from up or not do have any was this that there which when who all more
""".split()


def chat(s: Speaker) -> Asked:
    return s.ask(
        WORDINGS["chat"],
        ("decline_chat",),
        x=s.noun(),
        y=s.noun(),
        f=s.pick(
            (
                "the mona lisa",
                "hamlet",
                "world war two",
                "the world cup",
                "the french revolution",
                "harry potter",
                "penicillin",
                "the telephone",
                "america",
                "the super bowl",
                "star wars",
                "the eiffel tower",
                "the olympics",
                "google",
                "the ninth symphony",
                "the election",
            )
        ),
        n=s.pick(("france", "germany", "japan", "brazil", "london", "canada", "rome", "texas")),
        d=str(s.rng.randrange(1, 100)),
    )


def create(s: Speaker) -> Asked:
    x, y = s.name(plain=True), s.name(plain=True, plural=True)
    return s.ask(
        WORDINGS["create"],
        ("decline_create",),
        x=x,
        z=s.noun(),
        y=y,
        c=s.pick(nouns.COLORS),
        d=str(s.rng.randrange(10, 999)),
        q=s.pick(nouns.WORDS_TO_READ),
    )


def opinion(s: Speaker) -> Asked:
    return s.ask(
        WORDINGS["opinion"],
        ("decline_opinion",),
        x=s.name(plain=True),
        y=s.name(plain=True, plural=True),
        z=s.noun(),
        p=s.pick((s.pick(nouns.STATES), s.pick(nouns.ACTIONS))),
        s=s.pick(nouns.STATES),
        v=s.pick(("fall", "stop", "leave", "run away", "jump")),
    )


def moment(s: Speaker) -> Asked:
    return s.ask(
        WORDINGS["moment"],
        ("decline_moment",),
        x=s.name(plain=True),
        y=s.name(plain=True, plural=True),
        z=s.noun(),
        d=str(s.rng.randrange(1, 90)),
        g=s.pick(("jumping", "sitting down", "leaving the room", "opening the door", "eating")),
        v=s.pick(("falls", "stops", "leaves", "jumps", "lands")),
    )


def foreign(s: Speaker) -> Asked:
    return s.ask(WORDINGS["foreign"], ("decline_language",), f=s.pick(_FOREIGN_NOUNS).replace("-", " "))


def unclear(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.35:
        letters = "abcdefghijklmnopqrstuvwxyz"
        words = ["".join(s.pick(letters) for _ in range(s.rng.randrange(1, 10))) for _ in range(s.rng.randrange(3, 8))]
    elif roll < 0.5:
        words = [s.pick("!?#$%&*+=<>{}[]^~|") * s.rng.randrange(1, 4) for _ in range(s.rng.randrange(1, 6))]
    elif roll < 0.85:
        words = [s.pick(_SALAD) if s.chance(0.8) else s.noun() for _ in range(s.rng.randrange(5, 14))]
    else:
        words = [str(s.rng.randrange(0, 10000)) for _ in range(s.rng.randrange(1, 5))]
    return Asked([Leaf(word, "raw") for word in words], ("decline_unclear",), "-")
