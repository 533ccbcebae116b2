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


LIGHT = """
import sys
from workers.cli.main import main

for arguments in (["--help"], ["review", "--help"], ["up", "--help"], ["pr", "acme/shop"]):
    sys.argv = ["ai-review", *arguments]
    try:
        main()
    except SystemExit as end:
        print("ends with", end.code, *arguments)
sys.stderr.write(" ".join(sys.modules))
"""


def test_help_and_a_slip_in_a_name_load_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], check=True, capture_output=True, text=True, cwd=ROOT, timeout=30
    )
    slip, _, loaded = done.stderr.partition("\n")
    assert "workers.cli.main" in loaded.split()
    assert not set(loaded.split()) & set(HEAVY)
    assert slip == "ai-review: acme/shop is no pull request: write OWNER/REPO#N."
    ends = [line for line in done.stdout.splitlines() if line.startswith("ends with")]
    assert [line.split()[2:] for line in ends] == [
        ["0", "--help"], ["0", "review", "--help"], ["0", "up", "--help"], ["64", "pr", "acme/shop"],
    ]  # fmt: skip
    assert all(f"Usage: ai-review {command}" in done.stdout for command in ("[OPTIONS]", "review", "up"))


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
