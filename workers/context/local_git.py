"""A git repository on this machine as the source of a change: its diff and the text of its files.

What is *not* here: GitHub (bot.github), parsing the diff (bot.parsing.diffs), and anything that runs what a
repository brings along: hooks, filters, external diff drivers and file-system monitors stay off.
"""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UsageError
from bot.parsing.diffs import GIT_DIFF_OPTIONS
from workers.context.git_reading import (
    SEARCH_BYTES,
    SEARCH_SECONDS,
    TEXT_LIMIT,
    Printed,
    as_text,
    batch_texts,
    first_of,
    grep_arguments,
    tree_entries,
)

_SAFE = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.quotePath=true"),
    *("-c", "diff.suppressBlankEmpty=false"),
)
_DIFF = ("-O/dev/null", "--ignore-submodules=dirty")
"""Beyond what parsing needs: a look into the work tree of a submodule would obey its own configuration."""
_REGULAR = (b"100644", b"100755")
_FILTERS = r"^filter\..*\.(clean|smudge|process|required)$"
_BASE_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


@dataclass(frozen=True, slots=True)
class LocalChange:
    """Two ends of a change.

    Attributes:
        base_sha: the merge base, 40 hexadecimal digits.
        head_sha: 40 hexadecimal digits, or None for the working tree as it lies on disk.
        tip_sha: the commit that the base names now, newer than the merge base where it went on; its policy
            applies.
    """

    base_sha: str
    head_sha: str | None
    tip_sha: str


