"""What tests of `ai-review doctor` set and read."""

from __future__ import annotations

from collections.abc import Sequence

from bot.sandbox.sandbox import EVENTS, Sandbox
from bot.sandbox.state import Installation
from tests.support.commands import Terminal
from tests.support.sandbox import private_key


def set_app(
    shell: Terminal,
    github: Sandbox,
    permissions: dict[str, str] | None = None,
    events: Sequence[str] = EVENTS,
    *,
    installed: bool = True,
) -> Installation | None:
    """An App of that GitHub, as the settings name it; its installation where it has one."""
    app = github.create_app(private_key=private_key(), permissions=permissions, events=events)
    shell.set(github_app_id=str(app.id), github_private_key=app.private_key, github_webhook_secret="one,two")
    return github.install(app, github.create_repository("acme/shop")) if installed else None


def lines(out: str) -> dict[str, str]:
    """What is said of each thing, with its sign in front."""
    parts = [line.partition(": ") for line in out.splitlines() if line[:4] in ("ok  ", "MEND", "skip")]
    return {name[6:]: f"{name[:4].strip()} {text}" for name, _, text in parts}
