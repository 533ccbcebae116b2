from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from workers.cli.doctor_folder import LEAST_FREE_MB, examine_folder

MB = 1_000_000


def test_a_disk_without_room_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has 199 MB left: make room on its disk"):
        examine_folder(tmp_path, 0, lambda _: LEAST_FREE_MB * MB - 1)


def test_a_cache_that_could_fill_the_disk_is_told(tmp_path: Path) -> None:
    told = examine_folder(tmp_path, 2_000, lambda _: 1_500 * MB)
    assert "1500 MB left" in told
    assert "AI_REVIEW_REPOSITORY_CACHE_MB lets clones take 2000 MB" in told


def test_a_folder_that_is_not_made_yet_is_tried_at_the_one_above_and_stays_away(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert examine_folder(folder, 0, lambda _: 5_000 * MB) == f"{folder}, 5000 MB left"
    assert list(tmp_path.iterdir()) == []
