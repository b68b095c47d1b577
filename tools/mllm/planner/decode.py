# ruff: noqa: SIM905  # lists of plain words read and edit better without quotes
"""Constrained decoding: whatever the network's weights, what comes out is a whole, well-typed plan.

At each step only operators that fit the expected kind and leave room to finish are considered, and only spans that mean
something for that kind (a numeral is a number, a name ends in a word).  Greedy by default; a beam keeps the best few.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from . import inflect
from .batches import Vocabulary, encode_step, kind_ids, questions
from .model import BEGIN, NEVER, SPAN, PlannerNet
from .plan import NAMES, SPAN_KINDS, Kind, Node, Progress, Span, Step, build
from .tokens import Token

LONGEST = {Kind.PHRASE: 14, Kind.NAME: 14, Kind.QUOTE: 14, Kind.NUMERAL: 1, Kind.QUESTION: 64}  # tokens
_EMPTY = frozenset("a an the of to in on at is are was were be and or that which who it 's this these those".split())
_ARTICLES = frozenset(("a", "an", "the", "'s"))
_THREADS = threading.Lock()  # the number of threads is torch's own global state
_PLACE = {name: index for index, name in enumerate(NAMES)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """A plan, and the log-probability of each of its steps."""

    plan: Node
    steps: tuple[Step, ...]
    log_probabilities: tuple[float, ...]

    @property
    def total(self) -> float:
        return sum(self.log_probabilities)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where spans of one kind may begin and end, (T,) bool each."""

    first: Tensor
    last: Tensor


def _ends(tokens: Sequence[Token]) -> dict[Kind, _Ends]:
    """Possible ends of spans for every copied kind."""
    word = [any(c.isalnum() for c in token.word) for token in tokens]
    content = [w and token.word not in _EMPTY for w, token in zip(word, tokens, strict=True)]
    named = [w and token.word not in _ARTICLES for w, token in zip(word, tokens, strict=True)]
    numeral = [inflect.number(token.word) is not None for token in tokens]
    anything = [True] * len(tokens)
    table = {
        Kind.PHRASE: (content, content),
        Kind.NAME: (named, named),  # "on" may be what a lamp is
        Kind.QUOTE: (word, word),
        Kind.NUMERAL: (numeral, numeral),
        Kind.QUESTION: (word, anything),
    }
    return {kind: _Ends(torch.tensor(first), torch.tensor(last)) for kind, (first, last) in table.items()}


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Let torch use one thread inside, and as many as before afterwards.

    These matrices are too small to share out: on a busy machine a second thread makes a question ten times slower.
    """
    with _THREADS:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


@dataclass(slots=True)
class _Draft:
    progress: Progress
    steps: list[Step]
    scores: list[float]

    @property
    def total(self) -> float:
        return sum(self.scores)


@torch.inference_mode()
def decode(
    net: PlannerNet, vocabulary: Vocabulary, tokens: Sequence[Token], *, beam: int = 1, root: Kind = Kind.ANSWER
) -> list[Decoded]:
    """The best plans for a question about a picture, best first, at most `beam`; `root` HAPPENING is for a video.

    Raises:
        ValueError: the question has no tokens.
    """
    if not tokens:
        raise ValueError("a question without words has no plan")
    ends = _ends(tokens)
    missing = frozenset(kind for kind in SPAN_KINDS if not (ends[kind].first.any() and ends[kind].last.any()))
    memory, mask = net.encode(questions([tokens], vocabulary))
    drafts = [_Draft(Progress(expected=[root], missing=missing), [], [])]
    done: list[_Draft] = []
    while drafts:
        states = _states(net, memory, mask, drafts, root)
        grown = [
            draft
            for row, draft in enumerate(drafts)
            for draft in _grow(net, memory, mask, states[row], draft, ends, beam)
        ]
        grown.sort(key=lambda draft: -draft.total)
        grown = grown[:beam]
        done += [draft for draft in grown if draft.progress.complete]
        drafts = [draft for draft in grown if not draft.progress.complete]
        if len(done) >= beam:
            worst = sorted(draft.total for draft in done)[-beam]
            drafts = [draft for draft in drafts if draft.total > worst]
    done.sort(key=lambda draft: -draft.total)
    return [
        Decoded(plan=build(d.steps, root), steps=tuple(d.steps), log_probabilities=tuple(d.scores)) for d in done[:beam]
    ]


def _states(net: PlannerNet, memory: Tensor, mask: Tensor, drafts: Sequence[_Draft], root: Kind) -> Tensor:
    """Decoder state (drafts, W) that decides each draft's next step; all drafts have equally many steps."""
    size = (len(drafts), len(drafts[0].steps) + 1)
    inputs = torch.full(size, BEGIN)
    spans = torch.zeros(*size, 2, dtype=torch.long)
    kinds, depths = torch.zeros(size, dtype=torch.long), torch.zeros(size, dtype=torch.long)
    for row, draft in enumerate(drafts):
        progress = Progress(expected=[root])
        for at in range(size[1]):
            kinds[row, at], depths[row, at] = kind_ids(progress)
            if at < len(draft.steps):
                code, first, last = encode_step(draft.steps[at])
                inputs[row, at + 1] = code
                spans[row, at + 1, 0], spans[row, at + 1, 1] = first, last
                progress.push(draft.steps[at])
    count = len(drafts)
    states = net.hidden(memory.expand(count, -1, -1), mask.expand(count, -1, -1, -1), inputs, spans, kinds, depths)
    return states[:, -1]


