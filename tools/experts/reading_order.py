"""In which order a person reads boxes of text, and which of them are one line: columns of prose one after the other,
otherwise row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

__all__ = ["pieces_of_lines", "reading_order"]

XYXY = tuple[float, float, float, float]
_PROSE = 6.0  # lines of prose are at least this many times wider than high; prices and labels are not


def reading_order(boxes: Sequence[XYXY]) -> list[int]:
    """Indices of (x1, y1, x2, y2) boxes, y down, in reading order."""
    return _ordered(list(range(len(boxes))), boxes)


def pieces_of_lines(boxes: Sequence[XYXY]) -> list[list[int]]:
    """Indices in reading order, grouped so that words side by side with a space between them are one line."""
    lines: list[list[int]] = []
    for i in reading_order(boxes):
        if lines and _continues(boxes[lines[-1][-1]], boxes[i]):
            lines[-1].append(i)
        else:
            lines.append([i])
    return lines


def _continues(last: XYXY, following: XYXY) -> bool:
    heights = last[3] - last[1], following[3] - following[1]
    shared = min(last[3], following[3]) - max(last[1], following[1])
    gap = following[0] - last[2]
    return shared >= 0.6 * min(heights) and max(heights) <= 1.6 * min(heights) and -0.6 <= gap / min(heights) <= 0.8


def _ordered(indices: list[int], boxes: Sequence[XYXY]) -> list[int]:
    if len(indices) < 2:
        return indices
    columns = _columns(indices, boxes)
    if len(columns) > 1:
        return [i for column in columns for i in _ordered(column, boxes)]
    blocks = _blocks(indices, boxes)
    if len(blocks) > 1:
        return [i for block in blocks for i in _ordered(block, boxes)]
    return [i for row in _rows(indices, boxes) for i in row]


def _columns(indices: list[int], boxes: Sequence[XYXY]) -> list[list[int]]:
    """Split at gutters: gaps that no line crosses, with lines of prose under each other on both sides."""
    line_height = median(boxes[i][3] - boxes[i][1] for i in indices)
    groups = _split(indices, boxes, axis=0, gap=line_height * 0.8)
    if len(groups) > 1 and all(_is_prose(group, boxes) for group in groups):
        return groups
    return [indices]


def _is_prose(group: list[int], boxes: Sequence[XYXY]) -> bool:
    shapes = [(boxes[i][2] - boxes[i][0]) / max(boxes[i][3] - boxes[i][1], 1e-6) for i in group]
    return len(_rows(group, boxes)) >= 2 and median(shapes) >= _PROSE


def _blocks(indices: list[int], boxes: Sequence[XYXY]) -> list[list[int]]:
    """Split where there is clearly more room than between lines, so that a headline does not hide columns below it."""
    line_height = median(boxes[i][3] - boxes[i][1] for i in indices)
    return _split(indices, boxes, axis=1, gap=line_height * 0.6)


def _split(indices: list[int], boxes: Sequence[XYXY], *, axis: int, gap: float) -> list[list[int]]:
    """Groups in order along an axis (0 x, 1 y), separated by gaps wider than `gap`."""
    groups: list[list[int]] = []
    end = float("-inf")
    for i in sorted(indices, key=lambda i: boxes[i][axis]):
        if not groups or boxes[i][axis] - end > gap:
            groups.append([])
        groups[-1].append(i)
        end = max(end, boxes[i][axis + 2])
    return groups


def _rows(indices: list[int], boxes: Sequence[XYXY]) -> list[list[int]]:
    """Boxes that share at least half of the lower one's height stand in one row, left to right."""
    rows: list[list[int]] = []
    for i in sorted(indices, key=lambda i: boxes[i][1] + boxes[i][3]):
        if rows:
            last = boxes[rows[-1][-1]]
            shared = min(last[3], boxes[i][3]) - max(last[1], boxes[i][1])
            if shared >= 0.5 * min(last[3] - last[1], boxes[i][3] - boxes[i][1]):
                rows[-1].append(i)
                continue
        rows.append([i])
    return [sorted(row, key=lambda i: boxes[i][0]) for row in rows]
