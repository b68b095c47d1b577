"""A hypothesis strategy of whole, well-typed plans over a question of given length."""

from __future__ import annotations

from hypothesis import strategies as st

from sightline.tools.mllm.planner.plan import Node, Progress, Span, Step, build


@st.composite
def plans(draw: st.DrawFn, *, tokens: int, decline: bool = False) -> Node:
    """Any plan whose spans lie inside a question of `tokens` tokens."""
    progress, steps = Progress(), list[Step]()
    while not progress.complete:
        names, copying = progress.allowed()
        usable = [name for name in names if decline or not name.startswith("decline")]
        place = draw(st.integers(0, len(usable) - (0 if copying else 1)))
        if place < len(usable):
            step: Step = usable[place]
        else:
            start = draw(st.integers(0, tokens - 1))
            step = Span(start, draw(st.integers(start + 1, min(tokens, start + 4))))
        progress.push(step)
        steps.append(step)
    return build(steps)
