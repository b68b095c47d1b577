"""`detect` with YOLO-World of ultralytics: whatever words name, at the speed of a YOLO.

The words are read by CLIP through transformers, whose figures are those of the package that ultralytics would download.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...capabilities import Names
from ...results import Detections
from ..base import ExpertRequest, Settings
from ..registry import register
from .model import loading
from .ultralytics_yolo import YoloExpert
from .weights import Checkpoint, fingerprint, located
from .yolo import detections

__all__ = ["YoloWorld", "words_of"]

_WORDS = Checkpoint("openai/clip-vit-base-patch32", "MIT", 580)


@register
class YoloWorld(YoloExpert):
    """Anything that words name, by YOLO-World.

    Settings: `words`, the CLIP (a repository or folder) that reads names.
    """

    name = "yolo-world"
    capabilities = ("detect",)
    version = "1"
    packages = (*YoloExpert.packages, "transformers")
    memory_mb = 300
    threshold = 0.1
    model_class = "YOLOWorld"
    checkpoint = Checkpoint(
        "yolov8s-worldv2",
        "AGPL-3.0",
        25,
        file="yolov8s-worldv2.pt",
        page="https://github.com/ultralytics/assets/releases",
    )
    limits = "Short names of things; attributes and relations mean little to it, and its figures are low by nature."

    @classmethod
    def lacks(cls, settings: Settings) -> str | None:
        lacking = super().lacks(settings)
        if lacking is not None or located(words_of(settings)) is not None:
            return lacking
        return (
            f"the expert {cls.name} reads names with {words_of(settings).repository}, which is not here: "
            "sightline models pull clip --profile yolo"
        )

    @classmethod
    def identity(cls, settings: Settings) -> str:
        words = located(words_of(settings))
        return f"{super().identity(settings)} {None if words is None else fingerprint(words)}"

    def load(self) -> None:
        super().load()
        import transformers

        folder = located(words_of(self.settings))
        assert folder is not None
        with loading():
            read: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder, **read)
            self._reader: Any = transformers.CLIPTextModelWithProjection.from_pretrained(
                folder, use_safetensors=True, **read
            )
        self._reader.train(False).to(self.device)
        self._read: tuple[str, ...] = ()

    def unload(self) -> None:
        super().unload()
        self.__dict__.pop("_reader", None)

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Detections]:
        asked = requests[0].arguments
        assert isinstance(asked, Names)
        names = tuple(dict.fromkeys(asked.names))
        if names != self._read:
            self._set(names)
        told = {"conf": 0.001} if asked.presumed else {}
        return [detections(each, dict(enumerate(names)), asked) for each in self.found(requests, **told)]

    def _set(self, names: tuple[str, ...]) -> None:
        """As the library's `set_classes`, with the words read here."""
        import torch

        inputs = self._tokenizer(list(names), padding=True, truncation=True, return_tensors="pt").to(self.device)
        with torch.inference_mode():
            features = self._reader(**inputs).text_embeds.float()
        model = self.yolo.model
        model.txt_feats = (features / features.norm(dim=-1, keepdim=True))[None].clone()  # (1, names, width)
        model.model[-1].nc = len(names)
        model.names = list(names)
        self.yolo.predictor = None  # it holds the names of before
        self._read = names


def words_of(settings: Settings) -> Checkpoint:
    """The CLIP that the setting `words` chooses."""
    repository = str(settings.get("words", _WORDS.repository))
    return _WORDS if repository == _WORDS.repository else Checkpoint(repository, "see its page", 0)
