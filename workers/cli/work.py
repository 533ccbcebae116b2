"""`ai-review work`: the workers. They hold the App's key and the model's.

What is *not* here: the processes (workers.launcher) and the jobs (workers.jobs).
"""

from __future__ import annotations

from functools import partial
from typing import Final

from bot.settings import Settings
from workers.cli.common import required, settings_with, start_logging
from workers.cli.listening import REDIS_HINT
from workers.connecting import app_key
from workers.launcher import run_workers
from workers.models.prices import check_price
from workers.models.registry import check_model, modules_for
from workers.sweep import sweep_in_turn

LOADED_LATE: Final = ("anyio._backends._asyncio", "httpcore")
"""What libraries leave until a first request: each job would load it anew, a fifth of its time."""


def run(workers: int | None) -> int:
    """Work until SIGTERM or SIGINT."""
    settings = settings_with(workers=workers)
    start_logging(settings, service=True)
    required(settings, redis_url=REDIS_HINT)
    check(settings)
    sweep = partial(sweep_in_turn, settings) if settings.github_app_id is not None else None
    return run_workers(settings, str(settings.redis_url), preload=_preload(settings), sweep=sweep)


def check(settings: Settings) -> None:
    """Everything that a worker needs, before it starts.

    Raises:
        SettingsError: one sentence for the first thing that is wrong.
    """
    if settings.github_app_id is not None or settings.github_token is None:
        app_key(settings)
    for name in (settings.model, settings.cross_check_model):
        if name is not None:
            check_model(name)
            check_price(name, settings)


def _preload(settings: Settings) -> tuple[str, ...]:
    """Modules that every job needs, loaded once before the workers are forked."""
    names = (settings.model, settings.cross_check_model, *settings.allowed_models)
    return ("workers.jobs", *LOADED_LATE, *modules_for(name for name in names if name is not None))
