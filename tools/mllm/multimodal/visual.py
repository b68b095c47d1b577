"""What the language model gets to see of a batch of questions: visual tokens before they are made into embeddings.

Every token has a content (features of an encoder, or the true attributes while the language is learned from layouts
alone), a place, and, for things, a pointer by which text names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from ..scenes.world import WORDS
from .scene import Scene
from .text import POINTERS

__all__ = ["GEOMETRY", "Visual", "of_scenes"]

GEOMETRY = 7  # numbers that say where a token stands: box (4), ground (2), depth
_MIDDLE = (0.5, 0.5, 0.5, 0.5, 0.0, 9.5, 11.0)  # what they are measured from
_SPREAD = (0.5, 0.5, 0.5, 0.5, 3.0, 3.0, 3.0)  # and in which units


@dataclass(frozen=True, kw_only=True, slots=True)
class Visual:
    """B questions with at most V visual tokens each."""

    content: Tensor  # (B, V, features) float, or (B, V, 4) int64: numbers of the true attributes
    geometry: Tensor  # (B, V, 7) about -1 to 1
    pointers: Tensor  # (B, V) int64: number of the pointer, -1 for none
    depth_ranks: Tensor  # (B, V) int64: how many things stand nearer, 0 where unknown
    pictures: Tensor  # (B, V) int64: which picture of the question it belongs to
    present: Tensor  # (B, V) bool

    def to(self, device: str | torch.device) -> Visual:
        """On another device."""
        return replace(self, **{one.name: getattr(self, one.name).to(device) for one in fields(self)})

    def rows(self, rows: Tensor | slice) -> Visual:
        """Some of the questions."""
        return replace(self, **{one.name: getattr(self, one.name)[rows] for one in fields(self)})


def of_scenes(scenes: Sequence[Sequence[Scene]], contents: Sequence[Sequence[Tensor]] | None = None) -> Visual:
    """The visual tokens of questions, each about one or several scenes.

    `contents` holds per scene the features (things, C) of its things in their order; without it, their true attributes
    are the content. Pointers count on from one scene of a question to the next; things after the last pointer are seen
    and cannot be named.
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
    )
