"""The pool on a real GPU: where experts live, what they take there at every moment, and what becomes of one that finds
no room.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.support.heavy import FIVE, HEAVY, WEIGHT_MB, Heavy, Hungry, Shown, five, place, said  # noqa: E402
from tests.tools.experts.closeness import close  # noqa: E402

from sightline.tools.errors import ExpertFailed, ExpertUnavailable  # noqa: E402
from sightline.tools.experts import ExpertPool, Profile  # noqa: E402
from sightline.tools.experts.devices import Devices  # noqa: E402
from sightline.tools.experts.pool import PoolSettings  # noqa: E402


def _has_gpu() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a driver that is too old is told about
        return bool(torch.cuda.is_available())


pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not _has_gpu(), reason="needs a GPU of CUDA"),
    pytest.mark.filterwarnings("default"),  # what torch says of this machine's driver is no failure
]

GPU = "cuda:0"
ROOM_OF_TWO = 2.2 * WEIGHT_MB
ROOT = Path(__file__).parents[3]


def taken_mb() -> float:
    return float(torch.cuda.memory_allocated(GPU)) / 2**20


def most_taken_mb() -> float:
    return float(torch.cuda.max_memory_allocated(GPU)) / 2**20


@pytest.fixture(autouse=True)
def before_mb() -> Iterator[float]:
    """What was taken before, for which nothing here is to blame."""
    Heavy.ran_on.clear()
    Hungry.batches_seen.clear()
    torch.cuda.init()  # else there are no figures to set back
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(GPU)
    yield taken_mb()
    torch.cuda.empty_cache()


@pytest.fixture(scope="module")
def wanted() -> dict[tuple[str, int], Any]:
    """What the five say of four pictures on the CPU."""
    Heavy.ran_on.clear()
    pool = five(budgets_mb={"cuda": 0})
    answers = {(name, n): said(pool, name, n) for n in range(4) for name in FIVE}
    assert Heavy.ran_on == {cls.name: {"cpu"} for cls in HEAVY.values()}
    pool.close()
    return answers


@contextmanager
def only(megabytes: float) -> Iterator[None]:
    """This process may take only so much of the GPU beyond what it has."""
    torch.cuda.empty_cache()
    _, total = torch.cuda.mem_get_info(GPU)
    share = (torch.cuda.memory_reserved(GPU) + megabytes * 2**20) / total
    torch.cuda.set_per_process_memory_fraction(min(1.0, share), GPU)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, GPU)


# -- where an expert lives --


def test_an_expert_lives_on_the_gpu_with_all_of_its_weights(wanted: Any, before_mb: float) -> None:
    pool = five()
    assert close(said(pool, "match"), wanted["match", 0])
    assert Heavy.ran_on == {"test-heavy-match": {GPU}}
    assert taken_mb() - before_mb == pytest.approx(WEIGHT_MB, abs=1)
    assert pool.status()["devices"][GPU]["used_mb"] == pytest.approx(WEIGHT_MB, abs=1)
    pool.close()
    assert taken_mb() <= before_mb + 1


def test_a_device_that_the_settings_name_is_where_it_lives(wanted: Any) -> None:
    for device, where in ((GPU, GPU), ("cuda", GPU), ("cpu", "cpu")):
        Heavy.ran_on.clear()
        pool = five(settings={"test-heavy-match": {"device": device}})
        assert close(said(pool, "match"), wanted["match", 0])
        assert Heavy.ran_on == {"test-heavy-match": {where}}
        pool.close()


def test_a_device_that_is_not_here_is_told_with_those_that_are() -> None:
    pool = five(settings={"test-heavy-match": {"device": "cuda:99"}})
    with pytest.raises(ExpertUnavailable, match=r"cuda:99.* cpu, cuda:0"):
        said(pool, "match")


def test_the_budget_is_a_share_of_what_is_free() -> None:
    free = torch.cuda.mem_get_info(GPU)[0] / 2**20
    other = torch.empty(int(0.4 * free * 2**20), dtype=torch.uint8, device=GPU)
    budget = Devices().budget_mb(GPU)
    del other
    assert 0.3 * free < budget < 0.6 * free


# -- within the budget --


@pytest.mark.timeout(120)
@pytest.mark.parametrize("resting", ["on the cpu", "nowhere"])
@pytest.mark.parametrize("threads", [1, 8])
def test_five_experts_in_the_room_of_two_never_take_more(
    wanted: Any, before_mb: float, threads: int, resting: str
) -> None:
    pool = five(budgets_mb={"cuda": ROOM_OF_TWO, "cpu": 1000 if resting == "on the cpu" else 0})
    samples: list[float] = []
    asked = [(list(FIVE)[(n * 3 + n // 5) % 5], n % 4) for n in range(20 if threads == 1 else 48)]

    def ask(turn: tuple[str, int]) -> Any:
        answer = said(pool, *turn)
        samples.append(taken_mb() - before_mb)
        return answer

    with ThreadPoolExecutor(threads) as workers:
        assert close(list(workers.map(ask, asked)), [wanted[turn] for turn in asked])
    assert max(samples) >= WEIGHT_MB
    assert max(samples) <= ROOM_OF_TWO
    assert most_taken_mb() - before_mb <= ROOM_OF_TWO  # at every moment, also between two samples
    assert Heavy.ran_on == {cls.name: {GPU} for cls in HEAVY.values()}
    status = pool.status()
    assert status["evictions"] >= 3
    assert status["loads"] == 5 if resting == "on the cpu" else status["loads"] > 5
    pool.close()
    assert taken_mb() <= before_mb + 1


@pytest.mark.parametrize("cpu_mb", [1000, 0])
def test_one_that_leaves_gives_its_memory_back_to_the_device(before_mb: float, cpu_mb: float) -> None:
    pool = five(budgets_mb={"cuda": 1.2 * WEIGHT_MB, "cpu": cpu_mb})
    for name in ("match", "answer", "caption"):
        said(pool, name)
        assert taken_mb() - before_mb == pytest.approx(WEIGHT_MB, abs=1)
    kept = torch.cuda.memory_reserved(GPU) / 2**20
    assert kept <= before_mb + 2 * WEIGHT_MB  # of three that were there
    pool.close()
    assert taken_mb() <= before_mb + 1
    assert torch.cuda.memory_reserved(GPU) / 2**20 <= kept - 0.9 * WEIGHT_MB


def test_one_that_rested_on_the_cpu_comes_back_with_the_same_answer(wanted: Any) -> None:
    pool = five(budgets_mb={"cuda": 1.2 * WEIGHT_MB})
    for n, name in enumerate(("match", "answer", "match", "answer", "match")):
        assert close(said(pool, name, n % 4), wanted[name, n % 4])
    status = pool.status()
    assert (status["loads"], status["evictions"]) == (2, 4)
    assert Heavy.ran_on == {"test-heavy-match": {GPU}, "test-heavy-answer": {GPU}}
    pool.close()


# -- when memory runs out --


def hungry(*, budgets_mb: dict[str, float] | None = None, **settings: Any) -> ExpertPool:
    experts = {name: (cls.name,) for name, cls in HEAVY.items()} | {"answer": ("test-hungry",)}
    profile = Profile(name="hungry", experts=experts, settings={"test-hungry": settings})
    return ExpertPool(profile, cache_bytes=0, settings=PoolSettings(budgets_mb=budgets_mb or {}))


def fed(pool: ExpertPool, many: int) -> list[str]:
    """What so many pictures, asked together, came to."""
    places = [place(n) for n in range(many)]
    return [each["text"] for each in pool.serve("answer", places, FIVE["answer"], Shown()).data]  # type: ignore[arg-type]


@pytest.mark.parametrize("isolated", [False, True])
def test_a_batch_that_does_not_fit_is_halved_and_all_of_it_is_answered(isolated: bool, before_mb: float) -> None:
    free = torch.cuda.mem_get_info(GPU)[0] / 2**20
    # Three at once fit, four do not. Two fit only when nothing is kept of the four that did not.
    pool = hungry(wanted_mb=0.3 * free, most_at_once=4, isolated=isolated)
    assert fed(pool, 8) == ["fed"] * 8
    if not isolated:
        assert Hungry.batches_seen == [4, 2, 2, 2, 2]
    assert pool.status()["experts"]["test-hungry"].get("failed", 0) == 0
    pool.close()
    assert taken_mb() <= before_mb + 1


def test_one_that_finds_no_memory_is_tried_again_with_the_idle_ones_gone(wanted: Any, before_mb: float) -> None:
    pool = hungry(wanted_mb=300)
    assert close([said(pool, "match"), said(pool, "caption")], [wanted["match", 0], wanted["caption", 0]])
    with only(300):  # it wants that and room for its weights, which is there once the other two leave
        assert fed(pool, 1) == ["fed"]
    assert Hungry.batches_seen == [1, 1]
    assert taken_mb() - before_mb == pytest.approx(WEIGHT_MB, abs=1)
    assert close(said(pool, "match"), wanted["match", 0])  # it comes back
    pool.close()


def test_one_that_finds_no_memory_to_load_is_tried_again_with_the_idle_ones_gone(wanted: Any) -> None:
    pool = hungry(wanted_to_load_mb=300)
    assert close(said(pool, "match"), wanted["match", 0])
    with only(300 + WEIGHT_MB / 2):
        assert fed(pool, 1) == ["fed"]
    assert pool.loaded() == ["test-hungry"]
    pool.close()


def test_one_that_never_fits_fails_alone_and_leaves_nothing_behind(wanted: Any, before_mb: float) -> None:
    free = torch.cuda.mem_get_info(GPU)[0] / 2**20
    pool = hungry(wanted_mb=1.1 * free)
    with pytest.raises(ExpertFailed, match="ran out of memory") as caught:
        fed(pool, 1)
    assert caught.value.facts["reason"] == "memory"
    assert taken_mb() - before_mb == pytest.approx(WEIGHT_MB, abs=1)  # its weights; the error itself holds nothing
    assert close(said(pool, "match"), wanted["match", 0])
    pool.close()


# -- several processes --


@pytest.mark.timeout(180)
def test_two_processes_share_a_gpu_with_this_one(wanted: Any) -> None:
    found = [str(ROOT / "src"), str(ROOT), *filter(None, sys.path)]  # whatever way the libraries were found here

    def apart(_: int) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.heavy", GPU],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(found)},
            capture_output=True,
            text=True,
            timeout=150,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told

    turns = [(name, n) for n in range(4) for name in FIVE]
    answers = [wanted[turn] for turn in turns]
    with ThreadPoolExecutor(2) as others:
        theirs = others.map(apart, range(2))
        ours = five(budgets_mb={"cuda": ROOM_OF_TWO})
        assert close([said(ours, *turn) for turn in turns], answers)
        ours.close()
        for each in theirs:
            assert each["ran_on"] == [GPU]
            assert close(each["answers"], answers)


def test_an_expert_in_a_process_of_its_own_runs_on_the_gpu(wanted: Any, before_mb: float) -> None:
    pool = five(settings={"test-heavy-match": {"isolated": True}})
    assert close([said(pool, "match", n) for n in range(4)], [wanted["match", n] for n in range(4)])
    assert pool.status()["devices"][GPU]["used_mb"] == pytest.approx(WEIGHT_MB, abs=1)
    assert taken_mb() <= before_mb + 1  # not here
    pool.close()


# -- real architectures, in half precision --

REAL: dict[str, tuple[str, dict[str, Any]]] = {
    "clip": ("match", {"texts": ["a cat", "a red car"]}),
    "siglip": ("match", {"texts": ["a cat", "a red car"]}),
    "dpt": ("depth", {}),
    "depth-anything": ("depth", {}),
    "grounding-dino": ("detect", {"names": ["red car"], "presumed": True}),
    "owlv2": ("detect", {"names": ["red car"], "presumed": True}),
    "rf-detr": ("detect", {"names": ["people"], "presumed": True}),
    "vision-chat": ("answer", {"question": "what is this ?"}),
    "blip-2": ("answer", {"question": "what is this ?"}),
    "florence-2": ("caption", {}),
    "trocr": ("read_text", {}),
    "sam": ("segment", {"points": [[20, 20]]}),
    "sam2": ("segment", {"points": [[20, 20]]}),
}
LOOSE = {"clip": 0.02, "siglip": 0.02, "dpt": 0.1, "depth-anything": 0.1}  # of experts that tell figures, not words


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a tiny checkpoint of an expert's architecture; skips where this release of the library cannot."""
    pytest.importorskip("transformers")
    pytest.importorskip("PIL")
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            try:
                from tests.support import tiny_chats, tiny_models, tiny_seeing

                kind = {"vision-chat": "llava", "blip-2": "blip2", "florence-2": "florence2"}.get(name, name)
                kind = kind.replace("-", "_")
                where = next(each for each in (tiny_models, tiny_chats, tiny_seeing) if hasattr(each, kind))
                made[name] = getattr(where, kind)(tmp_path_factory.mktemp("tiny") / name)
            except (ImportError, StopIteration, TypeError) as error:
                pytest.skip(f"no checkpoint of {name} can be made here: {error}")
        return made[name]

    return folder


