"""Where git finds a repository of the configured GitHub, and as whom it asks.

What is *not* here: running git (workers.context.git_cache). Git's requests are no calls of the API.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import httpx

from bot.github.client import GitHub, owner_and_name
from bot.github.transport import proxy_for


@dataclass(frozen=True, slots=True)
class GitAddress:
    """One repository, for git.

    Attributes:
        url: without credentials.
        host: name and port of the server.
        repo: "OWNER/NAME".
        authorization: value of the header that lets us in. A secret.
        proxy: address of the operator's proxy, which may hold a password; empty where there is none.
    """

    url: str
    host: str
    repo: str
    authorization: str = field(repr=False)
    proxy: str = field(repr=False)


async def git_address(github: GitHub, repo: str) -> GitAddress:
    """The address of a repository.

    Raises:
        GitHubError: this is no name of a repository, or no token can be had.
        AppKeyUnusable: the App's key is wrong, or not accepted now.
    """
    owner, name = owner_and_name(repo)
    origin = git_origin(github.base_url)
    credentials = f"x-access-token:{await github.token()}".encode()
    return GitAddress(
        url=f"{str(origin).rstrip('/')}/{owner}/{name}.git",
        host=origin.netloc.decode("ascii"),
        repo=repo,
        authorization=f"Basic {base64.b64encode(credentials).decode()}",
        proxy=proxy_for(origin) or "",
    )


def git_origin(api_url: httpx.URL) -> httpx.URL:
    """The server of the repositories that belongs to an API.

    GitHub.com and GHE.com serve the API on a host of its own, `api.`; GHES serves it at /api/v3.
    """
    path = api_url.path.rstrip("/").removesuffix("/api/v3")
    host = api_url.host
    if host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com")):
        host = host.removeprefix("api.")
    return api_url.copy_with(host=host, path=f"{path}/")
