from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Terminal
from tests.support.launching import ROOT
from tests.support.work_trees import clean_environment, work_tree
from workers.cli.ending import EXIT_BROKEN, guarded

HEAVY = (
    "githubkit",
    "pydantic_ai",
    "fastapi",
    "rq",
    "openai",
    "anthropic",
    "redis",
    "uvicorn",
    "bot.settings",
)


def program(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "workers.cli.main", *arguments],
        check=False,
        capture_output=True,
        cwd=cwd,
        env=clean_environment(PYTHONPATH=str(ROOT), **more),
        timeout=30,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["review", "--help"], ["up", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys\nsys.argv = ['ai-review', *{arguments!r}]\nfrom workers.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT, timeout=30)
    loaded = set(done.stderr.decode().split())
    assert "workers.cli.main" in loaded
    assert not loaded & set(HEAVY)
    assert b"Usage: ai-review" in done.stdout


def test_no_command_prints_the_help(shell: Terminal) -> None:
    done = shell.run()
    assert (done.status, done.err) == (64, "")
    assert "Reviews changes for subtle bugs" in done.out


def test_an_unknown_command_is_one_sentence(shell: Terminal) -> None:
    assert "No such command 'revue'" in shell.run("revue").complaint


def test_a_terminal_that_knows_few_letters_gets_the_review_all_the_same(tmp_path: Path) -> None:
    tree = work_tree(tmp_path / "repo", {"a.py": ""}, {"größe.md": "ä\n"})
    done = program("review", "main..change", "--format", "markdown", cwd=tree.path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"gr\\xf6\\xdfe.md" in done.stdout


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_full_disk_is_one_sentence_and_looks_like_no_finding(tmp_path: Path, output: str) -> None:
    tree = work_tree(tmp_path / "repo", {"a.py": ""}, {"b.py": "x = 1\n"})
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "workers.cli.main", "review", "main..change", "--format", output],
            check=False, stdout=full, stderr=subprocess.PIPE, cwd=tree.path,
            env=clean_environment(PYTHONPATH=str(ROOT)), timeout=30,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (EXIT_BROKEN, b"ai-review: No space left on device\n")


def test_an_error_that_nobody_expected_is_one_sentence_and_looks_like_no_finding(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> int:
        raise KeyError("a word of a secret file")

    assert guarded(fail) == EXIT_BROKEN
    said = capsys.readouterr().err
    assert said.startswith("ai-review: this should not have happened: KeyError in ")
    assert "test_main.py, line " in said
    assert "secret" not in said
    assert said.count("\n") == 1


def test_a_reader_that_goes_away_causes_no_traceback(tmp_path: Path) -> None:
    tree = work_tree(tmp_path / "repo", {"a.py": ""}, {"b.py": "x = 1\n"})
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli.main", "review", "main..change"],
        check=False, stdout=write, stderr=subprocess.PIPE, cwd=tree.path,
        env=clean_environment(PYTHONPATH=str(ROOT)), timeout=30,
    )  # fmt: skip
    os.close(write)
    assert b"Traceback" not in done.stderr
