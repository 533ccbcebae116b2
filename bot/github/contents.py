"""Texts of many files at one commit, in few requests, and a few files of the base branch with them.

What is *not* here: reading the policy (bot.parsing.policies), which files a review needs (the engine).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from bot.errors import AccessLost, GitHubUnavailable, TooLarge
from bot.github.client import GitHub, repo_path

CHUNK: Final = 60
"""Files asked for in one request."""
SMALL_CHUNK: Final = 15
"""Below this many files, an answer that does not come in time is not the fault of its size."""

_GATEWAY_TIMEOUTS = (502, 504)
_REGULAR = ("100644", "100755")
_BLOB = "... on Blob { text isBinary isTruncated }"


@dataclass(frozen=True, slots=True)
class Texts:
    """What was read.

    Attributes:
        texts: text by path, every asked path; None where there is no such file, or it is binary, too large
            or named in a way that GraphQL cannot express. Encodings other than UTF-8 come as GitHub shows
            them.
        policy: text of the policy file, or None when there is none.
        policy_unreadable: the policy file exists, but is binary or too large.
        beside: text by path of the files that were asked for beside the policy; None as above.
    """

    texts: Mapping[str, str | None]
    policy: str | None = None
    policy_unreadable: bool = False
    beside: Mapping[str, str | None] = field(default_factory=dict)


class _Blob(msgspec.Struct, rename="camel"):
    text: str | None = None
    is_binary: bool | None = None
    is_truncated: bool = False

    @property
    def whole_text(self) -> str | None:
        return None if self.is_binary or self.is_truncated else self.text


_TOO_LARGE: Final = _Blob(is_truncated=True)


class _Answer(msgspec.Struct):
    repository: dict[str, _Blob | None] | None


async def fetch_texts(
    github: GitHub,
    repo: str,
    sha: str,
    paths: Sequence[str],
    *,
    policy: tuple[str, str] | None = None,
    beside: Sequence[str] = (),
) -> Texts:
    """Texts of `paths` at the commit `sha`, read through the base repository: it has commits of forks too.

    `policy` is (commit, path) of one more file, which is read in the same first request; `beside` are further
    files of that commit.

    Raises:
        GitHubError: GitHub could not be asked. A file that is not there is no error.
    """
    repo_path(repo)
    wanted = [path for path in dict.fromkeys(paths) if _can_be_asked(path)]
    texts: dict[str, str | None] = dict.fromkeys(paths)
    extras = [f"{policy[0]}:{path}" for path in (policy[1], *beside)] if policy else []
    found: list[_Blob | None] = []
    for index, chunk in enumerate(_chunks(wanted, with_empty=policy is not None)):
        first = extras if index == 0 else []
        blobs = await _fetch(github, repo, [*first, *(f"{sha}:{path}" for path in chunk)])
        parts = zip(chunk, blobs[len(first) :], strict=True)
        texts.update({path: blob.whole_text for path, blob in parts if blob})
        found += blobs[: len(first)]
    file = found[0] if found else None
    others = {path: blob.whole_text if blob else None for path, blob in zip(beside, found[1:], strict=False)}
    if file is None:
        return Texts(texts, beside=others)
    return Texts(texts, file.whole_text, file.whole_text is None, others)


async def _fetch(github: GitHub, repo: str, expressions: Sequence[str]) -> list[_Blob | None]:
    """The blobs of expressions, in smaller parts where that is too much."""
    try:
        return await _ask(github, repo, expressions)
    except TooLarge:
        if len(expressions) <= 1:
            return [_TOO_LARGE for _ in expressions]
    except GitHubUnavailable as error:
        if error.status not in _GATEWAY_TIMEOUTS or len(expressions) <= SMALL_CHUNK:
            raise
    middle = len(expressions) // 2
    left = await _fetch(github, repo, expressions[:middle])
    return left + await _fetch(github, repo, expressions[middle:])


async def _ask(github: GitHub, repo: str, expressions: Sequence[str]) -> list[_Blob | None]:
    """One request; None for what is not there. Names of files go in variables, never into the query."""
    owner, name = repo.split("/")
    asked = {f"b{index}": text for index, text in enumerate(expressions)}
    if not asked:
        return []
    declared = "".join(f", ${alias}: String!" for alias in asked)
    fields = " ".join(f"{alias}: object(expression: ${alias}) {{ {_BLOB} }}" for alias in asked)
    document = (
        f"query($owner: String!, $name: String!{declared})"
        f" {{ repository(owner: $owner, name: $name) {{ {fields} }} }}"
    )
    variables: dict[str, Any] = {"owner": owner, "name": name, **asked}
    answer = await github.query(document, variables, _Answer)
    if answer.repository is None:
        raise AccessLost(f"the repository {repo} cannot be read")
    return [answer.repository.get(alias) for alias in asked]


class _TreeEntry(msgspec.Struct):
    path: str
    mode: str
    size: int = 0


class _Tree(msgspec.Struct):
    tree: list[_TreeEntry]


async def fetch_paths(github: GitHub, repo: str, sha: str, most: int) -> list[str]:
    """Regular files of at most `most` bytes at a commit, sorted, by one request; of a huge repository a part.

    Raises:
        GitHubError: GitHub could not be asked.
    """
    answer = await github.get(f"{repo_path(repo)}/git/trees/{sha}", _Tree, {"recursive": "1"})
    regular = (entry for entry in answer.tree if entry.mode in _REGULAR)
    return sorted(entry.path for entry in regular if entry.size <= most)


def _chunks(paths: Sequence[str], *, with_empty: bool) -> list[tuple[str, ...]]:
    chunks = [tuple(paths[start : start + CHUNK]) for start in range(0, len(paths), CHUNK)]
    return chunks or ([()] if with_empty else [])


def _can_be_asked(path: str) -> bool:
    """A name that is no UTF-8 carries surrogates and cannot be sent; git reads `./` in front as relative."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return bool(path) and not path.startswith(("./", "../", "/"))
