"""Experts with known answers, and a recorder of what a program asked."""

from __future__ import annotations

from typing import Any

from sightline.tools.api import ImageRef

IMAGE = ImageRef.whole("a" * 64, 640, 480)


class StubRuntime:
    """Finds one thing of each name at (10, 10, 60, 50) and answers every question with "blue"."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, Any, dict[str, Any]]] = []
        self._answers = {
            "detect": [
                {"box": [10, 10, 60, 50], "label": "cup", "confidence": 0.9, "mask": "m" * 64, "place": [1.5, 8]}
            ],
            "answer": {"text": "blue", "confidence": 0.8},
            "ask_llm": {"text": "so"},
            **answers,
        }

    def call(self, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        self.asked.append((capability, target, arguments))
        answer = self._answers[capability]
        if isinstance(answer, Exception):
            raise answer
        return answer(target, arguments) if callable(answer) else answer
