"""Pictures of a pull request: changed image files at its head, and screenshots of its description.

A description may hold any address. Only attachments that GitHub itself hosts are fetched: from a fixed list
of hosts and kinds of path, over https, without credentials, redirects not followed, in answers of bounded
size. Which they are is taken from GitHub's own rendering of the description, in which private attachments
carry addresses that need no credentials. What is no PNG, JPEG, GIF or WebP by its first bytes is left out.

What is *not* here: whether a model may see them (workers), and SVG, which is text.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

import httpx
import msgspec

from bot.domain.diff import Diff, FileDiff, FileStatus
from bot.domain.pull_request import PullRequest
from bot.errors import GitHubError, RateLimited, TooLarge
from bot.github.client import LONGEST_CALL, TIMEOUT, GitHub, in_parallel, repo_path
from bot.github.transport import GuardedTransport, open_transport

MOST: Final = 4
MAX_BYTES: Final = 3 * 1024 * 1024
"""Of one picture."""
MAX_NAME: Final = 120
"""Characters of an address under which a screenshot is known."""

_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})
_RAW: Final = "application/vnd.github.raw+json"
_FULL: Final = "application/vnd.github.full+json"
_IMAGE_IN_BODY = re.compile(r"!\[|<img\b|/user-attachments/assets/", re.IGNORECASE)
_ASSET = r"/user-attachments/assets/[0-9a-f-]{8,40}"
_QUERY = r"(?:\?[\w.~%=&+/-]{1,4000})?"
_PATH = r"(?:/[\w.~%-]{1,200}){1,8}"
_GITHUB_COM: Final = re.compile(
    rf"https://(?:github\.com{_ASSET}|(?:private-)?user-images\.githubusercontent\.com{_PATH}{_QUERY})",
    re.ASCII,
)

_TOO_LARGE: Final = f"more than {MAX_BYTES // (1024 * 1024)} MB"
_NO_PICTURE: Final = "no PNG, JPEG, GIF or WebP by its content"
_NOT_GIVEN: Final = "GitHub gave no content"
_NO_ADDRESSES: Final = "Pictures of the description were not looked at: GitHub did not give their addresses."

_log = logging.getLogger(__name__)

Transport = Callable[[httpx.URL], httpx.AsyncBaseTransport]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made by others.

    Attributes:
        name: path of the changed file, or the address in the description, without its query.
        media_type: by its first bytes: `image/png` and the like.
    """

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was fetched.

    Attributes:
        notices: one sentence for people for each reason why there are more.
    """

    found: tuple[Picture, ...] = ()
    notices: tuple[str, ...] = ()


class _Rendered(msgspec.Struct):
    body_html: str | None = None


async def fetch_images(
    github: GitHub, pull: PullRequest, diff: Diff, most: int = MOST, open_to: Transport = open_transport
) -> Pictures:
    """The first `most` pictures, changed files before screenshots. What cannot be had is told.

    Args:
        open_to: makes the way to a host of attachments.

    Raises:
        RateLimited: GitHub wants a pause of everything.
    """
    changed = [file for file in diff.files if _is_image(file)]
    shots = await _screenshots(github, pull)
    jobs: list[Callable[[], Awaitable[Picture | str]]] = [
        *(partial(_changed, github, pull, file.path) for file in changed),
        *(partial(_attached, url, open_to) for url in shots or ()),
    ]
    found = await in_parallel(jobs[:most])
    missing = Counter(reason for reason in found if isinstance(reason, str))
    missing[f"models are shown at most {most}"] = len(jobs[most:])
    notices = [_notice(count, reason) for reason, count in missing.items() if count]
    return Pictures(
        tuple(picture for picture in found if isinstance(picture, Picture)),
        (*notices, *([_NO_ADDRESSES] if shots is None else [])),
    )


def media_type_of(data: bytes) -> str | None:
    """What the first bytes say; None for anything but the four kinds that models can see."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def is_attachment(url: str, api: httpx.URL) -> bool:
    """Whether an address is one of those from which GitHub itself serves attachments.

    Args:
        api: of the REST API: github.com has hosts of its own for them, a server of one's own serves itself.
    """
    if api.host == "api.github.com":
        return _GITHUB_COM.fullmatch(url) is not None
    host = re.escape(api.host)
    own = rf"https://{host}(?:{_ASSET}|/storage/user/\d{{1,12}}/files/[0-9a-f-]{{8,40}}){_QUERY}"
    return re.fullmatch(own, url, re.ASCII) is not None


def _is_image(file: FileDiff) -> bool:
    parts = file.path.split("/")
    if file.status is FileStatus.REMOVED or {"", ".", ".."} & set(parts):
        return False
    return PurePosixPath(file.path.lower()).suffix in _SUFFIXES


async def _changed(github: GitHub, pull: PullRequest, path: str) -> Picture | str:
    """The picture, or why there is none; the same below."""
    name = quote(path.encode("utf-8", "surrogateescape"))
    try:
        data = await github.get_raw(
            f"{repo_path(pull.ref.repo)}/contents/{name}?ref={quote(pull.head_sha)}", _RAW
        )
    except RateLimited:
        raise
    except GitHubError as error:
        _log.info("A changed picture could not be read: %s", error)
        return _TOO_LARGE if isinstance(error, TooLarge) else _NOT_GIVEN
    return _picture(path, data)


async def _screenshots(github: GitHub, pull: PullRequest) -> tuple[str, ...] | None:
    """Addresses of attachments in the description, as GitHub renders it; None where it does not say.

    It is asked only if the description shows a picture.
    """
    if not _IMAGE_IN_BODY.search(pull.body):
        return ()
    path = f"{repo_path(pull.ref.repo)}/pulls/{pull.ref.number}"
    try:
        rendered = msgspec.json.decode(await github.get_raw(path, _FULL), type=_Rendered)
    except RateLimited:
        raise
    except (GitHubError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        _log.info("The pictures of a description could not be looked up: %s", error)
        return None
    reader = _ImageReader()
    reader.feed(rendered.body_html or "")
    return tuple(url for url in dict.fromkeys(reader.found) if is_attachment(url, github.base_url))


async def _attached(url: str, open_to: Transport) -> Picture | str:
    """One attachment, by a client of its own: it holds no credentials and goes nowhere else."""
    address = httpx.URL(url)
    transport = GuardedTransport(open_to(address), address, limit=MAX_BYTES)
    headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
    try:
        async with (
            asyncio.timeout(LONGEST_CALL),
            httpx.AsyncClient(transport=transport, timeout=TIMEOUT, trust_env=False) as http,
        ):
            answer = await http.get(address, headers=headers, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL, GitHubError, OSError) as error:  # OSError: the time is up, too
        _log.info("An attachment could not be read: %s", type(error).__name__)
        return _TOO_LARGE if isinstance(error, TooLarge) else _NOT_GIVEN
    if answer.status_code != httpx.codes.OK:
        _log.info("An attachment could not be read: status %d", answer.status_code)
        return _NOT_GIVEN
    return _picture(url.partition("?")[0][:MAX_NAME], answer.content)


def _picture(name: str, data: bytes) -> Picture | str:
    media_type = media_type_of(data)
    if media_type is None:
        return _NO_PICTURE
    return Picture(name, media_type, data) if len(data) <= MAX_BYTES else _TOO_LARGE


def _notice(left: int, reason: str) -> str:
    count = "1 picture of this change or its description was" if left == 1 else f"{left} pictures were"
    return f"{count} not looked at: {reason}."


class _ImageReader(HTMLParser):
    """Collects the addresses of images."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found += [value for name, value in attrs if name == "src" and value]
