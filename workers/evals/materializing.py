"""A case as a git repository with the branches `base` and `pr`; nothing is checked out, so nothing can run.

What is *not* here: reading it (workers.context.local_git), and what a case is (workers.evals.cases).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.errors import UsageError
from workers.evals.bare import CONTEXT_LINES
from workers.evals.cases import Case, CaseFile, Material, folder_of

BASE, HEAD = "base", "pr"
_AUTHOR = b"author <author@example.invalid> 1700000000 +0000"
_IDENTITY = ("-c", "user.name=author", "-c", "user.email=author@example.invalid")
_DIFF = (
    *("-c", "core.quotePath=false"),
    *("-c", "diff.suppressBlankEmpty=false"),
    "diff",
    *("--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"),
    *(f"-U{CONTEXT_LINES}", "--find-renames", "--full-index"),
)


def materialize(material: Material, folder: Path) -> None:
    """A repository that holds the changed files and no others, in a new folder.

    Raises:
        UsageError: git cannot take the files.
    """
    _git(None, "init", "-q", str(folder))
    feed = b"".join(_feed(material.files))
    _git(folder, "fast-import", "--quiet", given=feed)
    _git(folder, "symbolic-ref", "HEAD", f"refs/heads/{HEAD}")


def whole_repository(case: Case, repos: Path) -> Path:
    """The folder of a case's whole repository.

    Raises:
        UsageError: there is none, or it holds another change.
    """
    folder = repos / case.id
    if not folder.is_dir():
        raise UsageError(f"{folder} is missing: make the repository of this case, or leave --repos out.")
    changed = _git(folder, "diff", "--name-only", "--no-renames", "-z", BASE, HEAD, "--").split(b"\0")
    names = {os.fsdecode(name) for name in changed if name}
    if unknown := {file.path for file in case.material.files} - names:
        raise UsageError(f"{folder} holds another change: {min(unknown)} is the same in both branches.")
    return folder


def lay_side_by_side(folders: Sequence[Path], folder: Path) -> None:
    """One repository with the whole trees of others, each under a folder of its own.

    Objects are not copied: the others have to stay where they are.

    Raises:
        UsageError: one of them is no repository with both branches.
    """
    _git(None, "init", "-q", str(folder))
    stores = [_git(one, "rev-parse", "--path-format=absolute", "--git-path", "objects") for one in folders]
    (folder / ".git" / "objects" / "info" / "alternates").write_bytes(b"".join(stores))
    parent: list[str] = []
    for branch in (BASE, HEAD):
        tree = _joined_tree(folders, folder, branch)
        commit = _git(folder, *_IDENTITY, "commit-tree", tree, *parent, "-m", branch).decode().strip()
        _git(folder, "update-ref", f"refs/heads/{branch}", commit)
        parent = ["-p", commit]
    _git(folder, "symbolic-ref", "HEAD", f"refs/heads/{HEAD}")


def raw_diff(folder: Path) -> str:
    """The change as the bare prompt shows it; bytes that are no UTF-8 are replaced."""
    return _git(folder, *_DIFF, f"{BASE}..{HEAD}", "--").decode("utf-8", "replace")


def _joined_tree(folders: Sequence[Path], folder: Path, branch: str) -> str:
    _git(folder, "read-tree", "--empty")
    for number, one in enumerate(folders, start=1):
        tree = _git(one, "rev-parse", "--verify", f"refs/heads/{branch}^{{tree}}").decode().strip()
        _git(folder, "read-tree", f"--prefix={folder_of(number)}", tree)
    return _git(folder, "write-tree", "--missing-ok").decode().strip()


def _feed(files: Iterable[CaseFile]) -> Iterator[bytes]:
    """Both commits for git fast-import, which neither filters contents nor looks at a work tree."""
    files = tuple(files)
    yield b"commit refs/heads/%b\ncommitter %b\ndata 0\n" % (BASE.encode(), _AUTHOR)
    for file in files:
        if file.base is not None:
            yield _put(file.old_path, file.base.mode, file.base.content)
    yield b"\ncommit refs/heads/%b\ncommitter %b\ndata 0\n" % (HEAD.encode(), _AUTHOR)
    yield b"from refs/heads/%b\n" % BASE.encode()
    for file in files:
        if file.base is not None and (file.head is None or file.old_path != file.path):
            yield b"D %b\n" % _quoted(file.old_path)
    for file in files:
        if file.head is not None:
            yield _put(file.path, file.head.mode, file.head.content)


def _put(path: str, mode: str, content: bytes) -> bytes:
    return b"M %b inline %b\ndata %d\n%b\n" % (mode.encode(), _quoted(path), len(content), content)


def _quoted(path: str) -> bytes:
    """A name as fast-import takes any: every byte but plain letters as an octal escape."""
    raw = path.encode("utf-8", "surrogateescape")
    plain = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")
    return b'"%b"' % b"".join(bytes([byte]) if byte in plain else b"\\%03o" % byte for byte in raw)


def _git(folder: Path | None, *arguments: str, given: bytes = b"") -> bytes:
    """Output of git without anybody's configuration.

    Raises:
        UsageError: git is missing, or says no.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
    environment |= {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
    place = ["-C", str(folder)] if folder is not None else []
    try:
        done = subprocess.run(  # noqa: S603  a fixed program; names of files go in as data
            ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", *place, *arguments],  # noqa: S607
            input=given,
            capture_output=True,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError("git was not found: install it with your system's package manager.") from None
    if done.returncode != 0:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(f"git {arguments[0]} failed in {folder}: {reason[-1] if reason else 'no reason'}.")
    return done.stdout
