from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.sandbox import Sandbox
from tests.support.commands import Terminal, terminal


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    with terminal(monkeypatch, capsys) as one:
        yield one


@pytest.fixture
def github(tmp_path: Path, shell: Terminal) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path / "github")
    with sandbox.serve() as server:
        shell.set(github_api_url=server.url)
        yield sandbox
