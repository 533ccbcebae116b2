from __future__ import annotations

from bot.sandbox.patches import read_changes

OLD, NEW = "1" * 40, "2" * 40


def test_a_file_that_becomes_a_link_is_one_changed_file_with_both_hunks() -> None:
    raw = f":100644 120000 {OLD} {NEW} T\0a.txt\0:100644 100644 {OLD} {NEW} M\0b.txt\0".encode()
    diff = (
        b"diff --git a/a.txt b/a.txt\ndeleted file mode 100644\nindex 1111111..0000000\n"
        b"--- a/a.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-text\n"
        b"diff --git a/a.txt b/a.txt\nnew file mode 120000\nindex 0000000..2222222\n"
        b"--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+b.txt\n\\ No newline at end of file\n"
        b"diff --git a/b.txt b/b.txt\nindex 1111111..2222222 100644\n--- a/b.txt\n+++ b/b.txt\n"
        b"@@ -1 +1 @@\n-diff --git a/x b/x\n+@@ -1 +1 @@\n"
    )
    link, text = read_changes(raw, b"1\t1\ta.txt\0" + b"1\t1\tb.txt\0", diff)
    assert (link.path, link.status, link.sha) == ("a.txt", "changed", NEW)
    assert link.patch == "@@ -1 +0,0 @@\n-text\n@@ -0,0 +1 @@\n+b.txt\n\\ No newline at end of file"
    assert (text.path, text.status) == ("b.txt", "modified")
    assert text.patch == "@@ -1 +1 @@\n-diff --git a/x b/x\n+@@ -1 +1 @@"


def test_a_file_whose_mode_alone_changed_has_no_patch() -> None:
    raw = f":100644 100755 {OLD} {OLD} M\0run.sh\0".encode()
    diff = b"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
    (file,) = read_changes(raw, b"0\t0\trun.sh\0", diff)
    assert (file.status, file.patch) == ("changed", None)
