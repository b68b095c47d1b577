"""The sandbox's own corpus, through the command that runs any corpus."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"


def run_corpus(report: Path, *options: str) -> tuple[int, dict[str, dict[str, object]]]:
    command = [sys.executable, str(ROOT / "benchmarks" / "sandbox_corpus.py"), "--json", str(report), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=500)
    assert report.exists(), done.stderr
    return done.returncode, json.loads(report.read_text())


@pytest.mark.parametrize("wall", ["on", "off"])
def test_every_ordinary_program_gives_its_result(tmp_path: Path, wall: str) -> None:
    options = ("--benign", str(CORPUS / "benign.jsonl"), "--language-wall", wall)
    code, report = run_corpus(tmp_path / "report.json", *options)
    assert report["benign"] == {"total": 132, "right": 132, "wrong": []}
    assert code == 0


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.parametrize("wall", ["on", "off"])
def test_every_attack_is_contained(tmp_path: Path, wall: str) -> None:
    options = ("--attacks", str(CORPUS / "attacks.jsonl"), "--language-wall", wall, "--wall-s", "1")
    code, report = run_corpus(tmp_path / "report.json", *options)
    assert report["attacks"] == {"total": 150, "contained": 150, "leaks": []}
    assert code == 0


def test_a_leak_and_a_wrong_result_are_found_and_told(tmp_path: Path) -> None:
    attacks, benign = tmp_path / "attacks.jsonl", tmp_path / "benign.jsonl"
    harmless = {"category": "import", "check": ["result_pwned"], "expect": "blocked"}
    lines = [
        {"id": "leaks", "code": "result = 'PWNED'", **harmless},
        {"id": "held", "code": "import os", **harmless},
    ]
    attacks.write_text("\n".join(map(json.dumps, lines)))
    programs = [
        {"id": "right", "code": "result = (1, 2)", "expect": {"tuple": [1, 2]}},
        {"id": "other type", "code": "result = [1, 2]", "expect": {"tuple": [1, 2]}},
        {"id": "fails", "code": "result = 1 / 0", "expect": 0},
    ]
    benign.write_text("\n".join(map(json.dumps, programs)))
    code, report = run_corpus(tmp_path / "report.json", "--attacks", str(attacks), "--benign", str(benign))
    assert code == 1
    assert report["attacks"] == {"total": 2, "contained": 1, "leaks": ["leaks"]}
    assert report["benign"] == {"total": 3, "right": 1, "wrong": ["fails", "other type"]}
