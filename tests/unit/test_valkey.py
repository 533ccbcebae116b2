from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from bot.errors import SettingsError
from bot.valkey import EmbeddedValkey
from tests.support.launching import ROOT, is_alive
from tests.support.waiting import wait_until

_HOLD_A_SERVER = """
import sys, pathlib
from bot.valkey import EmbeddedValkey
with EmbeddedValkey(pathlib.Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


def test_data_survives_a_stop(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
        redis.set("key", "kept")
    with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
        assert redis.get("key") == b"kept"


def test_a_killed_server_comes_back_with_everything_it_acknowledged(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
        for number in range(500):
            redis.set(f"key-{number}", "kept")
        before = server.pid
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: _answers(redis), "the server to come back")
        assert redis.dbsize() == 500
        assert server.pid != before


def test_it_keeps_jobs_rather_than_evicting_them(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
        info = redis.info()
    assert (info["maxmemory_policy"], info["aof_enabled"]) == ("noeviction", 1)


def test_only_this_user_reaches_it(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server:
        path = Path(server.url.removeprefix("unix://"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with Redis.from_url(server.url) as redis:
            assert redis.config_get("port") == {"port": "0"}


def test_a_second_server_on_the_same_data_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with (
        EmbeddedValkey(tmp_path),
        pytest.raises(SettingsError, match="AI_REVIEW_DATA_DIR"),
        EmbeddedValkey(tmp_path),
    ):
        pass
    with EmbeddedValkey(tmp_path) as server:
        assert server.pid


def test_a_path_too_long_for_a_socket_gets_one_elsewhere(tmp_path: Path) -> None:
    directory = tmp_path / ("long" * 30)
    with EmbeddedValkey(directory) as server, Redis.from_url(server.url) as redis:
        assert redis.ping()
        path = Path(server.url.removeprefix("unix://"))
    assert not path.parent.exists()
    assert (directory / "valkey" / "appendonlydir").exists()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="AI_REVIEW_DATA_DIR"), EmbeddedValkey(tmp_path / "file"):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD_A_SERVER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        server = int(holder.stdout.readline())
        assert is_alive(server)
        holder.kill()
    wait_until(lambda: not is_alive(server), "the server to end")
    with EmbeddedValkey(tmp_path) as successor:
        assert successor.pid


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False
