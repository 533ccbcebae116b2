from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bot.sandbox.errors import SandboxError
from bot.sandbox.repositories import GitRepository
from bot.sandbox.sandbox import Sandbox


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository.create(tmp_path / "one.git")


def test_the_same_scenario_has_the_same_commits_everywhere(tmp_path: Path) -> None:
    shas = {
        GitRepository.create(tmp_path / name).commit(
            "main", {"a": "x\n"}, message="m", author="dev", parent=None
        )
        for name in ("one.git", "two.git")
    }
    assert len(shas) == 1


def test_every_kind_of_change_is_told_apart(repository: GitRepository) -> None:
    start = repository.commit(
        "main",
        {"kept": "a\nb\n", "gone": "x\n", "moved": "1\n2\n3\n4\n", "bin": b"\0",
         'odd "name"\\.txt': "x\n", "crlf": "a\r\n"},
        message="m", author="dev", parent=None,
    )  # fmt: skip
    end = repository.commit(
        "change",
        {"kept": "a\nc", "gone": None, "moved": None, "moved here": "1\n2\n3\n4\n", "bin": b"\0\0",
         'odd "name"\\.txt': "y\n", "empty": "", "crlf": "a\r\nb\r\n"},
        message="m", author="dev", parent=start,
    )  # fmt: skip
    found = {one.path: one for one in repository.changes(start, end)}
    assert {path: one.status for path, one in found.items()} == {
        "kept": "modified", "gone": "removed", "moved here": "renamed", "bin": "modified", "empty": "added",
        'odd "name"\\.txt': "modified", "crlf": "modified",
    }  # fmt: skip
    assert found["kept"].patch == "@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file"
    assert found["crlf"].patch == "@@ -1 +1,2 @@\n a\r\n+b\r"
    assert found["moved here"].old_path == "moved"
    assert found["bin"].is_binary
    assert [found[path].patch for path in ("bin", "empty", "moved here")] == [None, None, None]


def test_missing_objects_do_not_shift_the_others(repository: GitRepository) -> None:
    sha = repository.commit("main", {"a b": "text\n"}, message="m", author="dev", parent=None)
    names = [f"{sha}:a b", f"{sha}:nothing here", "line\nbreak", "", f"{sha}:a b", "f" * 40]
    found = [None if blob is None else blob.data for blob in repository.read(names)]
    assert found == [b"text\n", None, None, None, b"text\n", None]


def test_names_that_look_like_options_are_no_commits(repository: GitRepository) -> None:
    repository.commit("main", {"a": "x\n"}, message="m", author="dev", parent=None)
    assert repository.find("--output=/tmp/x") is None
    assert repository.find("main") is not None


def test_a_real_repository_is_imported_and_none_of_its_hooks_or_settings_run(tmp_path: Path) -> None:
    source, witness = tmp_path / "source", tmp_path / "witness"
    source.mkdir()
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    }  # fmt: skip

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=source, env=environment, check=True, capture_output=True)

    git("init", "--quiet")
    for text in ("one\n", "two\n"):
        (source / "file.txt").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "--message", text)
    command = f"touch {witness}"
    for name in ("core.fsmonitor", "core.sshCommand", "uploadpack.packObjectsHook", "diff.external"):
        git("config", name, command)
    hook = source / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{command}\n")
    hook.chmod(0o755)

    sandbox = Sandbox(tmp_path / "sandbox")
    repository = sandbox.import_repository("acme/real", source, "HEAD~1", "HEAD")
    pull = sandbox.open_pull_request(repository, "change")
    (changed,) = repository.git.changes(pull.merge_base, pull.head_sha)
    assert changed.patch == "@@ -1 +1 @@\n-one\n+two"
    assert not witness.exists()
    with pytest.raises(SandboxError, match="nowhere"):
        sandbox.import_repository("acme/again", source, "nowhere", "HEAD")
