"""One running installation for all flows; each flow brings its own repository."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.installed import Installed, installed


@pytest.fixture(scope="package")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with installed(tmp_path_factory.mktemp("installed")) as one:
        yield one
