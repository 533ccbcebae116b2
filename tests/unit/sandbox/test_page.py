from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.sandbox.markdown import to_html
from bot.sandbox.reviewing import Draft, add_review
from tests.support.sandbox import HEAD, Scene, scene

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)><!-- hidden --><b onclick=x>\"'</td></table>"
LOADING = {
    "script",
    "img",
    "iframe",
    "object",
    "embed",
    "link",
    "form",
    "video",
    "audio",
    "base",
    "svg",
    "input",
}


class Tags(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


def read(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    return tags


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def test_hostile_text_is_shown_and_never_obeyed(tmp_path: Path) -> None:
    stage = scene(tmp_path, head=HEAD | {"<b>.py": HOSTILE + "\n"})
    sandbox, pull = stage.sandbox, stage.pull
    pull.title = pull.body = HOSTILE
    sandbox.comment(pull, HOSTILE + "\n\n![x](http://evil.test/x.png) [y](javascript:alert(3))")
    sandbox.comment_on_line(pull, "<b>.py", 1, HOSTILE)
    page = sandbox.page(pull)
    found = read(page)
    assert not found.tags & LOADING
    assert not {name for name in found.attributes if name.startswith("on")}
    assert not [link for link in found.links if not link.startswith(("#", "http://evil.test/"))]
    assert page.count("&lt;script&gt;") >= 5


def test_the_page_loads_nothing_and_runs_nothing(stage: Scene) -> None:
    page = stage.sandbox.page(stage.pull)
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|src=", page)


def test_an_inline_comment_stands_under_its_line(stage: Scene) -> None:
    draft = Draft("", "COMMENT", None, [{"path": "shop/orders.py", "line": 30, "body": "Off by one here."}])
    add_review(stage.sandbox.world, stage.pull, stage.app.bot, draft)
    page = stage.sandbox.page(stage.pull)
    assert page.index("changed 30") < page.index("Off by one here.") < page.index(">line 31<")
    assert "1 inline comment" in page


@pytest.mark.parametrize(
    ("body", "tone"),
    [("🟠 **High** · wrong", "orange"), ("<!-- ai-review:1 -->\n🔴 bad", "red"), ("Why? 🔴", ""), ("", "")],
)
def test_a_sign_at_the_start_of_a_comment_colours_its_edge_and_its_link(
    stage: Scene, body: str, tone: str
) -> None:
    comment = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 30, body or "No sign.")
    page = stage.sandbox.page(stage.pull)
    assert f'<div class="thread {tone}" id="thread-{comment.id}">' in page
    assert f'<a class="{tone}" href="#thread-{comment.id}">line 30</a>' in page


def test_long_lines_scroll_inside_their_file_and_comments_do_not_move_with_them(tmp_path: Path) -> None:
    stage = scene(tmp_path, head={"wide.txt": "x" * 5_000 + "\n"})
    stage.sandbox.comment_on_line(stage.pull, "wide.txt", 1, "Long.")
    page = stage.sandbox.page(stage.pull)
    assert page.index('<div class="scroll"') < page.index("x" * 5_000) < page.index('<div class="threads">')
    rules = dict(re.findall(r"^([.\w ]+?) \{ ([^}]*)\}", page, re.MULTILINE))
    assert "overflow-x: auto" in rules[".scroll"]
    assert "position: sticky" in rules[".threads"]
    assert "white-space: pre;" in rules[".diff .c"]


def test_an_outdated_comment_is_kept_with_its_code(stage: Scene) -> None:
    stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, "About the old text.")
    stage.sandbox.commit(stage.repository, "change", {"shop/orders.py": "all new\n"})
    page = stage.sandbox.page(stage.pull)
    assert "outdated" in page
    assert page.index("changed 5") < page.index("About the old text.")


async def test_the_check_and_every_file_are_on_the_page(stage: Scene) -> None:
    output = {"title": "2 files not read", "summary": "**Why:** too large."}
    body = {"name": "ai-review", "head_sha": stage.pull.head_sha, "conclusion": "neutral", "output": output}
    async with stage.client() as client:
        await client.post(f"{stage.path}/check-runs", json=body)
        page = (await client.get("/acme/shop/pull/1")).text
        index = (await client.get("/")).text
    for words in (
        "2 files not read",
        "<strong>Why:</strong>",
        "neutral",
        "A binary file",
        "größe und maß.md",
    ):
        assert words in page, words
    assert "/acme/shop/pull/1" in index


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <!-- ai-review:1 --> b", "<p>a  b</p>\n"),
        (
            "<details><summary>S</summary>\n\n**x**\n\n</details>",
            "<details><summary>S</summary>\n<p><strong>x</strong></p>\n</details>",
        ),
        ("<details>open", "<details>open</details>"),
        ("x</details>", "<p>x&lt;/details&gt;</p>\n"),
        ("<details onclick=x>", "&lt;details onclick=x&gt;"),
        ("<sub>s</details></sub>", "<p><sub>s&lt;/details&gt;</sub></p>\n"),
    ],
)
def test_only_bare_folding_tags_pass(text: str, html: str) -> None:
    assert to_html(text) == html
