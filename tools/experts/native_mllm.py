"""The project's own multimodal language model as an expert: answers questions about a table-top picture in words,
captions it, and says where a thing is.

It sees what the detector finds; a question about a crop is asked of the things that the crop shows. Pictures of
anything else, and questions that it can make nothing of, raise OutsideWorld, so that the next expert is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..capabilities import Names, Question
from ..errors import BadRequest, OutsideWorld
from ..results import Answer, Detection, Detections, Result
from .base import Expert, ExpertRequest
from .registry import register

if TYPE_CHECKING:
    from ..mllm.detector.scene import SceneReader
    from ..mllm.multimodal.mllm import MultimodalModel, Reply

__all__ = ["NativeMllm"]

_CAPTION = "Give the picture a caption."
_FIND = "Find the {name}."
_THIS = re.compile(r"\b(?:this|that|it)(?: (?:object|thing|item))?\s*\W*$", re.IGNORECASE)
_SHORT = 6  # words; in a longer question "it" is what was spoken of before
_LEAST = 0.02  # chance of the whole reply, thoughts included, under which it is made up


@register
class NativeMllm(Expert):
    """Answers, captions and boxes by a language model that sees; trained by this project from scratch."""

    name = "native-mllm"
    capabilities = ("answer", "caption", "detect")
    multimodal = "one world"
    version = "1"
    packages = ("torch", "safetensors", "tokenizers")
    thread_safe = True
    memory_mb = 120
    limits = "Knows pictures and questions of the table-top world only; its reasons are words, not proof."

    @classmethod
    def missing(cls) -> str | None:
        from ..mllm.multimodal.config import WEIGHTS

        if WEIGHTS.is_file():
            return None
        return (
            "the expert native-mllm needs the multimodal model's weights, which are not installed: "
            "make them as docs/multimodal.md says"
        )

    def load(self) -> None:
        from ..mllm.detector.detector import Detector
        from ..mllm.detector.scene import SceneReader
        from ..mllm.detector.trust import CANDIDATE, Trust
        from ..mllm.multimodal.mllm import MultimodalModel

        detector = Detector.load(threshold=CANDIDATE)
        self.reader: SceneReader = SceneReader(detector, Trust.load())
        self.model: MultimodalModel = MultimodalModel.load(detector=detector)

    def serve(self, request: ExpertRequest) -> Result:
        asked = request.arguments
        if isinstance(asked, Names):
            return Detections(items=[item for name in asked.names for item in self._found(request, name)])
        if isinstance(asked, Question):
            if not self.model.knows(asked.question):
                raise OutsideWorld("the multimodal model does not know every word of this question")
            reply = self._reply(request, asked.question, think=True)
        else:
            reply = self._reply(request, _CAPTION, think=False)
        if reply.chance < _LEAST or not reply.text:
            raise OutsideWorld("the multimodal model does not understand this question")
        return Answer(text=reply.text, confidence=reply.chance)

    def _found(self, request: ExpertRequest, name: str) -> list[Detection]:
        """What the model points at when it is told to find that."""
        question = _FIND.format(name=re.sub(r"^the ", "", name.strip(" .!?"), flags=re.IGNORECASE))
        if not self.model.knows(question):
            raise OutsideWorld("the multimodal model does not know every word of this name")
        reply = self._reply(request, question, think=True)
        assert request.whole is not None
        left, top = request.whole.box[:2]
        boxes = [(x1 - left, y1 - top, x2 - left, y2 - top) for x1, y1, x2, y2 in reply.boxes]
        return [Detection(box=box, label=name, confidence=reply.chance) for box in boxes]

    def _reply(self, request: ExpertRequest, question: str, *, think: bool) -> Reply:
        from ..mllm.multimodal.vision import seen_in

        assert request.whole is not None  # all of this is asked of images
        scene = self.reader.read(request.whole.id, request.whole.pixels)
        height, width = request.whole.pixels.shape[:2]
        things = scene.within(request.whole.box)
        if len(things) != 1 and len(question.split()) <= _SHORT and _THIS.search(question):
            raise OutsideWorld("this picture is not about one thing that could be meant")
        looked = self.model.encoder.read(seen_in(things, width, height), request.whole.pixels)
        try:
            return self.model.answer_seen([[looked]], [[(width, height)]], [question], think=think)[0]
        except BadRequest as error:  # longer than any question of this world
            raise OutsideWorld(str(error)) from error
