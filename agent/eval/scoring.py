"""How a reply is scored, by the metric of the data set, and the published measures over all replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...tools.errors import BadRequest
from .datasets import Item, Metric
from .metrics.boxes import iou, share_at
from .metrics.choices import chosen
from .metrics.meanings import of_wordnet, wups
from .metrics.texts import bleu, cider, meteor
from .metrics.vqa import soft_accuracy
from .reply import Reply

__all__ = ["Score", "measures", "scorer"]

Score = Callable[[Item, Reply], float]


def scorer(metric: Metric) -> Score:
    """Scores a reply, 0 to 1.

    exact, gqa, text: the answer, whatever its case. vqa: the share of people who agree. choice: the option that is
    meant. box: the overlap. wups: the nearness of the words.

    Raises:
        BadRequest: when there is no such metric.
        MissingDependency, ExpertUnavailable: when WUPS is asked for and WordNet is missing.
    """
    if metric == "wups":
        nearness = of_wordnet()
        return lambda item, reply: wups(reply.text, item.answers or (item.answer,), nearness)
    scores: dict[str, Score] = {
        "exact": _exact,
        "gqa": _exact,
        "text": _exact,
        "vqa": lambda item, reply: soft_accuracy(reply.text, item.answers or (item.answer,)) if reply.text else 0.0,
        "choice": _choice,
        "box": lambda item, reply: iou(reply.box, item.box),
    }
    if metric not in scores:
        raise BadRequest(f"there is no metric {metric!r}: there are {', '.join([*scores, 'wups'])}")
    return scores[metric]


def measures(metric: Metric, items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    """The measures that the data set's authors publish, by name, beside the mean score."""
    if metric == "gqa":
        rights = [(item.family == "query", _exact(item, reply)) for item, reply in zip(items, replies, strict=True)]
        parts = {"open": [r for is_open, r in rights if is_open], "binary": [r for is_open, r in rights if not is_open]}
        return {name: sum(part) / len(part) for name, part in parts.items() if part}
    if metric == "box":
        overlaps = [iou(reply.box, item.box) for item, reply in zip(items, replies, strict=True)]
        mean = sum(overlaps) / len(overlaps) if overlaps else 0.0
        return {"mean IoU": mean, "IoU >= 0.5": share_at(overlaps, 0.5), "IoU >= 0.7": share_at(overlaps, 0.7)}
    if metric == "wups":
        nearness = of_wordnet()
        found = {}
        for name, threshold in (("WUPS@0.0", 0.0), ("WUPS@0.9", 0.9)):
            scores = [
                wups(reply.text, item.answers or (item.answer,), nearness, threshold=threshold)
                for item, reply in zip(items, replies, strict=True)
            ]
            found[name] = sum(scores) / len(scores)
        return found
    if metric == "text":
        given = [reply.text for reply in replies]
        right = [item.answers or (item.answer,) for item in items]
        return {"BLEU": bleu(given, right), "METEOR": meteor(given, right), "CIDEr": cider(given, right)}
    return {}


def _exact(item: Item, reply: Reply) -> float:
    return float(bool(reply.text) and reply.text.strip().lower() == item.answer.strip().lower())


def _choice(item: Item, reply: Reply) -> float:
    options = item.asked.options or ()
    index = chosen(reply.text, options) if reply.text else None
    return float(index is not None and options[index].strip().lower() == item.answer.strip().lower())
