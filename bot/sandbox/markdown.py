"""Comments as HTML: CommonMark with tables, safe whatever stands in it.

Raw HTML is shown as text, but for HTML comments, which are hidden, and a few bare tags that people fold
text with. Images are not loaded.

What is *not* here: mentions, references and emoji names, which stay as they were typed.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

_PIECE = re.compile(r"(<!--.*?-->)|<(/?)(details|summary|sub|sup|kbd|br)\s*/?>", re.DOTALL)


def to_html(text: str) -> Markup:
    """Render a comment. The result is escaped and balanced, so that it can stand in a page as it is."""
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    parser.disable("image")
    open_tags: list[str] = []

    def raw(_: Any, tokens: Any, index: int, *__: Any) -> str:
        return _tame(tokens[index].content, open_tags)

    parser.add_render_rule("html_block", raw)
    parser.add_render_rule("html_inline", raw)
    html = parser.render(text)
    return Markup(html + "".join(f"</{tag}>" for tag in reversed(open_tags)))  # noqa: S704 -- `raw` escaped it


def _tame(source: str, open_tags: list[str]) -> str:
    """Escape raw HTML, apart from what `_PIECE` names. Tags that close nothing are shown as text."""
    out, at = [], 0
    for match in _PIECE.finditer(source):
        out.append(escape(source[at : match.start()]))
        at = match.end()
        if match[1]:
            continue
        closing, tag = bool(match[2]), match[3]
        if tag == "br":
            out.append("<br>")
        elif not closing:
            open_tags.append(tag)
            out.append(f"<{tag}>")
        elif open_tags and open_tags[-1] == tag:
            open_tags.pop()
            out.append(f"</{tag}>")
        else:
            out.append(escape(match[0]))
    out.append(escape(source[at:]))
    return "".join(out)
