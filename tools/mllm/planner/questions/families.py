"""Which question families there are, how often each is asked, and how often it speaks of table-top scenes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..plan import Kind
from . import temporal
from .attributes import (
    attributes,
    color_of_picture,
    colors_of_many,
    same_attribute,
    verifies,
    verifies_all,
    verifies_two,
    worn_color,
)
from .codes import codes
from .counting import (
    compares_counts,
    compares_to_number,
    counts,
    counts_kinds,
    counts_parts,
    counts_related,
    counts_together,
    counts_with_property,
)
from .declines import chat, create, foreign, moment, opinion, unclear
from .everyday import (
    and_count,
    beside,
    closer,
    draw_me,
    has_the,
    longer,
    nth,
    person_fragment,
    something,
    text_beside,
    to_the_expert,
    two_sorts,
    value_of,
    verbs,
)
from .faces import faces
from .opened import asks_about, asks_open, asks_together, captions, chooses, identifies
from .presence import (
    exists,
    exists_in_region,
    exists_possessed,
    exists_related,
    having,
    logic,
    negated,
    people,
)
from .reading import any_text, lines, patterns, reads, says, values
from .references import refers, refers_briefly, refers_many, which_one, who
from .space import (
    closer_to,
    compares_size,
    distances,
    is_between,
    is_related,
    measures,
    on_side,
    picture_facts,
    touching,
    which_of_two,
    which_one_of_two,
    which_side,
)
from .tabletop import both, chain, either, indirect, same_as
from .things import Asked, Speaker

Maker = Callable[[Speaker], Asked]


@dataclass(frozen=True, slots=True)
class Group:
    """Families that are asked together.

    Attributes:
        share: of all questions.
        table: how often its questions speak of table-top scenes.
        families: with their weights inside the group.
        root: of their plans, HAPPENING for questions about videos.
    """

    share: float
    table: float
    families: tuple[tuple[float, Maker], ...]
    root: Kind = Kind.ANSWER


_SCENE: tuple[tuple[float, Maker], ...] = (
    (5, exists),
    (3, exists_related),
    (1.6, exists_possessed),
    (2.2, exists_in_region),
    (5.5, counts),
    (3, counts_related),
    (1.6, counts_parts),
    (0.7, counts_kinds),
    (2.4, counts_with_property),
    (1.6, counts_together),
    (4, compares_counts),
    (3, compares_to_number),
    (6, attributes),
    (1.2, colors_of_many),
    (0.8, color_of_picture),
    (4.5, verifies),
    (2, verifies_two),
    (2.4, verifies_all),
    (3.4, logic),
    (2.2, negated),
    (4.5, refers),
    (2.5, refers_briefly),
    (2, refers_many),
    (2.6, which_one),
    (4, chooses),
    (3, asks_about),
    (2, asks_open),
    (2.4, identifies),
    (1.6, captions),
    (3, same_attribute),
    (1.5, people),
    (1, who),
    (2, worn_color),
    (2.2, having),
    (0.8, asks_together),
)
_SPACE: tuple[tuple[float, Maker], ...] = (
    (5, is_related),
    (2, is_between),
    (0.7, touching),
    (2.5, compares_size),
    (2.5, which_of_two),
    (0.5, which_one_of_two),
    (1, closer_to),
    (2.5, which_side),
    (1.3, on_side),
    (0.8, distances),
    (0.4, measures),
    (2.4, picture_facts),
)
_READING: tuple[tuple[float, Maker], ...] = (
    (7, reads),
    (4, says),
    (4.5, patterns),
    (2.2, values),
    (4, lines),
    (1.2, any_text),
    (2.4, codes),
    (2.6, faces),
)
_TABLETOP: tuple[tuple[float, Maker], ...] = ((4.5, chain), (4.5, indirect), (5, same_as), (3.5, both), (3, either))
_DECLINES: tuple[tuple[float, Maker], ...] = (
    (1.6, chat),
    (2.2, create),
    (1.8, opinion),
    (1.2, moment),
    (1, foreign),
    (0.8, unclear),
)
_EVERYDAY: tuple[tuple[float, Maker], ...] = (
    (2.5, something),
    (1.5, closer),
    (1, longer),
    (1, has_the),
    (2, to_the_expert),
    (0.8, value_of),
    (2.5, two_sorts),
    (0.8, and_count),
    (1.5, person_fragment),
    (1.2, verbs),
    (1, nth),
    (0.8, beside),
    (4, text_beside),
    (1.5, draw_me),
)
# What happens over time is no reason to decline a question about a video.
_DECLINED_OF_VIDEOS = tuple(entry for entry in _DECLINES if entry[1] is not moment)
GROUPS = (
    Group(0.44, 0.14, _SCENE),
    Group(0.13, 0.12, _SPACE),
    Group(0.16, 0.03, _READING),
    Group(0.2, 0.8, _TABLETOP),
    Group(0.07, 0.0, _DECLINES),
    Group(0.15, 0.08, _EVERYDAY),
    Group(0.3, 0.3, temporal.FAMILIES, Kind.HAPPENING),
    Group(0.02, 0.0, _DECLINED_OF_VIDEOS, Kind.HAPPENING),
)
