"""The house stands as it was drawn: floors, light imports, public names, and a wheel with everything in it."""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import sightline

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("tools", "sandbox", "prompts", "agent", "ui")

# What each floor may import of the others, as docs/architecture.md says; a name with a dot is that module alone.
MAY_IMPORT = {
    "tools": (),
    "sandbox": ("tools.api", "tools.errors", "tools.framing", "tools.source"),
    "prompts": ("tools.api", "tools.errors", "tools.source"),
    "agent": ("tools", "sandbox", "prompts"),
    "ui": ("tools", "sandbox", "prompts", "agent"),
}
HEAVY = (
    "torch",
    "transformers",
    "gradio",
    "cv2",
    "av",
    "PIL",
    "langchain",
    "langchain_core",
    "rapidocr",
    "onnxruntime",
)


def modules(floor: str) -> list[Path]:
    return sorted(path for path in (ROOT / floor).rglob("*.py") if "examples" not in path.parts)


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """The modules of this package that a file imports, as parts from the floor on."""
    package = path.relative_to(ROOT).with_suffix("").parts
    if package[-1] == "__init__":
        package = package[:-1]
        here = package
    else:
        here = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(n.name.split("."))[1:] for n in node.names if n.name.split(".")[0] == "sightline")
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "sightline":
            yield tuple((node.module or "").split("."))[1:]
        elif isinstance(node, ast.ImportFrom) and node.level > 0:
            base = here[: len(here) - node.level + 1]
            stem = (*base, *node.module.split(".")) if node.module else base
            yield from ((*stem, name.name) for name in node.names)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_imports_only_from_floors_below(floor: str) -> None:
    for path in modules(floor):
        for parts in imported(path):
            if not parts or parts[0] not in FLOORS or parts[0] == floor:
                continue
            allowed = any(parts[: name.count(".") + 1] == tuple(name.split(".")) for name in MAY_IMPORT[floor])
            assert allowed, f"{path.relative_to(ROOT)} imports {'.'.join(parts)}"


@pytest.mark.parametrize("floor", FLOORS)
def test_inside_the_package_imports_are_relative(floor: str) -> None:
    for path in modules(floor):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            named += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            assert not any((name or "").split(".")[0] == "sightline" for name in named), path


def loaded_after(code: str) -> set[str]:
    """Names of the modules that are loaded once `code` has run in a fresh interpreter."""
    script = f"{code}\nimport json, sys\nprint('MODULES', json.dumps(sorted(sys.modules)), file=sys.stderr)"
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
    )
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stderr.split("MODULES ", 1)[1]))


LIGHT = {
    "import sightline": 100,
    "import sightline.agent": 400,
    "import sightline.ui.cli": 300,
    "import sys\nfrom sightline.ui.cli import app\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass": 500,
}


@pytest.mark.parametrize("code", LIGHT, ids=["package", "agent", "cli", "help"])
def test_importing_is_light(code: str) -> None:
    loaded = loaded_after(code)
    assert not loaded & set(HEAVY)
    assert len(loaded) < LIGHT[code]


def every_module() -> list[str]:
    names = []
    for floor in FLOORS:
        package = importlib.import_module(f"sightline.{floor}")
        names.append(package.__name__)
        names += [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return sorted(name for name in names if ".examples" not in name and not name.endswith("__main__"))


def in_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as ruff sorts them too."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("name", every_module())
def test_public_names_are_sorted_and_exist(name: str) -> None:
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [])
    assert list(names) == sorted(names, key=in_order)
    assert len(set(names)) == len(names)
    for public in names:
        assert hasattr(module, public)


def test_every_module_says_what_it_is() -> None:
    for floor in FLOORS:
        for path in modules(floor):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert not tree.body or ast.get_docstring(tree), path


EXTRAS = (
    "accelerate",
    "av",
    "diffusers",
    "gradio",
    "langchain",
    "jiwer",
    "langchain_openai",
    "matplotlib",
    "nltk",
    "openai",
    "peft",
    "pyarrow",
    "ray",
    "sacrebleu",
    "torchvision",
    "transformers",
    "ultralytics",
)


def test_everything_imports_without_the_extras() -> None:
    names = every_module()
    code = "\n".join(
        [
            "import sys, importlib",
            f"for name in {EXTRAS!r}: sys.modules[name] = None",
            f"for name in {names!r}: importlib.import_module(name)",
        ]
    )
    assert "sightline.agent" in loaded_after(code)


@pytest.mark.slow
def test_the_wheel_carries_the_package_with_all_its_data(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="the wheel is built with the hatchling that is installed")
    script = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        f"sightline/{path.relative_to(ROOT)}" for floor in FLOORS for path in (ROOT / floor).rglob("*") if shipped(path)
    }
    for kind in ("photos", "scenes"):
        expected |= {f"sightline/ui/{kind}/{path.name}" for path in (ROOT / "examples" / kind).iterdir()}
    expected |= {"sightline/__init__.py", "sightline/py.typed"}
    assert expected <= inside
    assert {name.split("/")[0].split("-")[0] for name in inside} == {"sightline"}
    assert any(name.endswith("licenses/LICENSE") for name in inside)


def shipped(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix not in {".pyc", ".log"}


def test_the_version_is_written_once() -> None:
    assert sightline.__version__ == importlib.import_module("importlib.metadata").version("sightline")
