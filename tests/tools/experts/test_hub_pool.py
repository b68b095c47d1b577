"""Real models in one pool: within the budget at every sample, from many threads, with the answers of each alone."""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("transformers")
pytest.importorskip("torch")

from tests.support import tiny_chats, tiny_models
from tests.tools.experts.closeness import close

from sightline.tools.api.refs import Box, ImageRef
from sightline.tools.experts import ExpertPool, Profile, memory
from sightline.tools.experts.hub.model import HubExpert
from sightline.tools.experts.pool import PoolSettings
from sightline.tools.media import MediaStore

FIVE: dict[str, tuple[str, dict[str, Any]]] = {
    "clip": ("match", {"texts": ["a cat", "a red car"]}),
    "dpt": ("depth", {}),
    "blip-2": ("caption", {}),
    "trocr": ("read_text", {}),
    "vision-chat": ("answer", {"question": "what is this ?"}),
}
MADE = {
    "clip": tiny_models.clip,
    "dpt": tiny_models.dpt,
    "blip-2": tiny_models.blip2,
    "trocr": tiny_models.trocr,
    "vision-chat": tiny_chats.llava,
}


def megabytes(model: Any) -> float:
    return float(sum(each.numel() * each.element_size() for each in (*model.parameters(), *model.buffers()))) / 2**20


class Alive:
    """What all models that were ever loaded and still exist take, in MiB."""

    def __init__(self) -> None:
        self._models: list[weakref.ref[Any]] = []
        self._lock = threading.Lock()
        self.most = 0.0

    def note(self, model: Any) -> None:
        with self._lock:
            self._models.append(weakref.ref(model))
        self.sample()

    def sample(self) -> float:
        with self._lock:
            self._models = [each for each in self._models if each() is not None]
            now = sum(megabytes(model) for each in self._models if (model := each()) is not None)
            self.most = max(self.most, now)
        return now


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("five")
    return {name: make(root / name) for name, make in MADE.items()}


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> Alive:
    watched, load = Alive(), HubExpert.load

    def loading(self: HubExpert) -> None:
        load(self)
        watched.note(self.model)

    monkeypatch.setattr(HubExpert, "load", loading)
    monkeypatch.setattr(memory, "_WORTH_COLLECTING_MB", 0.0)
    return watched


def pool(folders: dict[str, Path], **settings: Any) -> ExpertPool:
    from transformers import AutoModel  # noqa: F401  the first import takes seconds, and is not what is looked at

    sizes = {name: size_mb(folder) for name, folder in folders.items()}
    return ExpertPool(
        Profile(
            name="five",
            experts={capability: (name,) for name, (capability, _) in FIVE.items()},
            settings={name: {"model": str(folder), "memory_mb": sizes[name]} for name, folder in folders.items()},
        ),
        cache_bytes=0,
        settings=PoolSettings(**settings),
    )


def size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors")) / 2**20


def two_largest(folders: dict[str, Path]) -> float:
    return sum(sorted(map(size_mb, folders.values()))[-2:])


def shown() -> tuple[MediaStore, ImageRef]:
    media = MediaStore()
    rng = np.random.default_rng(0)
    return media, media.add(rng.integers(0, 256, (40, 56, 3), dtype=np.uint8))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("threads", [1, 8])
def test_five_models_in_the_room_of_two_answer_as_with_room_for_all(
    folders: dict[str, Path], alive: Alive, threads: int
) -> None:
    media, ref = shown()
    roomy = pool(folders)
    wanted = {name: roomy.serve(*_asked(name, ref), media).data for name in FIVE}
    roomy.close()
    assert alive.sample() == 0
    alive.most = 0.0
    budget = two_largest(folders)
    tight = pool(folders, budgets_mb={"cpu": budget, "cuda": 0})
    turns = [list(FIVE)[(n * 3 + n // 5) % 5] for n in range(15 if threads == 1 else 24)]

    def ask(name: str) -> Any:
        data = tight.serve(*_asked(name, ref), media).data
        alive.sample()
        return data

    with ThreadPoolExecutor(threads) as workers:
        assert close(list(workers.map(ask, turns)), [wanted[name] for name in turns])
    assert alive.most <= budget
    status = tight.status()
    assert status["evictions"] >= 3
    assert set(turns) == set(FIVE)
    tight.close()
    assert alive.sample() == 0


def _asked(name: str, ref: ImageRef) -> tuple[str, ImageRef, dict[str, Any]]:
    capability, arguments = FIVE[name]
    return capability, ref, arguments


def test_models_are_batched_through_the_pool_with_the_answers_of_one_by_one(folders: dict[str, Path]) -> None:
    media, ref = shown()
    places = [ref.at(Box(4 * n, 0, 4 * n + 20, 40)) for n in range(8)]
    together, alone = pool(folders), pool(folders, batching=False)
    many = together.serve("match", places, {"texts": ["a cat", "a red car"]}, media).data
    one_by_one = [alone.serve("match", each, {"texts": ["a cat", "a red car"]}, media).data for each in places]
    assert np.allclose([each["scores"] for each in many], [each["scores"] for each in one_by_one], atol=1e-5)