class LocalRepository:
    """Reads one repository through the git command. Every method may block for as long as git takes."""

    def __init__(self, folder: Path) -> None:
        """Find the repository that `folder` belongs to.

        Raises:
            UsageError: it is not inside a git work tree, or git is missing.
        """
        self._folder = folder
        self._filters: tuple[str, ...] = ()
        top = self._git(("rev-parse", "--show-toplevel"), b"")
        if b"dubious ownership" in top.stderr:
            raise UsageError(
                f"{folder} belongs to another user: allow it with git config --global --add safe.directory"
            )
        if top.returncode != 0:
            raise UsageError(f"{folder} is not inside a git repository: name one with --repo.")
        self._folder = Path(os.fsdecode(top.stdout.removesuffix(b"\n")))
        self._filters = self._configured_filters()

    @property
    def root(self) -> Path:
        """Top folder of the work tree."""
        return self._folder

    def resolve(self, revision_range: str | None) -> LocalChange:
        """The two ends that a range names.

        `A..B` and `A...B` both mean what a pull request from B into A would show: B since its merge base
        with A. A lone `A` means the working tree since then. None means the working tree against the
        repository's main branch.

        Raises:
            UsageError: a name is unknown, the two have no common ancestor, or no main branch was found.
        """
        base, dots, head = (revision_range or self._main_branch()).partition("..")
        base, head = base or "HEAD", head.removeprefix(".") or "HEAD"
        base_sha, head_sha = self._commit(base), self._commit(head)
        merge_base = self._try("merge-base", base_sha, head_sha)
        if merge_base is None:
            raise UsageError(f"{base} and {head} have no common ancestor: name a range within one history.")
        return LocalChange(merge_base.decode(), head_sha if dots else None, base_sha)

    def diff(self, change: LocalChange) -> bytes:
        """The change in git's diff format."""
        ends = [change.base_sha] if change.head_sha is None else [change.base_sha, change.head_sha]
        return self._run("diff", *GIT_DIFF_OPTIONS, *_DIFF, *ends, "--")

    def message(self, change: LocalChange) -> tuple[str, str]:
        """Subject of the newest commit of the change, and all its messages: what its author says of it."""
        form = ("--no-show-signature", "--encoding=UTF-8", "--format=%B%x00")
        log = self._run("log", *form, f"{change.base_sha}..{change.head_sha or 'HEAD'}", "--")
        messages = [part.strip() for part in log.decode("utf-8", "replace").split("\0") if part.strip()]
        return (messages[0].partition("\n")[0] if messages else "", "\n\n".join(messages))

    def untracked(self) -> int:
        """How many files of the work tree git neither tracks nor ignores."""
        return self._run("ls-files", "--others", "--exclude-standard", "-z").count(b"\0")

    def paths(self, change: LocalChange) -> list[str]:
        """Every tracked regular file at the head that is small enough to read, sorted."""
        if change.head_sha is not None:
            return sorted(self._blobs(change.head_sha))
        listing = self._run("ls-files", "--cached", "--stage", "-z")
        entries = (entry.partition(b"\t") for entry in listing.split(b"\0"))
        names = {path for attributes, _, path in entries if attributes.startswith(_REGULAR)}
        return sorted(path.decode("utf-8", "surrogateescape") for path in names)

    def grep(self, change: LocalChange, words: Sequence[str]) -> Printed:
        """Lines at the head where one of these words stands as a whole word, for `grepped`.

        Only tracked files, and as much as git finds before `SEARCH_BYTES` or `SEARCH_SECONDS` are used up.
        """
        asked = (*grep_arguments(words), *([change.head_sha] if change.head_sha else []), "--")
        return first_of(self._command(asked), self._environment(), SEARCH_BYTES, SEARCH_SECONDS)

    def origin(self) -> str | None:
        """The address that the remote `origin` has in the configuration; None where there is none."""
        address = self._try("config", "--get", "remote.origin.url")
        return None if address is None else os.fsdecode(address)

    def is_own(self, folder: str) -> bool:
        """Whether a folder of the work tree, empty for its top, is reached through no symbolic link."""
        return _is_inside(self._folder, f"{folder}/file" if folder else "file")

    def text_at(self, revision: str, path: str) -> str | None:
        """Text of one file at a commit, or None when it is not there, not text or too large."""
        return self._texts_at(revision, [path])[path]

    def texts(self, change: LocalChange, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text by path at the head; None where missing, binary, too large or a symbolic link."""
        if change.head_sha is None:
            return {path: _read_file(self._folder, path) for path in paths}
        return self._texts_at(change.head_sha, paths)

    def _texts_at(self, revision: str, paths: Sequence[str]) -> dict[str, str | None]:
        blobs = self._blobs(revision)
        known = [path for path in paths if path in blobs]
        contents = self._contents([blobs[path] for path in known])
        return dict.fromkeys(paths) | dict(zip(known, contents, strict=True))

    def _blobs(self, revision: str) -> dict[str, str]:
        """Blob id by path of every regular file small enough to read."""
        listing = self._run("ls-tree", "-r", "-z", "--long", "--full-tree", revision)
        return {path: blob for path, blob, _ in tree_entries(listing)}

    def _contents(self, blobs: Sequence[str]) -> list[str | None]:
        """Texts of blobs, through one git process for all of them."""
        answer = self._run("cat-file", "--batch", given="\n".join(blobs).encode()) if blobs else b""
        return batch_texts(answer, len(blobs))

    def _main_branch(self) -> str:
        for name in _BASE_BRANCHES:
            if self._try("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") is not None:
                return name
        raise UsageError("no main branch was found to compare with: name a range, as in main..HEAD.")

    def _commit(self, name: str) -> str:
        sha = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if sha is None:
            raise UsageError(f"{name} is not a commit of this repository: check the range.")
        return sha.decode()

    def _configured_filters(self) -> tuple[str, ...]:
        """Names of the settings that would start a program to read a file of the work tree."""
        names = self._try("config", "--name-only", "-z", "--get-regexp", _FILTERS)
        return tuple(os.fsdecode(name) for name in sorted(set((names or b"").split(b"\0"))) if name)

    def _try(self, *arguments: str) -> bytes | None:
        """Output without its final newline, or None when git says no."""
        done = self._git(arguments, b"")
        return done.stdout.removesuffix(b"\n") if done.returncode == 0 else None

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        done = self._git(arguments, given)
        if done.returncode != 0:
            reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise UsageError(
                f"git {arguments[0]} failed in {self._folder}: {reason[-1] if reason else 'no reason given'}"
            )
        return done.stdout

    def _git(self, arguments: Sequence[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603  a fixed program; revisions stand behind --end-of-options
                self._command(arguments),
                input=given,
                capture_output=True,
                env=self._environment(),
                check=False,
            )
        except FileNotFoundError:
            raise UsageError("git was not found: install it with your system's package manager.") from None

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return ["git", *_SAFE, "-C", str(self._folder), *arguments]

    def _environment(self) -> dict[str, str]:
        environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        # A partial clone would fetch what is missing, through whatever program its configuration names.
        environment |= {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
        return environment | _emptied(self._filters, os.environ.get("GIT_CONFIG_COUNT", ""))


@dataclass(frozen=True, slots=True)
class LocalReader:
    """The engine's `CodeReader` over a local change."""

    repository: LocalRepository
    change: LocalChange

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text by path at the head; None where there is none to read."""
        return await asyncio.to_thread(self.repository.texts, self.change, paths)


def _emptied(names: Sequence[str], known: str) -> dict[str, str]:
    """Environment variables that make these settings empty, behind those that are there already."""
    first = int(known) if known.isdecimal() else 0
    values = {"GIT_CONFIG_COUNT": str(first + len(names))} if names else {}
    for number, name in enumerate(names, start=first):
        off = "false" if name.endswith(".required") else ""
        values |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": off}
    return values


def _is_inside(root: Path, path: str) -> bool:
    """Whether a name, which a diff may have made up, is one of a work tree's own, reached through no link."""
    parts = path.split("/")
    if "\0" in path or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        return False
    parent = root.joinpath(*parts[:-1])
    return parent.resolve() == root.resolve().joinpath(*parts[:-1])


def _read_file(root: Path, path: str) -> str | None:
    """A regular file of the work tree; symbolic links are not followed: they may lead anywhere."""
    if not _is_inside(root, path):
        return None
    try:
        descriptor = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > TEXT_LIMIT:
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return as_text(file.read())
    finally:
        os.close(descriptor)
