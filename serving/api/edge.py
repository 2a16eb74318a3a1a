"""The outermost layer of the service: a largest body, no caching, and defects kept quiet."""

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.errors import answer

log = logging.getLogger("claimwright.api")


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, largest_body: int) -> None:
        self.app = app
        self.largest_body = largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; 413 where its body is, or turns out, too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        too_large = f"the body is larger than {self.largest_body / 1_000_000:g} MB"
        taken, begun = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.largest_body:
                raise HTTPException(413, too_large)
            return message

        async def private(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        length = Headers(scope=scope).get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:18]) > self.largest_body:
            await answer(413, too_large)(scope, receive, private)
            return
        try:
            await self.app(scope, counted, private)
        except Exception as error:
            # A defect of ours. Its text may hold what was sent (a database's error has the
            # values in it), and whoever catches it further out would log it whole.
            log.error("%s %s: %s", scope["method"], scope["path"], _kind_and_place(error))
            if not begun:
                sorry = answer(500, "an error of the service itself; its log has the place")
                await sorry(scope, receive, private)


def _kind_and_place(error: Exception) -> str:
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "nowhere"
    return f"{type(error).__name__} at {where}"
