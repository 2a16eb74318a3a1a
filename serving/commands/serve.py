"""`claimwright serve`: the HTTP service."""

from typing import Annotated

import typer

from serving.cli import app
from serving.settings import settings


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen; 127.0.0.1 by default.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="8000 by default; 0 takes a free one.")
    ] = None,
) -> None:
    """Serves the API; /openapi.json describes it."""
    import uvicorn

    from serving.app import create_app

    chosen = settings()
    uvicorn.run(
        create_app(chosen),
        host=chosen.host if host is None else host,
        port=chosen.port if port is None else port,
        server_header=False,
    )
