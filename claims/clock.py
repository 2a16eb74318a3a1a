"""The one place that reads today's date."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """This instant, in UTC: for what is logged and audited, never for what is learned."""
    return datetime.now(UTC)


def today() -> date:
    """Today where this machine stands; everything else is told its day."""
    return datetime.now().astimezone().date()
