"""Bare repositories on the worker's disk, fetched as far as reviews need them; shared by all workers.

    FOLDER/HOST/OWNER/NAME/
        use         lock: shared by whoever reads, exclusive while `git` is deleted; its time is the last use
        fetch       lock: exclusive while something is fetched; git itself holds it too
        git/        the repository; `refs/at/COMMIT` exists when all of a commit is there
        too-large   the limit that it went over, so that it is not fetched again at once

Whatever process dies at whatever moment, locks open and the repository stays usable. Nothing is cleaned up
inside of a repository: git keeps everything that a partial clone was ever given. One that was fetched into
often is dropped, where nobody reads it, and fetched anew.

What is *not* here: the fetch (workers.context.git_fetching), reading (workers.context.git_reading).
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.github.git import GitAddress
from workers.context.git_fetching import KEPT, Bounds, NotFetched, fetch, size_of
from workers.context.git_reading import READ_SECONDS, BareRepository, bare_environment

FETCH_SECONDS = 90.0
"""Longest wait for a repository, those who fetch into it before us included."""
MOST_FETCHES = 50
TOO_LARGE_SECONDS = 86_400.0

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_LEFT_OVER = ("new-*", "gone-*", "git/*.lock", f"git/{KEPT}/*.lock", "git/objects/pack/tmp_*")
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Opened:
    """A repository that has the commits that were asked for; it stays until its lock is closed."""

    repository: BareRepository
    lock: int


@dataclass(frozen=True, slots=True)
class GitCache:
    """Repositories of a GitHub in a folder.

    Attributes:
        total: bytes of all repositories, above which those are deleted that were not used for longest.
        largest: bytes of one.
        seconds: longest wait for one.
        most_fetches: after so many into one it is dropped and fetched anew.
    """

    folder: Path
    total: int
    largest: int
    seconds: float = FETCH_SECONDS
    most_fetches: int = MOST_FETCHES

    @asynccontextmanager
    async def opened(
        self, address: GitAddress, commits: Sequence[str]
    ) -> AsyncIterator[BareRepository | NotFetched]:
        """A repository with these commits, fetched where they are not there; kept while the block runs."""
        stop = threading.Event()
        work = asyncio.ensure_future(asyncio.to_thread(self._open, address, commits, stop))
        try:
            found = await asyncio.shield(work)
            yield found.repository if isinstance(found, Opened) else found
        finally:
            stop.set()
            left = await work
            if isinstance(left, Opened):
                os.close(left.lock)

    def _open(
        self, address: GitAddress, commits: Sequence[str], stop: threading.Event
    ) -> Opened | NotFetched:
        if not all(_COMMIT.fullmatch(commit) for commit in commits):
            return NotFetched("it names no commits")
        if shutil.which("git") is None:
            return NotFetched("git is not installed")
        place = self.folder / address.host.lower() / address.repo.lower()
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            return self._open_at(place, address, list(dict.fromkeys(commits)), stop)
        except (OSError, subprocess.SubprocessError) as error:
            return NotFetched(f"the cache cannot be used: {type(error).__name__}")

    def _open_at(
        self, place: Path, address: GitAddress, commits: Sequence[str], stop: threading.Event
    ) -> Opened | NotFetched:
        if len(_packs(place)) >= self.most_fetches and _missing(place, commits):
            _drop(place)
        end = time.monotonic() + self.seconds
        lock = _locked(place / "use", fcntl.LOCK_SH, end, stop)
        if lock is None:
            return NotFetched("others have it locked")
        try:
            os.utime(lock)
            problem = self._complete(place, address, commits, end, stop)
        except BaseException:  # whatever it is: the lock must not outlive it
            os.close(lock)
            raise
        if problem is None:
            return Opened(BareRepository(place / "git"), lock)
        os.close(lock)
        if problem.too_large:
            self._give_up(place)
        return problem

    def _complete(
        self, place: Path, address: GitAddress, commits: Sequence[str], end: float, stop: threading.Event
    ) -> NotFetched | None:
        """Fetch those commits that are not there."""
        if not _missing(place, commits):
            return None
        if self._is_too_large(place):
            return NotFetched(f"it is larger than {self.largest // 1_000_000} MB")
        lock = _locked(place / "fetch", fcntl.LOCK_EX, end, stop)
        if lock is None:
            return NotFetched(f"others fetched into it for longer than {self.seconds:.0f} s")
        try:
            missing = _missing(place, commits)
            if not missing:
                return None
            _prepare(place)
            bounds = Bounds(self.largest, max(1.0, end - time.monotonic()))
            problem = fetch(place / "git", address, missing, bounds, lock, stop)
        finally:
            os.close(lock)
        if problem is None and _missing(place, commits):
            problem = NotFetched("the server sent something else")
        if problem is None or not problem.too_large:  # else it goes itself, and nothing else for it
            self._make_room(place)
        return problem

    def _is_too_large(self, place: Path) -> bool:
        """Whether it went over this limit, or a higher one, within the last day."""
        with contextlib.suppress(OSError, ValueError):
            note = place / "too-large"
            fresh = time.time() - note.stat().st_mtime < TOO_LARGE_SECONDS
            return fresh and int(note.read_text(encoding="ascii")) >= self.largest
        return False

    def _give_up(self, place: Path) -> None:
        """Free the disk. A repository that many fetches made large is fetched anew the next time."""
        if len(_packs(place)) <= 1:
            (place / "too-large").write_text(str(self.largest), encoding="ascii")
        _drop(place)

    def _make_room(self, used: Path) -> None:
        """Delete what was not used for longest, until the rest has its room. What is in use stays."""
        sizes: dict[Path, int] = {}
        for lock in self.folder.glob("*/*/*/use"):
            for dead in lock.parent.glob("gone-*"):
                shutil.rmtree(dead, ignore_errors=True)
            sizes[lock.parent] = size_of(lock.parent)
        surplus = sum(sizes.values()) - self.total
        for place in sorted(sizes, key=_last_use):
            if surplus <= 0:
                return
            if place != used and sizes[place] and _drop(place):
                surplus -= sizes[place]


def _missing(place: Path, commits: Sequence[str]) -> list[str]:
    return [commit for commit in commits if not (place / "git" / KEPT / commit).is_file()]


def _packs(place: Path) -> list[Path]:
    return list(place.glob("git/objects/pack/*.pack"))


def _last_use(place: Path) -> float:
    try:
        return (place / "use").stat().st_mtime
    except OSError:
        return 0.0


def _prepare(place: Path) -> None:
    """Remove what a killed fetch left, and make the repository where there is none. Needs the fetch lock."""
    for pattern in _LEFT_OVER:
        for path in place.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    if (place / "git").exists():
        return
    new = place / f"new-{secrets.token_hex(8)}"
    subprocess.run(  # noqa: S603  a fixed program, a path of ours
        ["git", "init", "--quiet", "--bare", "--template=", "--", str(new)],  # noqa: S607  the machine's git
        env={name: text for name, text in bare_environment(new).items() if name != "GIT_DIR"},
        check=True,
        capture_output=True,
        timeout=READ_SECONDS,
    )
    new.rename(place / "git")


def _drop(place: Path) -> bool:
    """Delete a repository, unless somebody reads it or fetches into it."""
    gone = place / f"gone-{secrets.token_hex(8)}"
    with _exclusive(place / "use") as alone:
        if not alone or not (place / "git").exists():
            return False
        (place / "git").rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
    return True


@contextmanager
def _exclusive(path: Path) -> Iterator[bool]:
    """Whether the lock is ours alone."""
    lock = _try_lock(path, fcntl.LOCK_EX)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def _locked(path: Path, kind: int, end: float, stop: threading.Event) -> int | None:
    """A lock, as a descriptor to be closed; None where it cannot be had before `end`."""
    while True:
        lock = _try_lock(path, kind)
        if lock is not None or time.monotonic() > end or stop.wait(_POLL_SECONDS):
            return lock


def _try_lock(path: Path, kind: int) -> int | None:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
