"""The wheel, installed into an empty environment, works without this source tree."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.launching import ROOT
from tests.support.work_trees import clean_environment, work_tree

pytestmark = pytest.mark.xdist_group("wheel")

UV = Path(sys.executable).with_name("uv")
SHARED = "def add(item, basket=[]):\n    basket.append(item)\n    return basket\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True, timeout=60)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what the lock names, and nothing else."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    _uv("venv", "--quiet", "--python", sys.executable, "--no-python-downloads", str(folder))
    into = ("--quiet", "--offline", "--python", str(folder / "bin" / "python"))
    _uv("pip", "sync", *into, "--require-hashes", str(ROOT / "deploy" / "requirements.lock"))
    _uv("pip", "install", *into, "--no-deps", str(wheel))
    return folder


def _uv(*arguments: str) -> None:
    assert UV.is_file(), f"{UV} is missing: make the environment with `make test`"
    done = subprocess.run([UV, *arguments], check=False, capture_output=True, text=True, cwd="/", timeout=120)
    lacks = ("in the cache", "network was disabled", "network connectivity is disabled")
    if done.returncode != 0 and any(words in " ".join(done.stderr.split()) for words in lacks):
        pytest.skip(
            f"uv's cache lacks a package, and this test loads none: {' '.join(done.stderr.split())[:300]}"
        )
    assert done.returncode == 0, done.stderr


def _run(environment: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [environment / "bin" / "ai-review", *arguments]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=folder, env=clean_environment(), timeout=30
    )


def test_the_wheel_holds_all_data_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    code = [
        path.relative_to(ROOT).as_posix()
        for package in ("bot", "workers", "prompts")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not {"__pycache__", ".ruff_cache"} & set(path.parts)
    ]
    assert {name for name in names if ".dist-info/" not in name} == set(code)
    for ending in (".txt", ".lua", ".yml", ".html", ".css", ".md", ".ts", ".sql"):
        assert any(name.endswith(ending) for name in names), ending
    assert any(name.startswith("workers/cli/demo_change/base/") for name in names)


def test_the_installed_command_helps_and_reviews(environment: Path, tmp_path: Path) -> None:
    helped = _run(environment, tmp_path, "--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "Usage: ai-review" in helped.stdout
    tree = work_tree(tmp_path / "repo", {"README.md": "# Shop\n"}, {"shop.py": SHARED})
    reviewed = _run(
        environment, tree.path, "review", "main..change", "--format", "json", "--fail-on", "medium"
    )
    assert (reviewed.returncode, reviewed.stderr) == (1, "")
    [finding] = json.loads(reviewed.stdout)["findings"]
    assert (finding["path"], finding["line"], finding["source"]) == ("shop.py", 1, "ruff:B006")


def test_everything_that_a_server_needs_is_installed(environment: Path, tmp_path: Path) -> None:
    done = _run(environment, tmp_path, "demo", "--output", str(tmp_path / "page.html"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Check run ai-review" in done.stdout
    assert "marina" in (tmp_path / "page.html").read_text(encoding="utf-8")
