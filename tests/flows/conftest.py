"""One running installation for all flows; each flow brings its own repository.

Its log says all that a log may say, for the flow of secrets, which must not be in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.installed import Installed, installed


@pytest.fixture(scope="package")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with installed(tmp_path_factory.mktemp("installed"), log_level="DEBUG") as one:
        yield one
