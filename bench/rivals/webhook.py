"""Their webhook servers: PyWa's own, and FastAPI in front of Celery or dramatiq.

python -m bench.rivals.webhook PORT pywa|celery|dramatiq
"""

from __future__ import annotations

import hmac
import importlib
import json
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request

SECRET = "an app secret"  # noqa: S105 - of the stub
PATH = "/webhooks/whatsapp"


def pywa() -> FastAPI:
    """PyWa checks the signature, parses, and calls a handler that does nothing."""
    from pywa_async import handlers, types
    from pywa_async.client import WhatsApp

    app = FastAPI()
    client = WhatsApp(
        phone_id="106540352242922",
        token="token",  # noqa: S106 - of the stub
        server=app,
        webhook_endpoint=PATH,
        verify_token="a verify token",  # noqa: S106 - of the stub
        app_secret=SECRET,
        skip_duplicate_updates=False,
    )

    async def received(_: WhatsApp, _message: types.Message) -> None:
        """Nothing is stored and nothing answered."""

    client.add_handlers(handlers.MessageHandler(received))
    return app


def queued(module: str) -> FastAPI:
    """Check the signature, parse, and hand each message to the task queue."""
    enqueue = importlib.import_module(f"bench.rivals.{module}_job").enqueue
    app = FastAPI()

    @app.post(PATH)
    async def receive(request: Request) -> dict[str, Any]:
        body = await request.body()
        digest = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
        if not hmac.compare_digest(f"sha256={digest}", request.headers["x-hub-signature-256"]):
            raise HTTPException(403)
        for entry in json.loads(body)["entry"]:
            for change in entry["changes"]:
                for message in change["value"].get("messages", []):
                    enqueue(message)
        return {}

    return app


if __name__ == "__main__":
    kind = sys.argv[2]
    app = pywa() if kind == "pywa" else queued(kind)
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error")
