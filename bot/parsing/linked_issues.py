"""Which issues a description says that the change resolves: `Fixes #12`, `closes OWNER/REPO#12`.

Only GitHub's own keywords count, and only issues of the same repository. What Markdown shows as a quote, as
code, as HTML, as a comment or as a link says nothing: templates and pasted logs are full of examples.
What is *not* here: fetching the issues (bot.github.issues).
"""

from __future__ import annotations

import re

from bot.parsing.shown_text import blocks, shown

MOST = 3
MAX_BODY = 65_536

_KEYWORD = r"(?<![\w-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s{1,3}"
_HAS_KEYWORD = re.compile(_KEYWORD, re.IGNORECASE)


def linked_issues(body: str, repo: str, page: str = "") -> tuple[int, ...]:
    """Numbers of the first few issues of `repo`, in the order in which they are named.

    Never fails, and takes time in proportion to the length of the text.

    Args:
        body: the description of a pull request.
        repo: `OWNER/NAME`.
        page: address of the repository's page, for issues that are named by their address.
    """
    text = re.sub(r"\r\n?", "\n", body[:MAX_BODY])
    if not _HAS_KEYWORD.search(text):
        return ()
    own = [rf"(?:{re.escape(repo)})?#", "GH-", *([rf"{re.escape(page)}/issues/"] if page else [])]
    named = re.compile(rf"{_KEYWORD}(?:{'|'.join(own)})(\d{{1,9}})(?![\w-])", re.IGNORECASE)
    found = (int(match[1]) for block in blocks(text) for match in named.finditer(shown(block)))
    return tuple(dict.fromkeys(number for number in found if number))[:MOST]
