from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.commands import Terminal, terminal


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    with terminal(monkeypatch, capsys) as one:
        yield one
