"""Reading files and lines out of a bare git repository; and how git's answers to such questions are read.

In a bare repository git is given no configuration but ours, no credentials and no way to the network. Hooks
and filters play no part, because nothing is checked out.

What is *not* here: how objects come into the repository (workers.context.git_cache), and the repository of a
person with its work tree (workers.context.local_git).
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workers.ports import InPart

TEXT_LIMIT = 2_000_000
"""Bytes above which a file counts as too large to read."""
READ_BYTES = 48_000_000
"""Bytes of texts that one question may bring; files beyond have no text."""
LIST_BYTES = 64_000_000
"""Bytes of a listing that are read: half a million files."""
SEARCH_BYTES = 24_000_000
READ_SECONDS = 20.0
SEARCH_SECONDS = 8.0
_ENDING_SECONDS = 2.0

_ASKED_AT_ONCE = 300
"""Paths in one command line."""
_PIECE = 1 << 16
_REGULAR = (b"100644", b"100755", b"100664")
_GREP = (
    *("-n", "-z", "-w", "-E", "-a", "--full-name", "--no-color", "--no-column", "--no-heading", "--no-break"),
    *("--no-textconv", "--no-recurse-submodules"),
)
_NO_WORD = re.compile(r"[][\\.^$*+?(){}|]")
_LINE = re.compile(rb"([^\0]+)\0(\d+)[\0:]([^\n]*)\n")
"""Of `git grep -n -z`: a path may hold a line feed, and the text a NUL where the file is binary."""


class GitFailed(Exception):
    """Git could not answer: it is missing, it took too long, or the repository is damaged.

    Caught in this package.
    """


@dataclass(frozen=True, slots=True)
class Printed:
    """What a program printed.

    Attributes:
        is_whole: whether that is all, and the program ended well.
    """

    text: bytes
    is_whole: bool


@dataclass(frozen=True, slots=True)
class BareRepository:
    """Blocking reads of one repository. Blobs that were left out of a fetch count as too large to read.

    Every method raises GitFailed where git cannot answer.
    """

    folder: Path

    def paths(self, revision: str) -> Sequence[str]:
        """Every regular file of a commit that is small enough to read, sorted; `InPart` within bounds."""
        printed = self._first_of(
            ("ls-tree", "-r", "-z", "--long", "--full-tree", revision), LIST_BYTES, READ_SECONDS
        )
        entries, _, _ = printed.text.rpartition(b"\0")
        paths = sorted(path for path, _, _ in tree_entries(entries))
        return paths if printed.is_whole else InPart(paths)

    def texts(self, revision: str, paths: Sequence[str]) -> dict[str, str | None]:
        """Text by path; None where missing, binary, too large or a symbolic link."""
        found: dict[str, str] = {}
        left = READ_BYTES
        for path, blob, size in self._entries_of(revision, paths):
            if size <= left:
                found[path] = blob
                left -= size
        contents = self._contents(list(found.values()))
        return dict.fromkeys(paths) | dict(zip(found, contents, strict=True))

    def grep(self, revision: str, words: Sequence[str]) -> Printed:
        """Lines where one of these words stands as a whole word, for `grepped`.

        As many as git finds before `SEARCH_BYTES` or `SEARCH_SECONDS` are used up.
        """
        return self._first_of((*grep_arguments(words), revision, "--"), SEARCH_BYTES, SEARCH_SECONDS)

    def _entries_of(self, revision: str, paths: Sequence[str]) -> Iterator[tuple[str, str, int]]:
        """Path, blob and size of those that can be read."""
        sane = [path for path in dict.fromkeys(paths) if _is_name(path)]
        for start in range(0, len(sane), _ASKED_AT_ONCE):
            asked = sane[start : start + _ASKED_AT_ONCE]
            listing = self._run("ls-tree", "-z", "--long", "--full-tree", revision, "--", *asked)
            yield from (entry for entry in tree_entries(listing) if entry[0] in asked)

    def _contents(self, blobs: Sequence[str]) -> list[str | None]:
        if not blobs:
            return []
        try:
            return batch_texts(self._run("cat-file", "--batch", given="\n".join(blobs).encode()), len(blobs))
        except (IndexError, ValueError):
            raise GitFailed("a file of the repository is missing") from None

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        try:
            done = subprocess.run(  # noqa: S603  a fixed program; paths stand behind --
                ["git", *arguments],  # noqa: S607  the machine's git
                input=given,
                capture_output=True,
                env=self._environment(),
                check=False,
                timeout=READ_SECONDS,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise GitFailed(f"git {arguments[0]}: {type(error).__name__}") from None
        if done.returncode != 0:
            raise GitFailed(f"git {arguments[0]} failed")
        return done.stdout

    def _first_of(self, arguments: Sequence[str], most: int, seconds: float) -> Printed:
        try:
            printed = first_of(["git", *arguments], self._environment(), most, seconds)
        except (OSError, ValueError) as error:
            raise GitFailed(f"git {arguments[0]}: {type(error).__name__}") from None
        if not (printed.text or printed.is_whole):
            raise GitFailed(f"git {arguments[0]} failed, or took too long")
        return printed

    def _environment(self) -> dict[str, str]:
        return bare_environment(self.folder) | {
            # What a fetch left out is not fetched while somebody reads.
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_LITERAL_PATHSPECS": "1",
        }


def bare_environment(folder: Path) -> dict[str, str]:
    """All that git gets to see: nothing of the operator's secrets, and no configuration of the machine."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_DIR": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def grep_arguments(words: Sequence[str]) -> tuple[str, ...]:
    """A `git grep` for whole words; a revision and `--` may follow."""
    # One pattern of alternatives: git tries several patterns one after the other. `-a`, since attributes of
    # the repository decide what `-I` takes for binary.
    pattern = "|".join(_NO_WORD.sub(r"\\\g<0>", word) for word in words)
    return ("grep", *_GREP, "-e", f"({pattern})")


