"""The processes of one installation on this machine: receiver, workers and, where none is set, a Valkey.

The receiver and the workers are processes of their own, given only what they need: the receiver's environment
has no GitHub key and no model's.

What is *not* here: what these processes do (workers.cli.serve, workers.cli.work).
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.processes import tied_command
from bot.settings import Settings, variable
from bot.valkey import EmbeddedValkey

_STOP_SECONDS: Final = 20.0
_RECEIVER_NEEDS: Final = frozenset(
    variable(field)
    for field in (
        "github_webhook_secret",
        "redis_url",
        "host",
        "port",
        "review_deadline",
        "push_spacing",
        "push_quiet",
        "log_level",
        "data_dir",
    )
)
_SYSTEM: Final = frozenset({"PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV"})
_SYSTEM_GROUPS: Final = ("LC_", "SSL_CERT_", "PYTHON")
"""Variables that any program may want: by name, and by the beginning of their names."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The processes of one installation on this machine."""

    receiver: subprocess.Popen[bytes]
    workers: subprocess.Popen[bytes]
    redis_url: str

    def has_ended(self) -> bool:
        """Whether one of them is gone."""
        return self.receiver.poll() is not None or self.workers.poll() is not None


@contextlib.contextmanager
def running(settings: Settings, environment: Mapping[str, str], log: int | None = None) -> Iterator[Stack]:
    """Start everything, and stop it at the end: first the receiver, so that nothing more is accepted.

    Args:
        environment: what the processes get, beside what the settings say.
        log: file descriptor for their logs; None means this process's standard error.
    """
    with _redis(settings) as redis_url:
        values = dict(environment) | {
            variable("redis_url"): redis_url,
            variable("host"): settings.host,
            variable("port"): str(settings.port),
            variable("workers"): str(settings.workers),
        }
        receiver = _start("serve", _for_receiver(values), log)
        workers = _start("work", values, log)
        try:
            yield Stack(receiver, workers, redis_url)
        finally:
            _stop(receiver, workers)


@contextlib.contextmanager
def _redis(settings: Settings) -> Iterator[str]:
    if settings.redis_url is not None:
        yield settings.redis_url
        return
    with EmbeddedValkey(settings.data_path) as server:
        yield server.url


def _for_receiver(values: Mapping[str, str]) -> dict[str, str]:
    """What faces the internet holds the webhook secret and Redis, and nothing worth stealing beside."""
    wanted = _RECEIVER_NEEDS | _SYSTEM
    return {
        name: value for name, value in values.items() if name in wanted or name.startswith(_SYSTEM_GROUPS)
    }


def _start(command: str, environment: Mapping[str, str], log: int | None) -> subprocess.Popen[bytes]:
    """One of our own commands, tied to this process, out of reach of a terminal's Ctrl+C."""
    return subprocess.Popen(  # noqa: S603 - our own program
        tied_command([sys.executable, "-m", "workers.cli.main", command]),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _stop(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
