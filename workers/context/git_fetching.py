"""One shallow fetch from GitHub into a bare repository, by git, held to a time and a size.

The credentials reach git by its environment alone: no command line, no file and no log has them. Git gets no
configuration but ours: no hooks, helpers, submodules or bundles, one protocol, one server, no redirects.

What is *not* here: which repository is kept and who may fetch into it (workers.context.git_cache).
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.github.git import GitAddress
from bot.processes import tied_command
from workers.context.git_reading import TEXT_LIMIT, bare_environment

KEPT = "refs/at"
"""Below it each commit has a reference of its own name; git makes it when all of the commit is there."""

_NAME = "hub"
_ENV = "/usr/bin/env"
"""Finds git: what is tied to us is started by its full path."""
_STALLED_SECONDS = 30
_LOOK_SECONDS = 0.2
_TAIL = 2_000
_WHY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one fetch.

    Attributes:
        size: bytes that the repository may have on disk then.
        seconds: how long it may take.
    """

    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NotFetched:
    """Why it was not; half a sentence without secrets.

    Attributes:
        too_large: the repository has more bytes than it may have.
    """

    reason: str
    too_large: bool = False


def fetch(
    folder: Path,
    address: GitAddress,
    commits: Sequence[str],
    bounds: Bounds,
    lock: int,
    stop: threading.Event,
) -> NotFetched | None:
    """Bring the trees and texts of commits, without their history and without blobs too large to read.

    Args:
        folder: the bare repository.
        commits: full ids. Those of forks are found in the repository that the pull request is made to.
        lock: descriptor that git and its helpers inherit: whoever waits for its lock waits for them too.
        stop: set when nobody waits for the result any more.
    """
    options = ("-q", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    filtered = f"--filter=blob:limit={TEXT_LIMIT + 1}"
    wanted = [f"+{commit}:{KEPT}/{commit}" for commit in commits]
    command = [_ENV, "git", "fetch", *options, filtered, "--", _NAME, *wanted]
    process = subprocess.Popen(  # noqa: S603  git, with ids of commits that were checked
        tied_command(command),
        env=_environment(folder, address),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(lock,),
        start_new_session=True,
    )
    with process:
        try:
            return _watch(process, folder, bounds, stop)
        finally:
            _kill(process)


def _watch(
    process: subprocess.Popen[bytes], folder: Path, bounds: Bounds, stop: threading.Event
) -> NotFetched | None:
    """Wait for the end, of git's or ours."""
    end = time.monotonic() + bounds.seconds
    said = b""
    assert process.stderr is not None  # noqa: S101  it is a pipe
    with selectors.DefaultSelector() as ready:
        ready.register(process.stderr, selectors.EVENT_READ)
        looked = time.monotonic()
        while True:
            if ready.select(_LOOK_SECONDS):
                piece = os.read(process.stderr.fileno(), 1 << 14)
                said = (said + piece)[-_TAIL:]
                if not piece:
                    break
            now = time.monotonic()
            if stop.is_set():
                return NotFetched("nobody waits for it any more")
            if now > end:
                return NotFetched(f"it took longer than {bounds.seconds:.0f} s")
            if now - looked >= _LOOK_SECONDS:
                looked = now
                if size_of(folder) > bounds.size:
                    return _too_large(bounds)
    if process.wait(_STALLED_SECONDS) != 0:
        return NotFetched(_why(said))
    return _too_large(bounds) if size_of(folder) > bounds.size else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Git, where it still runs, and the helpers that it started: they are a session of their own."""
    if process.returncode is not None:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder, as far as they can be seen."""
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _sizes(Path(entry.path))
                else:
                    yield entry.stat(follow_symlinks=False).st_size
    except OSError:  # it has just been deleted
        return


def _too_large(bounds: Bounds) -> NotFetched:
    return NotFetched(f"it is larger than {bounds.size // 1_000_000} MB", too_large=True)


def _why(said: bytes) -> str:
    """Git's last words; a server may have put anything into them."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    last = "".join(char if char.isprintable() else " " for char in lines[-1]) if lines else "no reason given"
    return f"git fetch: {last[:_WHY_LENGTH]}"


def _environment(folder: Path, address: GitAddress) -> dict[str, str]:
    scheme = address.url.partition(":")[0]
    environment = bare_environment(folder) | {"GIT_ALLOW_PROTOCOL": scheme, "GIT_ASKPASS": ""}
    # The operator's own certificate authority, by the variables that our other requests obey.
    for ours, name in (("SSL_CERT_FILE", "GIT_SSL_CAINFO"), ("SSL_CERT_DIR", "GIT_SSL_CAPATH")):
        if path := os.environ.get(ours):
            environment[name] = path
    return environment | _as_variables(_configuration(address, scheme))


def _configuration(address: GitAddress, scheme: str) -> Mapping[str, str]:
    return {
        f"remote.{_NAME}.url": address.url,
        # Known to be partial here alone: whoever reads the repository later finds no remote to fetch from.
        f"remote.{_NAME}.promisor": "true",
        f"remote.{_NAME}.partialCloneFilter": f"blob:limit={TEXT_LIMIT + 1}",
        f"http.{address.url}.extraHeader": f"Authorization: {address.authorization}",
        "http.followRedirects": "false",
        "http.proxy": address.proxy,
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": str(_STALLED_SECONDS),
        "protocol.version": "2",
        "protocol.allow": "never",
        f"protocol.{scheme}.allow": "always",
        "credential.helper": "",
        "core.askPass": "",
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "fetch.unpackLimit": "1",
        "fetch.writeCommitGraph": "false",
        "fetch.uriProtocols": "",
        "transfer.bundleURI": "false",
        "transfer.credentialsInUrl": "die",
        "submodule.recurse": "false",
        "pack.threads": "2",
        "gc.auto": "0",
        "maintenance.auto": "false",
    }


def _as_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Git's configuration as environment variables."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables
