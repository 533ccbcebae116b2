"""Throw-away git repositories with no configuration but our own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

FILE, EXECUTABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"


class ScratchRepository:
    """A repository in a temporary folder; commits are made of whole trees, not of edits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str | bytes, stdin: bytes = b"") -> bytes:
        """Output of a git command; a failure is an AssertionError with git's own words."""
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            check=False,
            input=stdin,
            capture_output=True,
            env=_environment(),
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    def tree(self, files: Mapping[bytes, tuple[str, bytes]]) -> str:
        """Name of a tree with these files: path -> (mode, content); a submodule's content is its commit."""
        blobs = self._blobs({content for mode, content in files.values() if mode != SUBMODULE})
        entries = (
            b"%b %b\t%b\0" % (mode.encode(), content if mode == SUBMODULE else blobs[content], path)
            for path, (mode, content) in files.items()
        )
        self.git("read-tree", "--empty")
        self.git("update-index", "-z", "--index-info", stdin=b"".join(entries))
        return self.git("write-tree").decode().strip()

    def _blobs(self, contents: set[bytes]) -> dict[bytes, bytes]:
        """Names of blobs with these contents, made by one process."""
        ordered = sorted(contents)
        marks = self.path / "marks"
        feed = (
            b"blob\nmark :%d\ndata %d\n%b\n" % (number, len(content), content)
            for number, content in enumerate(ordered, start=1)
        )
        self.git("fast-import", "--quiet", f"--export-marks={marks}", stdin=b"".join(feed))
        names = dict(line.split() for line in marks.read_bytes().splitlines())
        return {content: names[b":%d" % number] for number, content in enumerate(ordered, start=1)}


def _environment() -> dict[str, str]:
    """The environment without anything that changes what git does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
