from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.domain.diff import Diff, FileDiff, FileStatus
from bot.errors import RateLimited
from bot.github.client import connect
from bot.github.images import MAX_BYTES, MOST, Pictures, fetch_images, is_attachment, media_type_of
from bot.github.transport import MAX_ANSWER
from tests.support.pull_requests import HEAD, a_pull_request
from tests.support.wire import Wire, reply

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
GIF = b"GIF89a" + b"\0" * 40
UUID = "0a1b2c3d-1111-2222-3333-444455556666"
SIGNED = f"https://private-user-images.githubusercontent.com/1/2-{UUID}.png?jwt=eyJ0.eyJ1.sig_-"
PULL = "GET /repos/acme/web/pulls/7"


def image(path: str, status: FileStatus = FileStatus.MODIFIED) -> FileDiff:
    return FileDiff(path, status, is_binary=True)


def raw(content: bytes, **headers: str) -> httpx.Response:
    return httpx.Response(200, content=content, headers=headers)


def rendered(*sources: str) -> httpx.Response:
    return reply(200, {"body_html": "".join(f'<p><img alt="x" src="{source}"></p>' for source in sources)})


class Hosts:
    """Hosts of attachments: which of them was asked for what."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        self.answer = answer
        self.opened: list[str] = []
        self.requests: list[httpx.Request] = []

    def open_to(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        self.opened.append(url.host)
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return httpx.Response(
            self.answer.status_code, headers=self.answer.headers, stream=httpx.ByteStream(self.answer.content)
        )


async def fetch(
    wire: Wire,
    *files: FileDiff,
    body: str = "",
    hosts: Hosts | None = None,
    api: str = "https://api.github.com",
) -> Pictures:
    hosts = hosts or Hosts(raw(PNG))
    async with connect("secret-token", api, transport=wire.transport(), pause=wire.pause) as github:
        pull = a_pull_request(body=body)
        return await fetch_images(github, pull, Diff(files), open_to=hosts.open_to)


def place(path: str) -> str:
    return f"GET /repos/acme/web/contents/{path}"


async def test_changed_pictures_are_read_at_the_head_commit() -> None:
    wire = Wire().on(place("docs/a b.PNG"), raw(PNG)).on(place("ui/x.gif"), raw(GIF))
    seen = await fetch(wire, image("docs/a b.PNG"), image("ui/x.gif", FileStatus.ADDED))
    assert [(one.name, one.media_type, one.data) for one in seen.found] == [
        ("docs/a b.PNG", "image/png", PNG),
        ("ui/x.gif", "image/gif", GIF),
    ]
    assert seen.notices == ()
    assert {request.url.params["ref"] for request in wire.requests} == {HEAD}
    assert {request.headers["accept"] for request in wire.requests} == {"application/vnd.github.raw+json"}


@pytest.mark.parametrize(
    "file",
    [
        image("gone.png", FileStatus.REMOVED),
        image("drawing.svg"),
        image("a.bin"),
        image("png"),
        image("../up.png"),
        image("a//b.png"),
    ],
)
async def test_what_is_no_picture_at_the_head_is_not_asked_for(file: FileDiff) -> None:
    wire = Wire()
    assert await fetch(wire, file) == Pictures()
    assert wire.requests == []


async def test_a_hostile_name_stays_a_name() -> None:
    wire = Wire().on(place("a?ref=x&b=%2F.png"), raw(PNG))
    [one] = (await fetch(wire, image("a?ref=x&b=%2F.png"))).found
    assert one.name == "a?ref=x&b=%2F.png"
    assert wire.requests[0].url.params["ref"] == HEAD


FAILED = "GitHub gave no content"
LARGE = "more than 3 MB"
UNFIT = "no PNG, JPEG, GIF or WebP by its content"


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (reply(404), FAILED),
        (reply(503), FAILED),
        (httpx.ReadTimeout("slow"), FAILED),
        (raw(b"<svg onload=alert(1)>"), UNFIT),
        (raw(b"version https://git-lfs.github.com/spec/v1\n"), UNFIT),
        (raw(PNG + b"\0" * MAX_BYTES), LARGE),
        (raw(PNG + b"\0" * MAX_ANSWER), LARGE),
    ],
)
async def test_of_a_picture_that_cannot_be_had_it_is_told_why_and_the_others_are_read(
    trouble: Any, why: str
) -> None:
    wire = Wire().on(place("a.png"), trouble).on(place("b.png"), raw(PNG))
    seen = await fetch(wire, image("a.png"), image("b.png"))
    assert [one.name for one in seen.found] == ["b.png"]
    assert seen.notices == (f"1 picture of this change or its description was not looked at: {why}.",)


async def test_each_reason_is_told_with_its_number() -> None:
    wire = Wire().on(place("a.png"), reply(404)).on(place("b.png"), reply(404)).on(place("c.png"), raw(b"x"))
    seen = await fetch(wire, image("a.png"), image("b.png"), image("c.png"))
    assert seen.notices == (
        f"2 pictures were not looked at: {FAILED}.",
        f"1 picture of this change or its description was not looked at: {UNFIT}.",
    )


async def test_where_github_asks_for_a_pause_pictures_wait_with_the_review() -> None:
    with pytest.raises(RateLimited):
        await fetch(Wire().on(place("a.png"), reply(429, retry_after="900")), image("a.png"))
    with pytest.raises(RateLimited):
        await fetch(Wire().on(PULL, reply(429, retry_after="900")), body="![x](y)")


async def test_more_than_a_few_are_counted_and_not_read() -> None:
    wire = Wire()
    for number in range(MOST):
        wire.on(place(f"{number}.png"), raw(PNG))
    seen = await fetch(wire, *(image(f"{number}.png") for number in range(MOST + 2)))
    assert len(seen.found) == MOST
    assert seen.notices == ("2 pictures were not looked at: models are shown at most 4.",)


async def test_screenshots_are_fetched_from_github_s_own_hosts_without_credentials() -> None:
    hosts, wire = Hosts(raw(PNG)), Wire().on(PULL, rendered(SIGNED, SIGNED))
    seen = await fetch(
        wire, body=f"![before](https://github.com/user-attachments/assets/{UUID})", hosts=hosts
    )
    name = f"https://private-user-images.githubusercontent.com/1/2-{UUID}.png"
    assert [(one.name, one.data) for one in seen.found] == [(name, PNG)]
    [request] = hosts.requests
    assert str(request.url) == SIGNED
    assert not {"authorization", "cookie"} & set(request.headers)
    assert "secret-token" not in str(request.headers)


FOREIGN = [
    "https://evil.example/x.png",
    "http://user-images.githubusercontent.com/1/x.png",
    "https://user-images.githubusercontent.com.evil.example/1/x.png",
    "https://user-images.githubusercontent.com:8443/1/x.png",
    "https://token@user-images.githubusercontent.com/1/x.png",
    "https://user-images.githubusercontent.com@evil.example/1/x.png",
    "https://evil.example/https://user-images.githubusercontent.com/1/x.png",
    "https://github.com/acme/web/raw/main/x.png",
    "https://github.com/logout",
    "https://github.com/user-attachments/assets/../../logout",
    "https://raw.githubusercontent.com/acme/web/main/x.png",
    "https://camo.githubusercontent.com/abc/def",
    "https://169.254.169.254/latest/meta-data/x.png",
    "https://localhost/user-attachments/assets/" + UUID,
    "//user-images.githubusercontent.com/1/x.png",
    "https://user-images.githubusercontent.com/1/x.png\n",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "https://private-user-images.githubusercontent.com/1/x.png?u=https://evil.example/#",
]


@pytest.mark.parametrize("url", FOREIGN)
async def test_no_other_host_is_ever_asked(url: str) -> None:
    hosts = Hosts(raw(PNG))
    seen = await fetch(Wire().on(PULL, rendered(url)), body=f"![x]({url})", hosts=hosts)
    assert (seen, hosts.opened, hosts.requests) == (Pictures(), [], [])
    assert not is_attachment(url, httpx.URL("https://api.github.com"))


@pytest.mark.parametrize("target", ["https://evil.example/x.png", SIGNED, "https://github.com/logout"])
async def test_redirects_are_not_followed(target: str) -> None:
    hosts = Hosts(httpx.Response(302, headers={"location": target}))
    url = f"https://github.com/user-attachments/assets/{UUID}"
    seen = await fetch(Wire().on(PULL, rendered(url)), body=f"![x]({url})", hosts=hosts)
    assert seen.found == ()
    assert [str(request.url) for request in hosts.requests] == [url]
    assert [notice.endswith(f": {FAILED}.") for notice in seen.notices] == [True]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (raw(PNG + b"\0" * MAX_BYTES), LARGE),
        (raw(b"<html>"), UNFIT),
        (raw(PNG, content_encoding="gzip"), FAILED),
        (httpx.Response(404), FAILED),
        (httpx.ConnectError("no"), FAILED),
    ],
)
async def test_an_attachment_that_is_too_large_or_no_picture_is_left_out(answer: Any, why: str) -> None:
    if isinstance(answer, httpx.Response) and "content_encoding" in answer.headers:
        answer.headers["content-encoding"] = answer.headers.pop("content_encoding")
    seen = await fetch(Wire().on(PULL, rendered(SIGNED)), body="![x](y)", hosts=Hosts(answer))
    assert seen.found == ()
    assert seen.notices == (f"1 picture of this change or its description was not looked at: {why}.",)


async def test_a_description_without_a_picture_costs_no_request() -> None:
    wire = Wire()
    assert await fetch(wire, body="Nothing to see here: https://github.com/acme/web") == Pictures()
    assert wire.requests == []


@pytest.mark.parametrize("trouble", [reply(403), reply(200, []), httpx.ReadTimeout("slow")])
async def test_that_github_does_not_render_a_description_with_pictures_is_told(trouble: Any) -> None:
    wire = Wire().on(PULL, trouble).on(place("a.png"), raw(PNG))
    seen = await fetch(wire, image("a.png"), body="![x](y)")
    assert [one.name for one in seen.found] == ["a.png"]
    assert seen.notices == (
        "Pictures of the description were not looked at: GitHub did not give their addresses.",
    )


async def test_a_server_of_one_s_own_serves_its_attachments_itself() -> None:
    own = f"https://git.acme.example/storage/user/4/files/{UUID}?token=AB12"
    wire = Wire().on("GET /api/v3/repos/acme/web/pulls/7", rendered(own, SIGNED, FOREIGN[0]))
    hosts = Hosts(raw(PNG))
    seen = await fetch(wire, body="<img src=x>", hosts=hosts, api="https://git.acme.example/api/v3")
    assert (hosts.opened, len(seen.found)) == (["git.acme.example"], 1)
    assert not is_attachment(
        "https://git.acme.example/api/v3/user?x=.png", httpx.URL("https://git.acme.example/api/v3")
    )


def test_the_kind_of_a_picture_is_told_by_its_first_bytes() -> None:
    assert media_type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert media_type_of(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert media_type_of(b"RIFF\0\0\0\0WAVE") is None
    assert media_type_of(b"") is None