def grepped(printed: bytes, revision: str | None) -> Iterator[tuple[str, int, str]]:
    """Path, 1-based number and text of each line of text that such a `git grep` printed."""
    prefix = f"{revision}:" if revision else ""
    # Output that was cut off ends in a part of a line, in which the pattern would be tried at every byte.
    for path, number, text in _LINE.findall(printed[: printed.rfind(b"\n") + 1]):
        if b"\0" not in text:
            yield _decoded(path).removeprefix(prefix), int(number), _decoded(text)


def tree_entries(listing: bytes) -> Iterator[tuple[str, str, int]]:
    """Path, blob and size in bytes of each regular file in an `ls-tree -z --long` that is small enough."""
    for entry in filter(None, listing.split(b"\0")):
        attributes, _, path = entry.partition(b"\t")
        mode, _, blob, size = attributes.split()
        # Of a blob that is not there git says that its size is BAD.
        if mode in _REGULAR and size.isdigit() and int(size) <= TEXT_LIMIT:
            yield _decoded(path), blob.decode(), int(size)


def batch_texts(answer: bytes, count: int) -> list[str | None]:
    """Texts in the answer of `cat-file --batch` to so many names of blobs; None for binary content.

    Raises:
        IndexError, ValueError: one of the blobs is missing.
    """
    texts: list[str | None] = []
    position = 0
    for _ in range(count):
        start = answer.index(b"\n", position) + 1
        end = start + int(answer[position:start].split()[2])
        texts.append(as_text(answer[start:end]))
        position = end + 1
    return texts


def first_of(command: Sequence[str], environment: Mapping[str, str], most: int, seconds: float) -> Printed:
    """The first bytes of what a program prints; then it is stopped."""
    end = time.monotonic() + seconds
    pieces: list[bytes] = []
    ended_well = False
    with (
        subprocess.Popen(  # noqa: S603  git; foreign words stand behind -e
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        ) as program,
        selectors.DefaultSelector() as ready,
    ):
        assert program.stdout is not None  # noqa: S101  it is a pipe
        ready.register(program.stdout, selectors.EVENT_READ)
        while most > 0 and ready.select(max(0.0, end - time.monotonic())):
            piece = os.read(program.stdout.fileno(), min(most, _PIECE))
            if not piece:
                ended_well = _ends_well(program)
                break
            pieces.append(piece)
            most -= len(piece)
        program.kill()
    return Printed(b"".join(pieces), ended_well)


def _ends_well(program: subprocess.Popen[bytes]) -> bool:
    """Whether a program that prints no more ends well; 1 is what `git grep` ends with that finds nothing."""
    try:
        return program.wait(_ENDING_SECONDS) in (0, 1)
    except subprocess.TimeoutExpired:
        return False


def as_text(content: bytes) -> str | None:
    """Decoded text, or None for binary content: a NUL byte near the start, as git decides it."""
    return None if b"\0" in content[:8000] else _decoded(content)


def _is_name(path: str) -> bool:
    """Whether git can be asked for it; it may be anything that a diff made up."""
    if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        return False
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