@pytest.fixture
def real(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    from sightline.tools.experts import registry

    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)  # rounding like the CPU's

    def loaded(name: str, device: str, **settings: Any) -> Any:
        expert = registry.get(name)()
        expert.settings, expert.device = {"model": str(tiny(name)), "most_tokens": 5, **settings}, device
        expert.load()
        return expert

    return loaded


@pytest.mark.parametrize("name", REAL)
def test_a_real_architecture_answers_on_the_gpu_as_on_the_cpu(real: Any, name: str) -> None:
    from tests.support.shown import request

    asked = request(*REAL[name])
    on_cpu = real(name, "cpu").serve(asked).model_dump()
    expert = real(name, GPU, precision="full")
    assert {each.device.type for each in expert.model.parameters()} == {"cuda"}
    assert {each.dtype for each in expert.model.parameters() if each.is_floating_point()} == {torch.float32}
    assert near(expert.serve(asked).model_dump(), on_cpu, 0.01)


@pytest.mark.parametrize("name", REAL)
def test_a_real_architecture_answers_in_half_precision(real: Any, name: str) -> None:
    from tests.support.shown import request

    asked = request(*REAL[name])
    full, half = real(name, GPU, precision="full"), real(name, GPU)
    assert half.model.dtype in (torch.float16, torch.bfloat16) or name == "blip-2"  # of which a part stays as it is
    assert half.measured_mb() < 0.8 * full.measured_mb()
    ours, theirs = half.serve(asked).model_dump(), full.serve(asked).model_dump()
    assert set(ours) == set(theirs)
    assert finite(ours)
    if name in LOOSE:
        assert near(ours, theirs, LOOSE[name])


