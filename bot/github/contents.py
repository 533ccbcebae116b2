"""Texts of many files at one commit, in few requests, and a few files of the base branch with them.

The policy file of the organisation, in its repository named `.github`, comes in the same first request.

What is *not* here: reading the policy (bot.parsing.policies), which files a review needs (the engine).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from bot.errors import AccessLost, GitHubUnavailable, TooLarge
from bot.github.client import GitHub, owner_and_name, repo_path

CHUNK: Final = 60
"""Files asked for in one request."""
SMALL_CHUNK: Final = 15
"""Below this many files, an answer that does not come in time is not the fault of its size."""

ORGANISATION_REPO: Final = ".github"
"""What an organisation, or a person, has for all of its repositories."""

_REPOSITORY = "repository(owner: $owner, name: $name)"
_SHARED_REPOSITORY = f'organisation: repository(owner: $owner, name: "{ORGANISATION_REPO}")'
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
        organisation: text of the organisation's policy file, or None when there is none that we may read.
        organisation_unreadable: it exists, but is binary or too large.
    """

    texts: Mapping[str, str | None]
    policy: str | None = None
    policy_unreadable: bool = False
    beside: Mapping[str, str | None] = field(default_factory=dict)
    organisation: str | None = None
    organisation_unreadable: bool = False


class _Blob(msgspec.Struct, rename="camel"):
    text: str | None = None
    is_binary: bool | None = None
    is_truncated: bool = False

    @property
    def whole_text(self) -> str | None:
        return None if self.is_binary or self.is_truncated else self.text


_TOO_LARGE: Final = _Blob(is_truncated=True)


class _Answer(msgspec.Struct):
    repository: dict[str, _Blob | None] | None = None
    organisation: dict[str, _Blob | None] | None = None


@dataclass(frozen=True, slots=True)
class _Object:
    """Something in git: `COMMIT:PATH`, of the repository or of the organisation's `.github`."""

    expression: str
    of_organisation: bool = False


async def fetch_texts(
    github: GitHub,
    repo: str,
    sha: str,
    paths: Sequence[str],
    *,
    policy: tuple[str, str] | None = None,
    beside: Sequence[str] = (),
    organisation: str | None = None,
) -> Texts:
    """Texts of `paths` at the commit `sha`, read through the base repository: it has commits of forks too.

    `policy` is (commit, path) of one more file, which is read in the same first request; `beside` are further
    files of that commit. `organisation` is the path of a file on the default branch of OWNER/.github, read in
    that request as well, but for the files of that repository itself.

    Raises:
        GitHubError: GitHub could not be asked. A file that is not there is no error.
    """
    wanted = [path for path in dict.fromkeys(paths) if _can_be_asked(path)]
    texts: dict[str, str | None] = dict.fromkeys(paths)
    extras = [_Object(f"{policy[0]}:{path}") for path in (policy[1], *beside)] if policy else []
    if organisation and not repo.lower().endswith(f"/{ORGANISATION_REPO}"):
        extras.append(_Object(f"HEAD:{organisation}", of_organisation=True))
    found: dict[_Object, _Blob | None] = {}
    for index, chunk in enumerate(_chunks(wanted, with_empty=bool(extras))):
        first = extras if index == 0 else []
        blobs = await _fetch(github, repo, [*first, *(_Object(f"{sha}:{path}") for path in chunk)])
        parts = zip(chunk, blobs[len(first) :], strict=True)
        texts.update({path: blob.whole_text for path, blob in parts if blob})
        found.update(zip(first, blobs, strict=False))
    return _as_texts(texts, found, policy, beside)