def _grow(
    net: PlannerNet, memory: Tensor, mask: Tensor, state: Tensor, draft: _Draft, ends: dict[Kind, _Ends], beam: int
) -> list[_Draft]:
    """The draft with each of its best next steps."""
    kind = draft.progress.expected[-1]
    row, _ = kind_ids(draft.progress)
    names, copying = draft.progress.allowed()
    scores = net.choices(state[None], torch.tensor([row]))[0]  # (operators + 1,)
    allowed = [_PLACE[name] for name in names] + ([SPAN] if copying else [])
    among = torch.full_like(scores, NEVER)
    among[allowed] = scores[allowed]
    grown: list[_Draft] = []
    best = among.topk(min(beam, len(allowed)))
    for score, choice in zip(best.values.tolist(), best.indices.tolist(), strict=True):
        if choice != SPAN:
            grown.append(_taken(draft, NAMES[choice], score))
            continue
        for span, likelihood in _spans(net, memory, mask, state, ends[kind], LONGEST[kind], beam):
            grown.append(_taken(draft, span, score + likelihood))
    return grown


def _spans(
    net: PlannerNet, memory: Tensor, mask: Tensor, state: Tensor, ends: _Ends, longest: int, beam: int
) -> list[tuple[Span, float]]:
    """The best spans with their log-probabilities."""
    firsts = net.firsts(state[None, None], memory, mask)[0, 0]  # (T,)
    reach = torch.tensor([bool(ends.last[at : at + longest].any()) for at in range(len(firsts))])
    firsts = firsts.masked_fill(~(ends.first & reach), NEVER)
    found: list[tuple[Span, float]] = []
    usable = int((ends.first & reach).sum())
    best = firsts.topk(min(beam, usable))
    for score, first in zip(best.values.tolist(), best.indices.tolist(), strict=True):
        lasts = net.lasts(state[None, None], memory, mask, torch.tensor([[first]]))[0, 0]
        allowed = ends.last.clone()
        allowed[:first] = False
        allowed[first + longest :] = False
        lasts = lasts.masked_fill(~allowed, NEVER)
        for likelihood, last in zip(
            *(values.tolist() for values in lasts.topk(min(beam, int(allowed.sum())))), strict=True
        ):
            found.append((Span(first, last + 1), score + likelihood))
    return found


def _taken(draft: _Draft, step: Step, score: float) -> _Draft:
    progress = draft.progress.copy()
    progress.push(step)
    return _Draft(progress, [*draft.steps, step], [*draft.scores, score])
