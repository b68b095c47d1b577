"""What the language model gets to see of a batch of questions: visual tokens before they are made into embeddings.

Every token has a content (features of an encoder, or the true attributes while the language is learned from layouts
alone), a place, and, for things, a pointer by which text names it. What is printed on things follows as tokens of its
own, one for each letter, and are pointed at in the order in which they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from ..scenes.world import WORDS
from .scene import Scene
from .text import LETTER_POINTERS, POINTERS

__all__ = ["GEOMETRY", "LETTERS", "LONGEST", "Letters", "Visual", "of_scenes"]

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
LONGEST = 8  # letters of one print

GEOMETRY = 7  # numbers that say where a token stands: box (4), ground (2), depth
_MIDDLE = (0.5, 0.5, 0.5, 0.5, 0.0, 9.5, 11.0)  # what they are measured from
_SPREAD = (0.5, 0.5, 0.5, 0.5, 3.0, 3.0, 3.0)  # and in which units


@dataclass(frozen=True, kw_only=True, slots=True)
class Letters:
    """What is printed on the things of B questions, with at most L letters each."""

    glyphs: Tensor  # (B, L, features) float, or (B, L) int64: numbers of the true letters in `LETTERS`
    owners: Tensor  # (B, L) int64: the visual token of the thing that carries it, -1 where there is no letter
    spots: Tensor  # (B, L) int64: how many letters stand before it in its print

    @property
    def pointers(self) -> Tensor:
        """Number of each letter's pointer (B, L) int64, -1 for none."""
        numbers = torch.arange(self.owners.shape[1], device=self.owners.device).expand_as(self.owners)
        return numbers.where((self.owners >= 0) & (numbers < LETTER_POINTERS), -1)

    @classmethod
    def none(cls, batch: int) -> Letters:
        """Of questions about things without print."""
        nothing = torch.zeros(batch, 0, dtype=torch.int64)
        return cls(glyphs=nothing, owners=nothing, spots=nothing)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visual:
    """B questions with at most V things or cells each, and the letters on them."""

    content: Tensor  # (B, V, features) float, or (B, V, 4) int64: numbers of the true attributes
    geometry: Tensor  # (B, V, 7) about -1 to 1
    pointers: Tensor  # (B, V) int64: number of the pointer, -1 for none
    depth_ranks: Tensor  # (B, V) int64: how many things stand nearer, 0 where unknown
    pictures: Tensor  # (B, V) int64: which picture of the question it belongs to
    present: Tensor  # (B, V) bool
    letters: Letters

    @property
    def there(self) -> Tensor:
        """Which of all visual tokens, things before letters, there are: (B, V + L) bool."""
        return torch.cat([self.present, self.letters.owners >= 0], 1)

    def to(self, device: str | torch.device) -> Visual:
        """On another device."""
        return self._each(lambda tensor: tensor.to(device))

    def rows(self, rows: Tensor | slice) -> Visual:
        """Some of the questions."""
        return self._each(lambda tensor: tensor[rows])

    def _each(self, change: Callable[[Tensor], Tensor]) -> Visual:
        def changed(part: Visual | Letters) -> dict[str, Tensor]:
            tensors = {one.name: getattr(part, one.name) for one in fields(part)}
            return {name: change(tensor) for name, tensor in tensors.items() if isinstance(tensor, Tensor)}

        return replace(self, **changed(self), letters=replace(self.letters, **changed(self.letters)))


def of_scenes(
    scenes: Sequence[Sequence[Scene]],
    contents: Sequence[Sequence[Tensor]] | None = None,
    prints: Sequence[Sequence[Sequence[Tensor]]] | None = None,
) -> Visual:
    """The visual tokens of questions, each about one or several scenes.

    `contents` holds per scene the features (things, C) of its things in their order; without it, their true attributes
    are the content. `prints` holds per scene and thing the features (letters, C) of what is printed there; with
    neither, the true texts are read. Pointers count on from one scene of a question to the next; things after the last
    pointer are seen and cannot be named.
    """
    most = max((sum(len(scene.things) for scene in group) for group in scenes), default=0) or 1
    batch = len(scenes)
    width = len(WORDS)
    if contents is not None:  # a picture in which nothing was found has no features that tell their width
        width = max((one.shape[-1] for group in contents for one in group if one.ndim > 1), default=0)
    content = torch.zeros(batch, most, width, dtype=torch.float32 if contents is not None else torch.int64)
    geometry = torch.zeros(batch, most, GEOMETRY)
    pointers = torch.full((batch, most), -1, dtype=torch.int64)
    ranks = torch.zeros(batch, most, dtype=torch.int64)
    pictures = torch.zeros(batch, most, dtype=torch.int64)
    present = torch.zeros(batch, most, dtype=torch.bool)
    for b, group in enumerate(scenes):
        start = 0
        for number, scene in enumerate(group):
            count = len(scene.things)
            if not count:
                continue
            span = slice(start, start + count)
            geometry[b, span] = torch.tensor([(*one.box, *one.ground, one.depth) for one in scene.things])
            if contents is None:
                content[b, span] = torch.tensor(
                    [[WORDS[key].index(one.attributes[key]) for key in WORDS] for one in scene.things]
                )
            else:
                content[b, span] = contents[b][number]
            named = range(start, min(start + count, POINTERS))
            pointers[b, start : start + len(named)] = torch.tensor(named)
            ranks[b, span] = torch.tensor(scene.depth_ranks)
            pictures[b, span] = number
            present[b, span] = True
            start += count
    geometry = (geometry - torch.tensor(_MIDDLE)) / torch.tensor(_SPREAD)
    return Visual(
        content=content,
        geometry=geometry * present[..., None],
        pointers=pointers,
        depth_ranks=ranks,
        pictures=pictures,
        present=present,
        letters=_spelled(scenes) if contents is None else Letters.none(batch) if prints is None else _printed(prints),
    )


def _spelled(scenes: Sequence[Sequence[Scene]]) -> Letters:
    """The true letters."""
    texts = [[one.text[:LONGEST] for scene in group for one in scene.things] for group in scenes]
    numbers = [[torch.tensor([LETTERS.index(letter) for letter in text]) for text in group] for group in texts]
    return _letters(numbers)


def _printed(prints: Sequence[Sequence[Sequence[Tensor]]]) -> Letters:
    return _letters([[one[:LONGEST] for scene in group for one in scene] for group in prints])


def _letters(prints: Sequence[Sequence[Tensor]]) -> Letters:
    """From numbers (letters,) or features (letters, C) of each thing of each question."""
    some = next((one for group in prints for one in group if len(one)), None)
    most = max((sum(map(len, group)) for group in prints), default=0)
    if some is None:
        return Letters.none(len(prints))
    glyphs = some.new_zeros(len(prints), most, *some.shape[1:])
    owners = torch.full((len(prints), most), -1, dtype=torch.int64)
    spots = torch.zeros(len(prints), most, dtype=torch.int64)
    for b, group in enumerate(prints):
        start = 0
        for owner, one in enumerate(group):
            span = slice(start, start + len(one))
            if len(one):
                glyphs[b, span], owners[b, span], spots[b, span] = one, owner, torch.arange(len(one))
            start += len(one)
    return Letters(glyphs=glyphs, owners=owners, spots=spots)
