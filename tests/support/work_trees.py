"""Repositories with a work tree, as people have them on disk."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tests.support.scratch_git import ScratchRepository

_PERSON = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgSign=false")

Files = Mapping[str, str | bytes | None]
"""Path -> content; None removes the file. Names may hold bytes as lone surrogates."""


class WorkTree(ScratchRepository):
    """One repository; `main` is its main branch."""

    def write(self, files: Files) -> None:
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Files, message: str = "Change it") -> str:
        """Write, commit everything, and return the commit's id."""
        self.write(files)
        self.git("add", "-A")
        self.git(*_PERSON, "commit", "-q", "--no-verify", "--allow-empty", "-m", message)
        return self.head()

    def branch(self, name: str, start: str = "main") -> None:
        """Go to a new branch."""
        self.git("checkout", "-q", "-b", name, start)

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").decode().strip()


def work_tree(folder: Path, base: Files, head: Files | None = None) -> WorkTree:
    """A repository whose `main` has `base`; with `head` the branch `change` is checked out on top."""
    tree = WorkTree(folder)
    tree.commit(base, "Base")
    if head is not None:
        tree.branch("change")
        tree.commit(head)
    return tree


def clean_environment(**more: str) -> dict[str, str]:
    """For programs that tests start: none of the settings of whoever runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return kept | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull} | more
