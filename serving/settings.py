"""Everything that a practice can set, in one place: `CLAIMWRIGHT_…` variables or `--home`."""

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from claims.record import Money


class Settings(BaseSettings):
    """Read from the environment, prefix `CLAIMWRIGHT_`."""

    model_config = SettingsConfigDict(
        env_prefix="CLAIMWRIGHT_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    home: Path = Path("claimwright-home")
    """Where the database, model registry and a practice's own policies are kept."""
    database_url: SecretStr | None = None
    """SQLAlchemy URL; SQLite in the home folder where none is given."""
    tracking_url: SecretStr | None = None
    """MLflow's; a database of its own in the home folder where none is given."""
    practice: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")] = (
        "main"
    )
    """Whose data: one installation may hold several practices."""
    rework_cost: Money = Decimal("25.00")
    """Dollars to work a denied claim again (MGMA: a practice's cost)."""
    recoverable_share: Annotated[float, Field(ge=0, le=1)] = 0.22
    """Of a denied amount: 35% are sent again (MGMA) and 63% of those recovered (Change Healthcare,
    2016 claims)."""
    minutes_a_claim: Annotated[float, Field(gt=0)] = 3.0
    """Minutes that a biller needs to look at one claim of the worklist: assumed."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    largest_body: Annotated[int, Field(ge=1)] = 64_000_000
    """Bytes of one request to the service."""

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home.resolve() / 'claimwright.db'}"

    @property
    def tracking(self) -> str:
        """MLflow's tracking and registry URL."""
        if self.tracking_url is not None:
            return self.tracking_url.get_secret_value()
        return f"sqlite:///{self.home.resolve() / 'mlflow.db'}"

    @property
    def policies(self) -> Path:
        """The folder of a practice's own policy files."""
        return self.home / "policies"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; `cli` clears them when `--home` is given."""
    return Settings()
