"""How a reply is scored, by the metric of the data set, and the published measures over all replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from ...tools.errors import BadRequest
from .datasets import Item, Metric
from .metrics.boxes import Found, iou, mean_average_precision, share_at
from .metrics.choices import chosen
from .metrics.meanings import OpenAnswers
from .metrics.ranking import mean_average_precision as mean_average_precision_of_rankings
from .metrics.ranking import recall_at
from .metrics.texts import bleu, character_error_rate, cider, knows_synonyms, meteor, word_error_rate
from .metrics.vqa import soft_accuracy
from .reply import Reply

__all__ = ["Score", "measures", "scorer"]

Score = Callable[[Item, Reply], float]
Measures = Callable[[Sequence[Item], Sequence[Reply]], dict[str, float]]
_COCO = tuple(0.5 + 0.05 * step for step in range(10))


def scorer(metric: Metric) -> Score:
    """Scores a reply, 0 to 1.

    exact, gqa: the answer, whatever its case. vqa: the share of people who agree. choice: the option that is meant.
    box: the overlap. boxes: the average precision. wups: the nearness of the words. text: METEOR. transcript: one less
    the word error rate. ranking: the average precision.

    Raises:
        BadRequest: when there is no such metric.
        MissingDependency, ExpertUnavailable: when a library that it counts with, or WordNet, is missing.
    """
    if metric not in _SCORES:
        raise BadRequest(f"there is no metric {metric!r}: there are {', '.join(_SCORES)}")
    if metric == "wups":
        _open_answers()  # better to miss WordNet now than after the questions
    return _SCORES[metric]


def measures(metric: Metric, items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    """The measures that the data set's authors publish, by name, beside the mean score."""
    return _MEASURES[metric](items, replies) if metric in _MEASURES and items else {}


# -- one reply --


def _exact(item: Item, reply: Reply) -> float:
    return float(bool(reply.text) and reply.text.strip().lower() == item.answer.strip().lower())


def _people(item: Item, reply: Reply) -> float:
    return soft_accuracy(reply.text, _rights(item)) if reply.text else 0.0


def _choice(item: Item, reply: Reply) -> float:
    options = item.asked.options or ()
    index = chosen(reply.text, options) if reply.text else None
    return float(index is not None and options[index].strip().lower() == item.answer.strip().lower())


def _overlap(item: Item, reply: Reply) -> float:
    return iou(reply.box, item.box)


def _all_found(item: Item, reply: Reply) -> float:
    return mean_average_precision(_found([reply], [item]), _true([item]))


def _near(item: Item, reply: Reply, threshold: float = 0.0) -> float:
    return _open_answers().score(reply.text, _rights(item), threshold=threshold, literal=item.literal)


def _told(item: Item, reply: Reply) -> float:
    return meteor([reply.text], [_rights(item)])


def _heard(item: Item, reply: Reply) -> float:
    return max(0.0, 1.0 - word_error_rate([reply.text], [item.answer]))


def _ranked(item: Item, reply: Reply) -> float:
    return mean_average_precision_of_rankings([_ranking(reply)], [_rights(item)])


_SCORES: Mapping[Metric, Score] = {
    "exact": _exact,
    "gqa": _exact,
    "vqa": _people,
    "choice": _choice,
    "box": _overlap,
    "boxes": _all_found,
    "wups": _near,
    "text": _told,
    "transcript": _heard,
    "ranking": _ranked,
}


def _rights(item: Item) -> tuple[str, ...]:
    return item.answers or (item.answer,)


def _ranking(reply: Reply) -> list[str]:
    """What was ranked, each once; a reply that is one text ranks that alone."""
    return list(dict.fromkeys(reply.ranking or ((reply.text,) if reply.text else ())))


@cache
def _open_answers() -> OpenAnswers:
    return OpenAnswers()


# -- all replies --


def _of_gqa(items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    """Accuracy of open and binary questions, and consistency: of what a right answer entails, how much is right too."""
    right = {item.id: _exact(item, reply) for item, reply in zip(items, replies, strict=True)}
    parts: dict[str, list[float]] = {"open": [], "binary": [], "consistency": []}
    for item, reply in zip(items, replies, strict=True):
        parts["open" if item.family == "query" else "binary"].append(_exact(item, reply))
        follow = [right[other] for other in item.entailed if other in right]
        if right[item.id] and follow:
            parts["consistency"].append(sum(follow) / len(follow))
    return {name: sum(part) / len(part) for name, part in parts.items() if part}


def _of_boxes(items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    overlaps = [_overlap(item, reply) for item, reply in zip(items, replies, strict=True)]
    mean = sum(overlaps) / len(overlaps)
    return {"mean IoU": mean, "IoU >= 0.5": share_at(overlaps, 0.5), "IoU >= 0.7": share_at(overlaps, 0.7)}


def _of_all_boxes(items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    found, true = _found(replies, items), _true(items)
    return {
        "mAP@0.5": mean_average_precision(found, true),
        "mAP@[0.5:0.95]": mean_average_precision(found, true, thresholds=_COCO),
    }


def _found(replies: Sequence[Reply], items: Sequence[Item]) -> list[Found]:
    return [
        Found(item.asked.image, item.asked.question, box, score)
        for item, reply in zip(items, replies, strict=True)
        for box, score in reply.regions
    ]


def _true(items: Sequence[Item]) -> list[Found]:
    return [Found(item.asked.image, item.asked.question, box) for item in items for box in item.boxes]


def _of_nearness(items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    found = {}
    for name, threshold in (("WUPS@0.0", 0.0), ("WUPS@0.9", 0.9)):
        scores = [_near(item, reply, threshold) for item, reply in zip(items, replies, strict=True)]
        found[name] = sum(scores) / len(scores)
    return found


def _of_texts(items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    given, right = [reply.text for reply in replies], [_rights(item) for item in items]
    name = "METEOR" if knows_synonyms() else "METEOR, no synonyms"
    return {"BLEU": bleu(given, right), name: meteor(given, right), "CIDEr": cider(given, right)}


def _of_speech(items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    given, right = [reply.text for reply in replies], [item.answer for item in items]
    return {"WER": word_error_rate(given, right), "CER": character_error_rate(given, right)}


def _of_rankings(items: Sequence[Item], replies: Sequence[Reply]) -> dict[str, float]:
    ranked, wanted = [_ranking(reply) for reply in replies], [_rights(item) for item in items]
    recalls = {f"recall@{k}": recall_at(k, ranked, wanted) for k in (1, 5, 10)}
    return {**recalls, "mAP": mean_average_precision_of_rankings(ranked, wanted)}


_MEASURES: Mapping[Metric, Measures] = {
    "gqa": _of_gqa,
    "box": _of_boxes,
    "boxes": _of_all_boxes,
    "wups": _of_nearness,
    "text": _of_texts,
    "transcript": _of_speech,
    "ranking": _of_rankings,
}
