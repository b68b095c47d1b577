"""`detect` and `segment` with YOLOE of ultralytics: whatever words name, with its outline, at the speed of a YOLO.

Names are read by the MobileCLIP that YOLOE was trained with, which ultralytics publishes as one file. That file is a
program of TorchScript, so it runs where `allow_remote_code` says so. Names that the library has read elsewhere and
saved can take its place; they are data.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...capabilities import Names, Outline
from ...errors import ExpertUnavailable, OutsideWorld
from ..base import ExpertRequest, Outcome, Settings
from ..registry import register
from .model import loading, megabytes
from .ultralytics_yolo import YoloExpert
from .vocabulary import Vocabulary
from .weights import Checkpoint, allowed, fingerprint, located
from .yolo import detections
from .yolo_world import words_of

__all__ = ["YoloE"]

_PAGE = "https://github.com/ultralytics/assets/releases"
_READER = "mobileclip_blt.ts"
_TOKENS = 77  # to which it was trained to bring every text, with zeros at the end


@register
class YoloE(YoloExpert):
    """Anything that words name, with its outline, by YOLOE.

    Settings: `reader`, the path of what reads names: the file of ultralytics that belongs to the weights
    ("mobileclip_blt.ts", "mobileclip2_b.ts" for yoloe-26; needs `allow_remote_code`), or an .npz that the library's
    `YOLOE.save_prompt_embeddings` has written, whose names are then all that it knows; `words`, a CLIP (a repository
    or folder) whose tokenizer cuts names to pieces.
    """

    name = "yoloe"
    capabilities = ("detect", "segment")
    version = "1"
    packages = (*YoloExpert.packages, "transformers")
    memory_mb = 300
    task = "segment"
    model_class = "YOLOE"
    checkpoint = Checkpoint("yoloe-11s-seg", "AGPL-3.0", 27, file="yoloe-11s-seg.pt", page=_PAGE)
    limits = "Short names of things; leaves points, and outlining everything, to the next expert."

    @classmethod
    def lacks(cls, settings: Settings) -> str | None:
        lacking = super().lacks(settings)
        if lacking is not None:
            return lacking
        reader = _reader(settings)
        if reader is None or not reader.is_file():
            return (
                f"the expert {cls.name} reads names with {_READER if reader is None else reader.name}, which is not "
                f"here: get {_READER} from {_PAGE} and set reader = its path under [settings.{cls.name}] of a profile, "
                "or the path of an .npz of names that YOLOE.save_prompt_embeddings of ultralytics has written"
            )
        if _is_read(reader):
            return None
        if "allow_remote_code" not in allowed(settings):
            return (
                f"the expert {cls.name} reads names with {reader.name}, a program that would run here: set "
                f"allow_remote_code = true under [settings.{cls.name}] of a profile if you trust it"
            )
        if located(words_of(settings)) is None:
            return (
                f"the expert {cls.name} cuts names to pieces with the tokenizer of {words_of(settings).repository}, "
                "which is not here: sightline models pull clip --profile yolo"
            )
        return None

    @classmethod
    def identity(cls, settings: Settings) -> str:
        reader = _reader(settings)
        read = None if reader is None or not reader.is_file() else fingerprint(reader)
        return f"{super().identity(settings)} {read}"

    def load(self) -> None:
        lacking = self.lacks(self.settings)
        if lacking is not None:
            raise ExpertUnavailable(lacking, expert=self.name)
        super().load()
        head = self.yolo.model.model[-1]
        if not hasattr(head, "get_tpe") or hasattr(head, "lrpc"):
            raise ExpertUnavailable(
                f"the weights of the expert {self.name} are not those of a YOLOE that takes words: choose some whose "
                "name begins with yoloe- and does not end in -pf",
                expert=self.name,
            )
        reader = _reader(self.settings)
        assert reader is not None
        self._vocabulary: Vocabulary | None = None
        if _is_read(reader):
            self._load_names(reader)
        else:
            self._load_reader(reader)
        self._read: tuple[str, ...] = ()

    def _load_names(self, file: Path) -> None:
        with np.load(file, allow_pickle=False) as saved:
            names, features = [str(each) for each in saved["names"]], saved["embeddings"]
        if features.shape != (1, len(names), self.yolo.model.model[-1].embed):
            raise ExpertUnavailable(
                f"the names in {file.name} were not read for the weights of the expert {self.name}", expert=self.name
            )
        self._vocabulary = Vocabulary(dict(enumerate(names)), expert=self.name)
        self._known = features

    def _load_reader(self, file: Path) -> None:
        import torch
        import transformers

        folder = located(words_of(self.settings))
        assert folder is not None
        with loading(), warnings.catch_warnings():
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            jit: Any = torch.jit  # untyped there
            warnings.simplefilter("ignore", FutureWarning)  # deprecated, and still what is published
            self._reader: Any = jit.load(str(file), map_location=self.device)

    def unload(self) -> None:
        super().unload()
        self.__dict__.pop("_reader", None)

    def measured_mb(self) -> float | None:
        reader = self.__dict__.get("_reader")
        return (super().measured_mb() or 0.0) + (0.0 if reader is None else megabytes(reader))

    def serve_many(self, requests: Sequence[ExpertRequest]) -> list[Outcome]:
        asked = requests[0].arguments
        if isinstance(asked, Outline):
            if asked.name is None:
                return [OutsideWorld(f"{self.name} outlines what a name says") for _ in requests]
            asked = Names(names=[asked.name])
        assert isinstance(asked, Names)
        names = tuple(dict.fromkeys(asked.names))
        if names != self._read:
            self._set(names)
        told = {"conf": 0.001} if asked.presumed else {}
        # The library's own choice for this model, and masks as large as the picture.
        found = self.found(requests, agnostic_nms=True, retina_masks=True, **told)
        return [detections(each, dict(enumerate(names)), asked) for each in found]

    def _set(self, names: tuple[str, ...]) -> None:
        """As the library's `set_classes`, with the words read here."""
        self.yolo.model.set_classes(list(names), self._features(names))
        self.yolo.predictor = None  # it holds the names of before
        self._read = names

    def _features(self, names: tuple[str, ...]) -> Any:
        """(1, names, width), what the model looks for. Raises OutsideWorld for names that were not read."""
        import torch

        if self._vocabulary is not None:
            rows = [number for name in names for number in self._vocabulary.numbers([name])]
            return torch.from_numpy(self._known[:, rows])
        tokens = torch.zeros(len(names), _TOKENS, dtype=torch.int32)
        for row, pieces in zip(
            tokens, self._tokenizer(list(names), truncation=True, max_length=_TOKENS)["input_ids"], strict=True
        ):
            row[: len(pieces)] = torch.tensor(pieces, dtype=torch.int32)
        head = self.yolo.model.model[-1]
        weight = next(head.parameters())
        with torch.inference_mode():
            features = self._reader(tokens.to(self.device)).to(weight.device, weight.dtype)[None]
            features = head.get_tpe(features)
        return features.clone()


def _reader(settings: Settings) -> Path | None:
    return Path(str(settings["reader"])).expanduser() if settings.get("reader") else None


def _is_read(reader: Path) -> bool:
    """Whether names were read before: then the file is data."""
    return reader.suffix == ".npz"