@pytest.mark.parametrize("name", ["clip", "vision-chat"])
def test_what_is_published_in_bfloat16_runs_in_it(tiny: Any, tmp_path: Path, name: str) -> None:
    from tests.support.shown import request

    from sightline.tools.experts import registry

    if not torch.cuda.is_bf16_supported(including_emulation=False):
        pytest.skip("a GPU that has no bfloat16")
    folder = shutil.copytree(tiny(name), tmp_path / name)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "dtype": "bfloat16"}))
    expert = registry.get(name)()
    expert.settings, expert.device = {"model": str(folder), "most_tokens": 5}, GPU
    expert.load()
    assert expert.model.dtype == torch.bfloat16
    assert finite(expert.serve(request(*REAL[name])).model_dump())


def test_a_real_architecture_moves_to_the_cpu_and_back(real: Any) -> None:
    from tests.support.shown import request

    asked = request(*REAL["clip"])
    expert = real("clip", GPU)
    first = expert.serve(asked).model_dump()
    assert expert.move("cpu")
    assert near(expert.serve(asked).model_dump(), first, 0.02)
    assert expert.move(GPU)
    assert {str(each.device) for each in expert.model.parameters()} == {GPU}
    assert near(expert.serve(asked).model_dump(), first, 0.001)


def test_eight_threads_ask_real_architectures_on_the_gpu(tiny: Any) -> None:
    names = ("clip", "trocr", "vision-chat")
    profile = Profile(
        name="real",
        experts={REAL[name][0]: (name,) for name in names},
        settings={
            name: {"model": str(tiny(name)), "memory_mb": 1, "precision": "full", "most_tokens": 5} for name in names
        },
    )
    pool = ExpertPool(profile, cache_bytes=0)

    def ask(name: str, n: int) -> Any:
        capability, arguments = REAL[name]
        return pool.serve(capability, place(n), arguments, Shown()).data  # type: ignore[arg-type]

    turns = [(names[n % 3], n % 2) for n in range(72)]
    alone = {turn: ask(*turn) for turn in turns[:6]}
    with ThreadPoolExecutor(8) as workers:
        together = list(workers.map(lambda turn: ask(*turn), turns))
    assert near(together, [alone[turn] for turn in turns], 0.02)
    assert pool.loaded() == sorted(names)
    pool.close()


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.skipif(
    not (shutil.which("cc") or shutil.which("gcc")) or not Path(sysconfig.get_paths()["include"], "Python.h").is_file(),
    reason="torch compiles with a C compiler and the headers of Python",
)
def test_a_compiled_model_answers_as_it_did(real: Any) -> None:
    from tests.support.shown import request

    pytest.importorskip("triton")
    asked = request(*REAL["clip"])
    plain = real("clip", GPU, precision="full")
    compiled = real("clip", GPU, precision="full", compile=True)
    assert near(compiled.serve(asked).model_dump(), plain.serve(asked).model_dump(), 0.01)
    assert compiled.measured_mb() == plain.measured_mb()


def near(ours: Any, theirs: Any, tolerance: float) -> bool:
    """Equal but for so much of a figure; of masks all but so large a share; a drawn map may differ."""
    if isinstance(ours, dict):
        return set(ours) == set(theirs) and all(near(ours[key], theirs[key], tolerance) for key in ours if key != "map")
    if isinstance(ours, list | tuple):
        return len(ours) == len(theirs) and all(near(x, y, tolerance) for x, y in zip(ours, theirs, strict=True))
    if isinstance(ours, np.ndarray) and ours.dtype == np.bool_:
        return ours.shape == theirs.shape and float((ours != theirs).mean()) <= tolerance
    if isinstance(ours, np.ndarray):
        return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, rtol=tolerance, atol=tolerance))
    if isinstance(ours, float):
        return bool(ours == pytest.approx(theirs, rel=tolerance, abs=tolerance))
    return bool(ours == theirs)


def finite(told: Any) -> bool:
    if isinstance(told, dict):
        return all(map(finite, told.values()))
    if isinstance(told, list | tuple):
        return all(map(finite, told))
    return bool(np.isfinite(told).all()) if isinstance(told, float | np.ndarray) else True