def _as_texts(
    texts: Mapping[str, str | None],
    found: Mapping[_Object, _Blob | None],
    policy: tuple[str, str] | None,
    beside: Sequence[str],
) -> Texts:
    """What was read, under the names that it was asked for."""
    commit, path = policy or ("", "")
    file = found.get(_Object(f"{commit}:{path}"))
    shared = next((blob for one, blob in found.items() if one.of_organisation), None)
    others = {name: found.get(_Object(f"{commit}:{name}")) for name in beside}
    return Texts(
        texts,
        policy=file.whole_text if file else None,
        policy_unreadable=file is not None and file.whole_text is None,
        beside={name: blob.whole_text if blob else None for name, blob in others.items()},
        organisation=shared.whole_text if shared else None,
        organisation_unreadable=shared is not None and shared.whole_text is None,
    )


async def _fetch(github: GitHub, repo: str, objects: Sequence[_Object]) -> list[_Blob | None]:
    """The blobs of these objects, asked for in smaller parts where that is too much."""
    try:
        return await _ask(github, repo, objects)
    except TooLarge:
        if len(objects) <= 1:
            return [_TOO_LARGE for _ in objects]
    except GitHubUnavailable as error:
        if error.status not in _GATEWAY_TIMEOUTS or len(objects) <= SMALL_CHUNK:
            raise
    middle = len(objects) // 2
    left = await _fetch(github, repo, objects[:middle])
    return left + await _fetch(github, repo, objects[middle:])


async def _ask(github: GitHub, repo: str, objects: Sequence[_Object]) -> list[_Blob | None]:
    """One request; None for what is not there. Names of files go in variables, never into the query."""
    owner, name = owner_and_name(repo)
    asked = {f"b{index}": one for index, one in enumerate(objects)}
    own = [alias for alias, one in asked.items() if not one.of_organisation]
    shared = [alias for alias, one in asked.items() if one.of_organisation]
    if not asked:
        return []
    variables = {"owner": owner, **({"name": name} if own else {})}
    variables |= {alias: one.expression for alias, one in asked.items()}
    declared = ", ".join(f"${variable}: String!" for variable in variables)
    parts = [_selection(_REPOSITORY, own)] if own else []
    parts += [_selection(_SHARED_REPOSITORY, shared)] if shared else []
    document = f"query({declared}) {{ {' '.join(parts)} }}"
    answer = await github.query(document, variables, _Answer, optional=("organisation",))
    if own and answer.repository is None:
        raise AccessLost(f"the repository {repo} cannot be read")
    found = (answer.organisation or {}) | (answer.repository or {})
    return [found.get(alias) for alias in asked]


def _selection(repository: str, aliases: Sequence[str]) -> str:
    """Objects of one repository, under their aliases."""
    fields = " ".join(f"{alias}: object(expression: ${alias}) {{ {_BLOB} }}" for alias in aliases)
    return f"{repository} {{ {fields} }}"


class _TreeEntry(msgspec.Struct):
    path: str
    mode: str
    size: int = 0
    sha: str = ""


class _Tree(msgspec.Struct):
    tree: list[_TreeEntry]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Paths:
    """Files of a commit, sorted.

    Attributes:
        is_whole: whether these are all; of a huge repository GitHub lists a part.
    """

    paths: tuple[str, ...]
    is_whole: bool


async def fetch_paths(github: GitHub, repo: str, sha: str, most: int) -> Paths:
    """Regular files of at most `most` bytes at a commit, by one request.

    Raises:
        GitHubError: GitHub could not be asked.
    """
    answer = await github.get(f"{repo_path(repo)}/git/trees/{sha}", _Tree, {"recursive": "1"})
    regular = (entry for entry in answer.tree if entry.mode in _REGULAR)
    paths = tuple(sorted(entry.path for entry in regular if entry.size <= most))
    return Paths(paths, not answer.truncated)


async def fetch_blobs(github: GitHub, repo: str, sha: str) -> dict[str, str]:
    """Path -> git's name of what it holds at a commit, by one request; of a huge repository a part.

    Raises:
        GitHubError: GitHub could not be asked.
    """
    answer = await github.get(f"{repo_path(repo)}/git/trees/{sha}", _Tree, {"recursive": "1"})
    return {entry.path: entry.sha for entry in answer.tree}


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
