"""What shares an installation is run by one process, so that it is started once."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("together")
def test_a_group_is_known_to_whoever_spreads_the_tests(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("the tests are not spread by groups")
    assert request.node.nodeid.endswith("@together")
