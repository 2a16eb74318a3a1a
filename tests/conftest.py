"""What every test may use, and the rule that nothing is skipped where all is required."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.postgres import Server, start

# How long one example takes is the machine's business: speed is measured under benchmarks/.
settings.register_profile("claimwright", deadline=None)
settings.load_profile("claimwright")

BESIDE = "beside this repo"
"""Reasons that say so are about files kept outside of it, which a lone clone does not have."""


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With REQUIRE_ALL=1 a test that skips itself fails: a missing program is no excuse there."""
    result = yield
    report = result.get_result()
    if os.environ.get("REQUIRE_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(call.excinfo.value) if call.excinfo else "skipped"
        if BESIDE not in reason:
            report.outcome = "failed"
            report.longrepr = f"REQUIRE_ALL=1 and yet skipped: {reason}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this session's own, thrown away at its end."""
    yield from start()
