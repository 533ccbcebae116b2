"""Real git repositories, read and written by the git program in bare folders.

Git runs with an environment of its own: no hooks, no configuration of the machine or its user, no prompts, no
network, fixed names and dates, so that the same scenario has the same commit ids everywhere.

What is *not* here: what a diff means (patches.py).
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.errors import SandboxError
from bot.sandbox.patches import ChangedFile, read_changes

Content = str | bytes | None
"""What a commit makes of a path: text, bytes, or None to delete it."""

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
FIRST_COMMIT_AT = 1_767_225_600
TIMEOUT_SECONDS = 120
_REF = re.compile(r"refs/[\w./-]+")  # and nothing that counts from there, as in `refs/heads/main~1`
_OPTIONS = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "gc.auto=0",
    "-c", "attr.tree=4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "-c", "protocol.allow=never",
    "-c", "protocol.file.allow=always",
    "-c", "protocol.version=2",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blob:
    """An object of a repository: its id, git's word for its type, and its bytes."""

    sha: str
    kind: str
    data: bytes

    @property
    def is_binary(self) -> bool:
        """Git's own rule: a NUL among the first 8,000 bytes."""
        return b"\0" in self.data[:8000]


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree: octal mode, type, id, size in bytes (None for trees and submodules), name."""

    mode: str
    kind: str
    sha: str
    size: int | None
    name: str


class GitRepository:
    """A bare repository in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._commits = 0
        self._names: dict[str, str] = {}
        self._between: dict[tuple[str, str], list[str]] = {}
        self._changes: dict[tuple[str, str], tuple[ChangedFile, ...]] = {}
        self._raw: dict[tuple[str, str], bytes] = {}
        self._bases: dict[tuple[str, str], str] = {}
        self._patches: dict[tuple[str, str, str], bytes] = {}

    @classmethod
    def create(cls, folder: Path) -> GitRepository:
        """An empty repository in a new folder."""
        folder.mkdir(parents=True)
        # The only user-level configuration that git sees: a repository of another owner may be fetched from.
        (folder.parent / "gitconfig").write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")
        repository = cls(folder)
        repository._git("init", "--quiet", "--bare", "--template=", "--initial-branch=main", ".")
        return repository

    def commit(
        self, branch: str, files: Mapping[str, Content], *, message: str, author: str, parent: str | None
    ) -> str:
        """Put a commit on a branch and return its id.

        Args:
            branch: short name; made when new, moved when it exists (also backwards: a force push).
            parent: commit to start from, or None for a first commit.
        """
        self._commits += 1
        stamp = self._stamp(author)
        lines: list[bytes] = [
            f"commit refs/heads/{branch}\nmark :1\nauthor {stamp}\ncommitter {stamp}\n".encode(),
            _data(message.encode()),
            f"from {parent}\n".encode() if parent else b"",
        ]
        for path, content in files.items():
            lines.append(_change(path, content))
        lines.append(b"get-mark :1\n")
        commit = self._git("fast-import", "--quiet", "--force", stdin=b"".join(lines)).decode().strip()
        self._moved(f"refs/heads/{branch}", commit)
        return commit

    def replay(self, commits: Sequence[str], onto: str, *, author: str) -> str:
        """Make commits again on top of another one, in their order and without merges; the new tip.

        Args:
            author: who does it; the commits keep their authors.

        Raises:
            SandboxError: one does not fit there.
        """
        for commit in commits:
            parents, name, message = self._git("log", "-1", "--format=%P%n%an%n%B", commit).split(b"\n", 2)
            if b" " not in parents:
                tree = self._applied(onto, parents.decode() or EMPTY_TREE, commit)
                onto = self._commit_tree(tree, [onto], message, name.decode(), author)
        return onto

    def merge(self, one: str, other: str, *, message: str, author: str) -> str:
        """A commit that merges `other` into `one`.

        Raises:
            SandboxError: they contradict each other.
        """
        tree = self._applied(one, self.merge_base(one, other), other)
        return self._commit_tree(tree, [one, other], message.encode(), author, author)

    def resolve(self, name: str) -> str:
        """The commit id behind a branch, tag or id.

        Raises:
            SandboxError: when there is no such commit.
        """
        commit = self.find(name)
        if commit is None:
            raise SandboxError(f"There is no commit {name!r} in {self.folder.name}.")
        return commit

    def find(self, name: str) -> str | None:
        """The same, or None."""
        if not name or name.startswith("-"):
            return None
        names = self._names
        if name not in names:
            found = self._run("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
            if found.returncode != 0:
                return None
            names[name] = found.stdout.decode().strip()
        return names[name]

    def set_branch(self, branch: str, sha: str) -> None:
        """Point a branch at a commit that is here."""
        self._git("update-ref", f"refs/heads/{branch}", sha)
        self._moved(f"refs/heads/{branch}", sha)

    def set_pull(self, number: int, sha: str) -> None:
        """Keep the head of a pull request, also when its branch goes away."""
        self._git("update-ref", f"refs/pull/{number}/head", sha)
        self._moved(f"refs/pull/{number}/head", sha)

    def fetch(self, source: Path, name: str) -> str:
        """Copy a commit with its history out of another repository on this disk.

        Raises:
            SandboxError: when the folder is no repository or has no such commit.
        """
        other = GitRepository(source)
        sha = self._run("-C", str(source), "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
        if sha.returncode != 0:
            raise SandboxError(f"{source} has no commit {name!r}.")
        commit = sha.stdout.decode().strip()
        self._git(
            "fetch", "--quiet", "--no-tags", "--update-shallow", "--recurse-submodules=no",
            "--no-write-fetch-head", str(other.folder.resolve()), commit,
        )  # fmt: skip
        return commit

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor; the empty tree for histories that share nothing."""
        if (one, other) not in self._bases:
            found = self._run("merge-base", one, other)
            self._bases[one, other] = found.stdout.decode().strip() if found.returncode == 0 else EMPTY_TREE
        return self._bases[one, other]

    def commits_between(self, base: str, head: str) -> list[str]:
        """Ids of the commits of `head` that `base` lacks, oldest first."""
        if (base, head) not in self._between:
            spec = [head] if base == EMPTY_TREE else [head, f"^{base}"]
            self._between[base, head] = self._git("rev-list", "--reverse", *spec).decode().split()
        return list(self._between[base, head])

    def diff(self, base: str, head: str) -> bytes:
        """What the diff media type sends, as git prints it with renames found."""
        key = (base, head)
        if key not in self._raw:
            self._raw[key] = self._diff("--patch", base, head)
        return self._raw[key]

    def changes(self, base: str, head: str) -> tuple[ChangedFile, ...]:
        """The changed files in git's order."""
        key = (base, head)
        if key not in self._changes:
            raw = self._diff("--raw", "-z", "--abbrev=40", base, head)
            counts = self._diff("--numstat", "-z", base, head)
            self._changes[key] = read_changes(raw, counts, self.diff(base, head))
        return self._changes[key]

    def file_patch(self, old: str, new: str, path: str) -> bytes:
        """The changes of one file between two commits, without context lines."""
        key = (old, new, path)
        if key not in self._patches:
            self._patches[key] = self._diff("--patch", "--unified=0", "--no-renames", old, new, "--", path)
        return self._patches[key]

    def upload_pack(self, request: bytes | None, protocol: str) -> bytes:
        """What a fetch over HTTP is told: names and abilities to none, else the answer to its request.

        Args:
            protocol: what the client's `Git-Protocol` says.
        """
        return self._git(
            "-c", "uploadpack.allowFilter=true", "-c", "uploadpack.allowAnySHA1InWant=true",
            "upload-pack", "--stateless-rpc", *(["--advertise-refs"] if request is None else []), ".",
            stdin=request or b"", protocol=protocol,
        )  # fmt: skip

    def read(self, names: Sequence[str]) -> list[Blob | None]:
        """Objects by name (`COMMIT:PATH` or an id), all in one run of git; None where there is none."""
        usable = [name for name in names if name and "\n" not in name and "\0" not in name]
        out = self._git("cat-file", "--batch", stdin="".join(f"{name}\n" for name in usable).encode())
        found: dict[str, Blob | None] = {}
        start = 0
        for name in usable:
            end = out.index(b"\n", start)
            head = out[start:end].split(b" ")
            start = end + 1
            if len(head) == 3 and head[2].isdigit() and len(head[0]) == 40:
                size = int(head[2])
                found[name] = Blob(head[0].decode(), head[1].decode(), out[start : start + size])
                start += size + 1
            else:
                found[name] = None
        return [found.get(name) for name in names]

    def tree(self, commit: str, path: str) -> list[TreeEntry] | None:
        """The entries of a folder (`""` for the root), or None when it is no folder."""
        result = self._run("ls-tree", "-z", "-l", f"{commit}:{path}" if path else f"{commit}^{{tree}}")
        if result.returncode != 0:
            return None
        entries = []
        for line in result.stdout.split(b"\0")[:-1]:
            facts, name = line.split(b"\t", 1)
            mode, kind, sha, size = facts.decode().split()
            entries.append(
                TreeEntry(
                    mode, kind, sha, None if size == "-" else int(size), name.decode("utf-8", "replace")
                )
            )
        return entries

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """What stands at a path, or None."""
        parent, _, name = path.rpartition("/")
        return next((entry for entry in self.tree(commit, parent) or [] if entry.name == name), None)

    def _moved(self, ref: str, sha: str) -> None:
        """Note where a ref points now; what is known of short names ends with it: they may mean this one.

        Another mapping takes the place of the old one: what is looked up meanwhile is noted there, and ends.
        """
        sure = {name: one for name, one in self._names.items() if name == one or _REF.fullmatch(name)}
        self._names = sure | {ref: sha}

    def _applied(self, onto: str, old: str, new: str) -> str:
        """The tree of `onto` with what changed from `old` to `new`."""
        patch = self._diff("--binary", "--full-index", "--no-renames", old, new)
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            index = Path(scratch).resolve() / "index"
            self._git("read-tree", onto, index=index)
            if patch:
                self._git("apply", "--cached", "--3way", "--whitespace=nowarn", stdin=patch, index=index)
            return self._git("write-tree", index=index).decode().strip()

    def _commit_tree(
        self, tree: str, parents: Sequence[str], message: bytes, author: str, committer: str
    ) -> str:
        self._commits += 1
        lines = [f"tree {tree}", *(f"parent {one}" for one in parents)]
        lines += [f"author {self._stamp(author)}", f"committer {self._stamp(committer)}", "", ""]
        text = "\n".join(lines).encode() + message
        return self._git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text).decode().strip()

    def _stamp(self, author: str) -> str:
        who, when = _ascii(author), FIRST_COMMIT_AT + 60 * self._commits
        return f"{who} <{who}@users.noreply.invalid> {when} +0000"

    def _diff(self, *arguments: str) -> bytes:
        return self._git(
            "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--find-renames",
            "--src-prefix=a/", "--dst-prefix=b/", *arguments,
        )  # fmt: skip

    def _git(
        self, *arguments: str, stdin: bytes = b"", protocol: str = "", index: Path | None = None
    ) -> bytes:
        result = self._run(*arguments, stdin=stdin, protocol=protocol, index=index)
        if result.returncode != 0:
            reason = result.stderr.decode("utf-8", "replace").strip()
            raise SandboxError(f"git {arguments[0]} failed in {self.folder.name}: {reason}")
        return result.stdout

    def _run(
        self, *arguments: str, stdin: bytes = b"", protocol: str = "", index: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        home = str(self.folder.parent)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": f"{home}/gitconfig",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_PROTOCOL": protocol,
        } | ({} if index is None else {"GIT_INDEX_FILE": str(index)})
        return subprocess.run(  # noqa: S603 -- arguments are a list, names are guarded, the environment is ours
            ["git", *_OPTIONS, *arguments],  # noqa: S607 -- the machine's git, wherever it is
            cwd=self.folder, env=environment, input=stdin, capture_output=True, check=False,
            timeout=TIMEOUT_SECONDS,
        )  # fmt: skip


def _ascii(name: str) -> str:
    return "".join(char for char in name if char.isalnum() or char in "-_.") or "someone"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _change(path: str, content: Content) -> bytes:
    quoted = b'"%s"' % path.encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\").replace(
        b'"', b'\\"'
    ).replace(b"\n", b"\\n")
    if content is None:
        return b"D %s\n" % quoted
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    return b"M 100644 inline %s\n%s" % (quoted, _data(data))
