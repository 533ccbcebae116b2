from __future__ import annotations

import pytest

from bot.domain.diff import FileDiff
from bot.parsing.diffs import parse_diff
from workers.context.applied import NOT_APPLIED, unapplied_named

HEADER = "diff --git a/shop.py b/shop.py\n"
NAMES = "--- a/shop.py\n+++ b/shop.py\n"
CHANGED = (
    HEADER + NAMES + "@@ -1,2 +1,2 @@\n def price(item):\n-    return item.price\n+    return item.cost\n"
)
WITHOUT_CONTEXT = HEADER + NAMES + "@@ -2,2 +1,0 @@\n-check(item)\n-log(item)\n"
REMOVED = HEADER + "deleted file mode 100644\n--- a/shop.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x = 1\n"
RENAMED = HEADER.replace("b/shop.py", "b/store.py") + (
    "similarity index 100%\nrename from shop.py\nrename to store.py\n"
)


def named(raw: str, text: str | None) -> FileDiff:
    diff = parse_diff(raw.encode())
    return unapplied_named(diff, {file.path: text for file in diff.files}).files[0]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (CHANGED, "def price(item):\n    return item.cost\n"),
        (CHANGED, "def price(item):\r\n    return item.cost\r\n"),
        (WITHOUT_CONTEXT, "a = 1\nb = 2\n"),
        (WITHOUT_CONTEXT, "a = 1"),
        (WITHOUT_CONTEXT, ""),
        (REMOVED, None),
        (RENAMED, "x = 1\n"),
    ],
)
def test_a_file_as_the_diff_leaves_it_is_read(raw: str, text: str | None) -> None:
    assert named(raw, text).unread is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (CHANGED, "def price(item):\n    return item.price\n"),
        (CHANGED, "def price(item):\n"),
        (CHANGED, ""),
        (CHANGED, "import shop\ndef price(item):\n    return item.cost\n"),
        (WITHOUT_CONTEXT, "a = 1\ncheck(item)\nlog(item)\nb = 2\n"),
        (WITHOUT_CONTEXT, "a = 1\r\ncheck(item)\r\nlog(item)\r\n"),
        (REMOVED, "x = 1\n"),
        (REMOVED, ""),
    ],
)
def test_a_file_that_is_not_as_the_diff_leaves_it_is_unread(raw: str, text: str) -> None:
    assert named(raw, text).unread == NOT_APPLIED


def test_what_cannot_be_read_keeps_its_own_reason() -> None:
    damaged = CHANGED.replace("+1,2", "+1,9")
    assert named(damaged, "x = 1\n").unread not in (None, NOT_APPLIED)
    assert named(CHANGED, None).unread is None
