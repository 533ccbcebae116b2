from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest

from bot.errors import AccessLost
from bot.github.client import connect
from bot.github.git import git_address, git_origin
from tests.support.installation import scene_in


@pytest.mark.parametrize(
    ("api", "origin"),
    [
        ("https://api.github.com", "https://github.com/"),
        ("https://api.github.com/", "https://github.com/"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com/"),
        ("https://ghes.example.org/api/v3", "https://ghes.example.org/"),
        ("https://ghes.example.org:8443/api/v3/", "https://ghes.example.org:8443/"),
        ("http://127.0.0.1:18401", "http://127.0.0.1:18401/"),
        ("https://api.example.org/github/api/v3", "https://api.example.org/github/"),
    ],
)
def test_repositories_are_on_the_server_of_the_api(api: str, origin: str) -> None:
    assert str(git_origin(httpx.URL(api))) == origin


async def test_a_plain_token_is_sent_as_a_password_and_never_shown() -> None:
    async with connect("ghp_x", "https://ghes.example.org/api/v3") as github:
        address = await git_address(github, "acme/shop")
        assert github.calls == 0
    assert (address.url, address.host) == ("https://ghes.example.org/acme/shop.git", "ghes.example.org")
    assert base64.b64decode(address.authorization.removeprefix("Basic ")) == b"x-access-token:ghp_x"
    assert "Basic" not in repr(address)


async def test_an_installation_uses_the_token_that_it_has(tmp_path: Path) -> None:
    scene = scene_in(tmp_path)
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport) as github:
        assert await github.token() == await github.token()
        assert github.calls == 0
    assert sum("access_tokens" in call.path for call in scene.sandbox.calls) == 1


async def test_the_app_itself_has_none(tmp_path: Path) -> None:
    scene = scene_in(tmp_path)
    async with connect(scene.credentials.app, "https://github.test") as github:
        with pytest.raises(AccessLost):
            await github.token()


@pytest.mark.parametrize("repo", ["acme", "../..", "acme/..", "acme/shop/more", "acme/sh op", "--x"])
async def test_what_is_no_name_becomes_no_address(repo: str) -> None:
    async with connect("t") as github:
        with pytest.raises(AccessLost):
            await git_address(github, repo)
