"""Git itself fetches from the sandbox."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Repository
from tests.support.work_trees import clean_environment


def fetch(folder: Path, url: str, *what: str, version: str = "2") -> subprocess.CompletedProcess[bytes]:
    environment = clean_environment(GIT_TERMINAL_PROMPT="0")
    if not folder.exists():
        subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True, env=environment)
    options = ("-c", f"protocol.version={version}", "-c", "http.proxy=", "-c", "core.askPass=")
    command = ["git", *options, "--git-dir", str(folder), "fetch", "-q", "--depth=1", url, *what]
    return subprocess.run(command, check=False, env=environment, capture_output=True)


def private(sandbox: Sandbox) -> Repository:
    return sandbox.create_repository("acme/shop", {"a.py": "a = 1\n"}, private=True)


@pytest.mark.parametrize("version", ["0", "2"])
def test_a_token_fetches_a_commit_by_its_id(tmp_path: Path, version: str) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    repository = private(sandbox)
    sandbox.commit(repository, "fix", {"a.py": "a = 2\n"})
    pull = sandbox.open_pull_request(repository, "fix")
    sandbox.set_role(repository, "eve", "read")
    with sandbox.serve() as server:
        address = server.url.replace("//", f"//x:{sandbox.user_token('eve')}@") + "/acme/shop.git"
        for what in (pull.head_sha, f"refs/pull/{pull.number}/head"):
            done = fetch(tmp_path / "clone", address, what, version=version)
            assert done.returncode == 0, done.stderr
        assert (tmp_path / "clone" / "FETCH_HEAD").read_text().startswith(pull.head_sha)
        assert sandbox.calls == []


@pytest.mark.parametrize("user", ["", "x:wrong@"])
def test_nobody_else_does(tmp_path: Path, user: str) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    private(sandbox)
    with sandbox.serve() as server:
        done = fetch(tmp_path / "clone", server.url.replace("//", f"//{user}") + "/acme/shop.git", "main")
    assert done.returncode != 0
    assert not list((tmp_path / "clone" / "objects").rglob("*.pack"))


def test_pushing_is_refused(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "sandbox")
    sandbox.create_repository("acme/shop", {"a.py": "a = 1\n"}, private=False)
    clone = tmp_path / "clone"
    with sandbox.serve() as server:
        address = f"{server.url}/acme/shop.git"
        assert fetch(clone, address, "main:refs/heads/main").returncode == 0
        push = ["git", "-c", "http.proxy=", "--git-dir", str(clone), "push", "-q", address, "main:new"]
        assert subprocess.run(push, check=False, env=clean_environment()).returncode != 0
