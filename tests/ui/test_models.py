"""`sightline models`: what is here, what is broken, what goes, with a cache laid out as the hub's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from sightline.ui.cli import app

pytest.importorskip("huggingface_hub")
Command = Callable[..., tuple[int, str, str]]
COMMIT = "c0ffee" + "0" * 34
REPOSITORY = "openai/clip-vit-large-patch14"


def lay_out(cache: Path, repository: str, files: dict[str, bytes], *, revision: str = "main") -> Path:
    """A snapshot in the hub's layout: blobs named by their digest, and links to them."""
    root = cache / f"models--{repository.replace('/', '--')}"
    snapshot = root / "snapshots" / COMMIT
    (root / "blobs").mkdir(parents=True)
    (root / "refs").mkdir()
    snapshot.mkdir(parents=True)
    (root / "refs" / revision).write_text(COMMIT)
    for name, data in files.items():
        git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        blob = root / "blobs" / (hashlib.sha256(data).hexdigest() if name.endswith(".safetensors") else git)
        blob.write_bytes(data)
        (snapshot / name).symlink_to(blob)
    return snapshot


FILES = {"config.json": b"{}", "model.safetensors": b"weights" * 300_000, "vocab.json": b'{"a": 0}'}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "250")
    return tmp_path


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            app(["models", *arguments])
        out, err = capfd.readouterr()
        return int(left.value.code or 0), out, err

    return run


def row(out: str, expert: str) -> list[str]:
    (line,) = [line for line in out.splitlines() if line.startswith(f"{expert} ")]
    return line.split()


def test_the_list_says_what_is_here_and_what_it_takes(cache: Path, command: Command) -> None:
    lay_out(cache, REPOSITORY, FILES)
    code, out, _ = command("list")
    assert code == 0
    clip, whisper = row(out, "clip"), row(out, "whisper")
    assert (clip[-1], whisper[-1]) == ("yes", "no")
    assert clip[-5:-3] == ["2", "MiB"]
    assert "MIT" in clip
    assert f"{REPOSITORY}@main" in clip


def test_a_profile_lists_its_own_models(cache: Path, command: Command) -> None:
    _, out, _ = command("list", "--profile", "large")
    assert "Qwen/Qwen2.5-VL-7B-Instruct@main" in row(out, "vision-chat")
    assert not [line for line in out.splitlines() if line.startswith("trocr")]


def test_verifying_finds_the_file_that_was_changed(cache: Path, command: Command) -> None:
    snapshot = lay_out(cache, REPOSITORY, FILES)
    assert command("verify", "clip")[:2] == (0, "clip: 3 files\n")
    (snapshot / "model.safetensors").resolve().write_bytes(b"other")
    code, out, err = command("verify")
    assert code == 4
    assert "clip: 1 of 3 files are broken: model.safetensors" in out
    assert "pull it again" in err


def test_removing_deletes_from_the_cache(cache: Path, command: Command) -> None:
    lay_out(cache, REPOSITORY, FILES)
    code, out, _ = command("remove", "clip")
    assert (code, out) == (0, "2 MiB freed\n")
    assert not list(cache.rglob("*.safetensors"))
    assert command("remove", "clip")[:2] == (0, "0 MiB freed\n")


def test_a_name_that_is_not_there_is_answered_with_what_is(cache: Path, command: Command) -> None:
    code, _, err = command("pull", "clipp")
    assert (code, "did you mean clip?" in err) == (2, True)


def test_pulling_asks_the_hub_for_data_alone(cache: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked: list[dict[str, object]] = []

    def download(repository: str, **how: object) -> str:
        asked.append({"repository": repository, **how})
        return str(lay_out(cache, repository, FILES, revision=str(how["revision"])))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    code, out, _ = command("pull", "clip", "--yes", "--revision", "v1")
    assert (code, asked[0]["revision"], asked[0]["repository"]) == (0, "v1", REPOSITORY)
    assert COMMIT[:12] in out
    assert asked[0]["ignore_patterns"] == ["*.py"]
    patterns = asked[0]["allow_patterns"]
    assert isinstance(patterns, list)
    assert not {"*.bin", "*.pt", "*.pth", "*.py"} & set(patterns)


def test_flags_are_handed_to_the_hub_and_shown_in_the_list(
    cache: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    asked: list[dict[str, object]] = []
    pickled = {"config.json": b"{}", "pytorch_model.bin": b"weights" * 300_000}

    def download(repository: str, **how: object) -> str:
        asked.append(how)
        return str(lay_out(cache, repository, pickled))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    code, _, err = command("pull", "clip", "--yes")
    assert (code, "--allow-pickle" in err) == (4, True)
    assert row(command("list")[1], "clip")[-3:] == ["no", "pickles,", "refused"]
    profile = cache / "mine.toml"
    profile.write_text("[experts]\nmatch = ['clip']\n[settings.clip]\nallow_pickle = true\n")
    assert row(command("list", "--profile", str(profile))[1], "clip")[-2:] == ["yes", "allow_pickle"]
    (cache / f"models--{REPOSITORY.replace('/', '--')}").rename(cache / "away")
    assert command("pull", "clip", "--yes", "--allow-pickle", "--allow-remote-code")[0] == 0
    patterns = asked[-1]["allow_patterns"]
    assert isinstance(patterns, list)
    assert {"*.bin", "*.pt", "*.py"} <= set(patterns)
    assert asked[-1]["ignore_patterns"] is None


def test_a_model_in_one_file_is_pulled_and_verified_as_that_file(
    cache: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    asked: list[dict[str, object]] = []

    def download(repository: str, **how: object) -> str:
        asked.append(how)
        return str(lay_out(cache, repository, {"yolo11n.pt": b"weights" * 300_000}))

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    code, out, _ = command("pull", "yolo", "--yes")
    assert (code, "yolo11n.pt" in out, "AGPL-3.0" in out) == (0, True, True)
    assert asked[0]["allow_patterns"] == ["yolo11n.pt"]
    told = row(command("list")[1], "yolo")
    assert told.count("AGPL-3.0") == 2  # of the weights and of the library
    assert " ".join(told).endswith("yes a pickle, opened as data only")
    assert command("verify", "yolo")[1] == "yolo: 1 files\n"
    code, _, err = command("pull", "yolo-world", "--yes")
    assert (code, "github.com/ultralytics/assets" in err) == (2, True)


def test_a_hub_that_cannot_be_reached_is_one_line(
    cache: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    def download(repository: str, **how: object) -> str:
        raise ConnectionError("no route to host in /somewhere")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    code, _, err = command("pull", "clip", "--yes")
    assert code == 4
    assert "cannot be pulled (ConnectionError)" in err
    assert "/somewhere" not in err
