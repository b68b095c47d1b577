"""Pictures of several stores share a budget of memory: those used longest ago rest, and are read again."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from sightline.tools.errors import ApiMisuse
from sightline.tools.media import MediaStore, Picture, PixelBudget

SIDE = 10
SIZE = SIDE * SIDE * 3


class Shelf:
    """Reads any of its pictures again, and counts how often."""

    def __init__(self, *pictures: Picture) -> None:
        self.pictures = {picture.id: picture for picture in pictures}
        self.read_again: list[str] = []

    def has(self, media_id: str) -> bool:
        return media_id in self.pictures

    def read(self, media_id: str, into: MediaStore) -> None:
        self.read_again.append(media_id)
        into.add(self.pictures[media_id])


def pictures(count: int, *, first: int = 0) -> list[Picture]:
    return [Picture(np.full((SIDE, SIDE, 3), first + n, np.uint8)) for n in range(count)]


def store_of(budget: PixelBudget, *kept: Picture) -> tuple[MediaStore, Shelf]:
    shelf = Shelf(*kept)
    return MediaStore(source=shelf, budget=budget), shelf


def test_what_is_held_stays_within_the_budget_however_many_pictures_come() -> None:
    budget = PixelBudget(3 * SIZE)
    kept = pictures(20)
    store, _ = store_of(budget, *kept)
    for picture in kept:
        store.add(picture)
        assert store.held_bytes == budget.bytes <= 3 * SIZE


def test_a_picture_that_rests_is_still_known_and_read_again_when_it_is_looked_at() -> None:
    kept = pictures(3)
    store, shelf = store_of(PixelBudget(2 * SIZE), *kept)
    refs = [store.add(picture) for picture in kept]
    assert not store.holds(kept[0].id)
    assert store.knows(kept[0].id)
    assert (store.pixels(refs[0]) == 0).all()
    assert shelf.read_again == [kept[0].id]


def test_what_was_used_longest_ago_rests_first() -> None:
    kept = pictures(3)
    store, _ = store_of(PixelBudget(2 * SIZE), *kept)
    store.add(kept[0])
    store.add(kept[1])
    store.picture(kept[0].id)
    store.add(kept[2])
    assert [store.holds(picture.id) for picture in kept] == [True, False, True]


def test_stores_share_a_budget_and_one_that_is_gone_leaves_it() -> None:
    budget = PixelBudget(2 * SIZE)
    mine, theirs = pictures(2), pictures(2, first=100)
    store, _ = store_of(budget, *mine)
    other, shelf = store_of(budget, *theirs)
    for picture in mine:
        store.add(picture)
    for picture in theirs:
        other.add(picture)
    assert (store.held_bytes, other.held_bytes) == (0, 2 * SIZE)
    del other, shelf
    gc.collect()  # a store and its source know each other
    assert budget.bytes == 0


def test_what_lies_nowhere_else_stays_while_its_question_is_answered() -> None:
    made, *kept = pictures(4)
    store, _ = store_of(PixelBudget(2 * SIZE), *kept)
    with store.working():
        ref = store.add(made)
        for picture in kept:
            store.add(picture)
        assert store.pixels(ref).shape == (SIDE, SIDE, 3)
    for picture in kept:
        store.picture(picture.id)
    with pytest.raises(ApiMisuse):
        store.picture(made.id)
