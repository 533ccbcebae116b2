from __future__ import annotations

import json
from pathlib import Path

from bot.github.events import Ignored, parse_event
from bot.sandbox.sandbox import EVENTS, PERMISSIONS

MANIFEST = json.loads((Path(__file__).parents[3] / "deploy" / "github-app-manifest.json").read_text())


def test_the_app_of_the_sandbox_asks_for_what_the_real_one_asks_for() -> None:
    assert MANIFEST["default_permissions"] == PERMISSIONS
    assert set(MANIFEST["default_events"]) == set(EVENTS)


def test_every_event_that_the_app_asks_for_is_read() -> None:
    unread = parse_event("star", b"{}", "d")
    assert isinstance(unread, Ignored)
    for event in MANIFEST["default_events"]:
        assert parse_event(event, b"{}", "d") != unread, event
