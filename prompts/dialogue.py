"""What was said before, as lines of a prompt within a budget; quoted lines are marked as data.

The latest turns stand whole, older ones as one line each, still older ones as a count. What earlier turns left behind
is pinned: each thing keeps its line, and with it its number, however old its turn is. Every line that may come out
of a picture starts with a mark: a line break, however written, starts a new marked line, so no text can step out of
its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from .request import Artefact, Turn
from .tokens import estimate_tokens, fit_lines

__all__ = ["DATA_MARK", "artefact_lines", "history_lines", "one_line", "quoted"]

DATA_MARK = "| "
_SUMMARY_TOKENS = 40  # for the question and for the answer of a turn in one line


def quoted(text: str) -> str:
    """The text with every line marked as data."""
    return "\n".join(DATA_MARK + line for line in text.splitlines()) or DATA_MARK


def one_line(text: str, budget: int = _SUMMARY_TOKENS) -> str:
    """The beginning of a text in one line, cut between words where it is too long."""
    words = text.split()
    kept: list[str] = []
    used = 0
    for word in words:
        used += estimate_tokens(word)
        if used > budget:
            return " ".join([*kept, "..."])
        kept.append(word)
    return " ".join(kept)


def history_lines(turns: Sequence[Turn], *, budget: int, whole_turns: int = 3) -> str:
    """The dialogue so far, oldest first, in at most `budget` tokens; empty when there is none.

    Args:
        turns: oldest first.
        budget: tokens.
        whole_turns: how many of the latest turns may stand whole; each takes at most half of what is left.
    """
    blocks: list[str] = []
    left = budget - 12  # for the line that counts what was left out
    for age, turn in enumerate(reversed(turns)):
        block = _whole(turn, left // 2) if age < whole_turns else None
        if block is None:
            block = _summary(turn)
        cost = estimate_tokens(block) + 1
        if cost > left:
            left_out = len(turns) - age
            blocks.append(f"({left_out} earlier {'turn' if left_out == 1 else 'turns'} left out)")
            break
        blocks.append(block)
        left -= cost
    return "\n".join(reversed(blocks)) if budget > 12 else ""


def artefact_lines(artefacts: Sequence[Artefact], names: Sequence[str], *, budget: int) -> str:
    """What earlier turns left behind, a line each, in at most `budget` tokens; the latest are kept where not all fit.

    Args:
        artefacts: oldest first.
        names: how each is called, such as "earlier[0]".
        budget: tokens.
    """
    lines: list[str] = []
    left = budget
    for artefact, name in zip(reversed(artefacts), reversed(names), strict=True):
        line = f"{DATA_MARK}{name}: {_described(artefact)}"
        left -= estimate_tokens(line) + 1
        if left < 0:
            break
        lines.append(line)
    return "\n".join(reversed(lines))


def _described(artefact: Artefact) -> str:
    what = one_line(artefact.what, 24)
    since = f"turn {artefact.turn}" if artefact.turn else "at the beginning"
    if artefact.box is None:
        return f"{since}, a {artefact.kind} of {artefact.width} x {artefact.height} pixels: {what}"
    return f"{since}, the region {artefact.box}: {what}"


def _whole(turn: Turn, budget: int) -> str | None:
    question, answer = quoted("Q: " + turn.question.strip()), quoted("A: " + turn.answer.strip())
    left = budget - estimate_tokens(question)
    if estimate_tokens(answer) > left:
        # A quoted "(n lines left out)" would read as part of the answer, so the count follows unmarked.
        kept = fit_lines(answer, left - 8)
        if not kept.startswith(DATA_MARK):
            return None
        answer = kept
    return f"{question}\n{answer}"


def _summary(turn: Turn) -> str:
    return f"{DATA_MARK}Q: {one_line(turn.question)} A: {one_line(turn.answer)}"
