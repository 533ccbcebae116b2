"""Import and start-up: CPU time of commands, and the time from `ai-review up` until it is ready.

What is *not* here: what happens after that.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Figure, Target
from tests.support.installed import SECRET
from tests.support.sandbox import private_key
from tests.support.waiting import wait_until

_GROUP = "Start"
_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0
_PROGRAM = str(Path(sys.executable).with_name("ai-review"))


def measure_starting(folder: Path) -> list[Figure]:
    """Repeated, since the first run of each finds cold caches; the median does not show it."""
    return [
        Figure(
            _GROUP, "`ai-review --help`, CPU time", "s", _cpu([_PROGRAM, "--help"], 5), (Target.BELOW, 0.4)
        ),
        Figure(_GROUP, "import of the receiver, CPU time", "s", _importing("workers.cli.serve")),
        Figure(_GROUP, "import of workers.jobs, CPU time", "s", _importing("workers.jobs")),
        Figure(
            _GROUP,
            "import of workers.jobs and OpenAI's library, CPU time",
            "s",
            _importing("workers.jobs, workers.models.openai_api"),
        ),
        Figure(_GROUP, "`ai-review up` until ready, static", "s", _until_ready(folder, "static")),
        Figure(_GROUP, "`ai-review up` until ready, scripted model", "s", _until_ready(folder, "scripted")),
    ]


def _importing(modules: str) -> tuple[float, ...]:
    return _cpu([sys.executable, "-c", f"import {modules}"], 3)


def _cpu(command: Sequence[str], times: int) -> tuple[float, ...]:
    return tuple(_cpu_once(command) for _ in range(times))


def _cpu_once(command: Sequence[str]) -> float:
    """User and system CPU seconds of a command and of what it starts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime


def _until_ready(folder: Path, model: str, times: int = 3) -> tuple[float, ...]:
    return tuple(_until_ready_once(folder / f"{model}-{number}", model) for number in range(times))


def _until_ready_once(folder: Path, model: str) -> float:
    """Seconds until `/readyz` says that deliveries are taken and a worker is there."""
    folder.mkdir()
    port = _free_port()
    with (folder / "log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen([_PROGRAM, "up"], env=_environment(folder, port, model), stderr=log)
        try:
            wait_until(lambda: _is_ready(port), f"ready; its log is {folder / 'log'}", _READY_SECONDS)
            return time.perf_counter() - began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_STOP_SECONDS)


def _environment(folder: Path, port: int, model: str) -> dict[str, str]:
    rules = folder / "rules.json"
    rules.write_text('{"rules": []}', encoding="utf-8")
    values = {
        "GITHUB_APP_ID": "1",
        "GITHUB_PRIVATE_KEY": private_key(),
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "DATA_DIR": str(folder / "data"),
        "MODEL": "static" if model == "static" else f"scripted:{rules}",
        "PORT": str(port),
        "WORKERS": "2",
    }
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return passed | {f"AI_REVIEW_{name}": value for name, value in values.items()}


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
