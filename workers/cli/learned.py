"""`ai-review policy learned`: what people of a repository dismissed, and taking a lesson back.

The lessons stand in Redis, or in the embedded server of `ai-review up`: where that runs it is asked, else it
is started for a moment on what it has kept.

What is *not* here: what a lesson does (workers.review.lessons), and who may teach one (`/ai-review dismiss`).
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Final

from bot.errors import QueueUnavailable, SettingsError, UsageError
from bot.redis_access import connect_once, translated
from bot.rendering.lessons import forgotten_json, forgotten_text, lessons_json, lessons_text
from bot.settings import Settings, variable
from bot.store.ledgers import Ledgers
from bot.valkey import EmbeddedValkey
from workers.cli.choices import ListFormat
from workers.cli.common import repository_named, settings_with, start_logging

_ID: Final = re.compile(r"[0-9a-f]{16}")


def run(repo: str, forget: str | None, output_format: ListFormat) -> int:
    """Print the lessons that count, or forget one; 0."""
    repository_named(repo)
    if forget is not None and not _ID.fullmatch(forget):
        raise UsageError("--forget takes the id of a lesson, as the list shows it: 16 hexadecimal digits.")
    settings = settings_with()
    start_logging(settings)
    as_json = output_format is ListFormat.JSON
    with _ledgers(settings) as ledgers:
        if forget is None:
            lessons = ledgers.lessons(repo, time.time())
            columns = shutil.get_terminal_size((100, 24)).columns
            shown = lessons_json(repo, lessons) if as_json else lessons_text(repo, lessons, columns)
        else:
            if not ledgers.forget(repo, forget):
                raise UsageError(f"{repo} has no lesson {forget}: look it up in the list.")
            shown = forgotten_json(repo, forget) if as_json else forgotten_text(repo, forget)
    sys.stdout.write(shown)
    return 0


@contextlib.contextmanager
def _ledgers(settings: Settings) -> Iterator[Ledgers]:
    """Where lessons are kept.

    Raises:
        SettingsError: there is no Redis, or it does not answer.
    """
    with _redis_url(settings) as url, connect_once(url) as redis:
        try:
            yield Ledgers(redis)
        except QueueUnavailable as error:
            raise SettingsError(f"{error}: check {variable('redis_url')} and that the server runs") from None


@contextlib.contextmanager
def _redis_url(settings: Settings) -> Iterator[str]:
    if settings.redis_url is not None:
        yield settings.redis_url
        return
    folder = settings.data_path / "valkey"
    if not folder.is_dir():
        raise SettingsError(
            f"{variable('redis_url')} is not set, and no embedded server has kept anything under"
            f" {settings.data_path}: name the Redis that the workers use, or their {variable('data_dir')}"
        )
    running = f"unix://{(folder / 'valkey.sock').absolute()}"
    if _answers(running):
        yield running
        return
    with EmbeddedValkey(settings.data_path) as server:
        yield server.url


def _answers(url: str) -> bool:
    with connect_once(url) as redis:
        try:
            with translated():
                redis.ping()
        except QueueUnavailable:
            return False
    return True
