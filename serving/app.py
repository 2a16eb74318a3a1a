"""The HTTP service: the same functions as the command's, behind one FastAPI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from claims.codes.table import use_home
from claims.files import column_map
from serving.api import claims, health, notes
from serving.api.desk import Desk, ScoresClaims
from serving.api.edge import Edge
from serving.api.errors import install
from serving.reviewing import Reviewing
from serving.settings import Settings
from serving.settings import settings as of_process


def create_app(
    settings: Settings | None = None, open_scoring: Callable[[], ScoresClaims] | None = None
) -> FastAPI:
    """The application.

    settings: the process's own where none are given. open_scoring: what scores claims, opened at
    the first need; `serving.scoring.Scoring` where nothing else is given.
    """
    chosen = settings or of_process()
    use_home(chosen.home)

    def practice() -> ScoresClaims:
        from serving.scoring import Scoring

        return Scoring(chosen)

    desk = Desk(open_scoring or practice)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        yield
        desk.close()

    app = FastAPI(
        title="Claimwright",
        description="Denial prediction and coding assistance for therapy practices.",
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; the schema itself is at /openapi.json.
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    app.state.reviewing = Reviewing(chosen)
    app.state.columns = column_map(chosen.home)
    install(app)
    app.add_middleware(Edge, largest_body=chosen.largest_body)
    for module in (health, claims, notes):
        app.include_router(module.router)
    return app
