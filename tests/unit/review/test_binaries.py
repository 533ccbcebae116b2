from __future__ import annotations

import pytest

from workers.analysers.languages import is_plain, language_of
from workers.review.binaries import SUFFIXES, holds_no_text
from workers.review.exclusions import excluded_by_name


@pytest.mark.parametrize(
    "path",
    [
        *("logo.png", "img/A.JPG", "favicon.ico", "photo.heic", "art.psd", "scene.blend", "model.glb"),
        *("fonts/Inter.woff2", "a.ttf", "a.otf"),
        *("data.zip", "a.tar.gz", "a.tgz", "dist/app.jar", "pkg.whl", "app.apk", "backup.7z"),
        *("lib/libssl.so.1.1", "libz.so", "tool.exe", "Foo.class", "a.pyc", "a.wasm", "a.dll", "a.mo", "a.o"),
        *("clip.mp4", "beep.wav", "song.mp3"),
        *("spec.pdf", "plan.docx", "sheet.xlsx", "talk.pptx", "book.epub"),
        *(
            "app.sqlite3",
            "rows.parquet",
            "net.onnx",
            "a.npy",
            "GeoLite2.mmdb",
            "trace.pcap",
            "a.bin",
            "a.dat",
        ),
        *("keys/release.jks", "root.der", ".DS_Store", "docs/Thumbs.db"),
    ],
)
def test_pictures_archives_compiled_files_and_the_like_hold_no_text(path: str) -> None:
    assert holds_no_text(path)


@pytest.mark.parametrize(
    "path",
    [
        *("web/login.html", "bin/deploy", ".github/workflows/x.yml", "evil.php.html", "evil.php", "a.ps1"),
        *("a.svg", "a.css", "a.xml", "a.plist", "a.strings", "a.md", "a.csv", "Makefile", "png", "x.png.sh"),
        *("a.ts", "a.m", "a.key", "a.pub", "a.snap", "a.pkl", "a.so.txt", "", ".", ".env", "so.1"),
    ],
)
def test_what_people_or_programs_read_as_text_is_not_binary_by_its_name(path: str) -> None:
    assert not holds_no_text(path)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_no_suffix_is_one_of_a_language_of_prose_or_of_another_rule(suffix: str) -> None:
    path = f"a.{suffix}"
    assert (language_of(path), is_plain(path), excluded_by_name(path)) == (None, False, None)
    assert suffix == suffix.lower()
