"""Review requests served as a worker serves them: real queue, sandbox over HTTP, scripted model."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from redis import Redis

from bot.domain.policy import POLICY_PATH
from bot.queue import Queue
from bot.sandbox.journal import Fault
from bot.settings import Settings, load_settings
from bot.store import Store
from tests.support.installation import Scene, scene_in
from tests.support.memory import memory_of
from tests.support.queueing import AT_ONCE, scheduled_jobs, take
from tests.support.scripted import finds, found, votes, write_script
from workers.models.scripted import Rule
from workers.running import ReviewRun

DELAYS = (60, 300)
NO_FILES: Final[Mapping[str, str]] = MappingProxyType({})
HEAD = {"shapes.py": "def ratio(width, height):\n    return width / height\n"}


@dataclass
class Bot:
    """A pull request, and what serves it.

    Attributes:
        environment: that the settings are of, for what reads them by itself.
    """

    scene: Scene
    settings: Settings
    redis: Redis
    rules: Path
    environment: Mapping[str, str]

    def model(self, *rules: Rule) -> None:
        write_script(self.rules, rules, record=self.rules.with_name("asked"))

    @property
    def asked(self) -> int:
        """Questions that the model got."""
        record = self.rules.with_name("asked")
        return len(record.read_text().splitlines()) if record.exists() else 0

    @property
    def queue(self) -> Queue:
        return Queue(self.redis, AT_ONCE)

    async def serve(
        self, argument: str | None = None, *, store: Store | None = None, deaths: int = 0
    ) -> None:
        """One run of what waits, after earlier starts that died."""
        if argument is None:
            self.queue.submit(self.scene.request())
            argument = take(self.redis)
        for _ in range(deaths):
            assert self.queue.begin(argument)
            self.queue.bury(argument)
        run = self.queue.begin(argument)
        assert run is not None
        with run:
            await ReviewRun(self.settings, memory_of(self.redis, store), self.queue, run).serve()

    def next_try(self) -> float | None:
        """Seconds until the request is tried again; None when it is not."""
        rows = scheduled_jobs(self.redis)
        return rows[0][1] - time.time() if rows else None

    def fail(self, method: str, path: str, status: int, message: str = "Trouble", **more: object) -> Fault:
        body = {"message": message}
        return self.scene.sandbox.fail(Fault(method, path, status=status, body=body, **more))  # type: ignore[arg-type]


@contextmanager
def serving(
    folder: Path, redis_url: str, redis: Redis, policy: str = "", base: Mapping[str, str] = NO_FILES
) -> Iterator[Bot]:
    """A pull request in which the model finds one thing, which the second model confirms.

    Args:
        policy: text of the repository's policy file; without one there is none.
        base: further files of the base branch.
    """
    files = {"README.md": "# Shop\n"} | ({POLICY_PATH: policy} if policy else {}) | dict(base)
    scene = scene_in(folder / "github", HEAD, files)
    rules = folder / "rules.json"
    with scene.sandbox.serve() as server:
        model = f"scripted:{rules}"
        values = {
            "github_app_id": str(scene.app.id),
            "github_private_key": scene.app.private_key,
            "github_api_url": server.url,
            "redis_url": redis_url,
            "model": model,
            "cross_check_model": model,
            "retry_delays": ",".join(map(str, DELAYS)),
            "data_dir": str(folder / "data"),
        }
        environment = {f"AI_REVIEW_{name.upper()}": value for name, value in values.items()}
        one = Bot(scene, load_settings(environment), redis, rules, environment)
        one.model(finds(found("shapes.py", "    return width / height")), votes("confirmed"))
        yield one
