"""AWS services on the loopback, in the shapes that they were recorded in; the real SDKs speak to
them, by AWS's own AWS_ENDPOINT_URL_… settings.

Converse: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
RecognizeText: https://docs.aws.amazon.com/lexv2/latest/APIReference/API_runtime_RecognizeText.html
DetectText: https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectText.html
DetectSentiment: https://docs.aws.amazon.com/comprehend/latest/APIReference/API_DetectSentiment.html
DetectDocumentText: https://docs.aws.amazon.com/textract/latest/dg/API_DetectDocumentText.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import msgspec
from aiohttp import web

Json = dict[str, Any]
SECRET_KEY = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"
REGION = "eu-west-1"
_SERVICES = (
    "BEDROCK_RUNTIME",
    "COMPREHEND",
    "LEX_RUNTIME_V2",
    "REKOGNITION",
    "SESV2",
    "SNS",
    "TEXTRACT",
    "TRANSCRIBE",
)


class Says(NamedTuple):
    """One response. `error` is the exception's name, as AWS puts it into a header."""

    body: Json
    status: int = 200
    error: str = ""
    hangs: bool = False


class Asked(NamedTuple):
    """One request. `operation` is what the JSON protocol names in a header."""

    path: str
    operation: str
    signed: str
    body: Json


Answering = Callable[[Asked], Says]


class AwsStub:
    """`says` are its next responses, the last one stays; or a function that answers each."""

    def __init__(self, *says: Says | Answering) -> None:
        self.says = list(says)
        self.asked: list[Asked] = []
        self.over = asyncio.Event()
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        target = request.headers.get("x-amz-target", "").rpartition(".")[2]
        signed = request.headers.get("authorization", "")
        body = msgspec.json.decode(await request.read() or b"{}")
        asked = Asked(request.path, target, signed, body)
        self.asked.append(asked)
        says = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        said = says if isinstance(says, Says) else says(asked)
        if said.hangs:
            await self.over.wait()
        headers = {"x-amzn-requestid": "4f1a7c2e-0000-4000-8000-000000000001"}
        if said.error:
            headers["x-amzn-errortype"] = said.error  # of the REST protocol; below, of the other
            return web.json_response(
                {"__type": said.error, **said.body}, status=said.status, headers=headers
            )
        return web.json_response(said.body, status=said.status, headers=headers)


@asynccontextmanager
async def aws_stub(*says: Says | Answering, **environment: str) -> AsyncIterator[AwsStub]:
    """The SDKs reach it, with credentials of the environment, and nothing else of AWS."""
    stub = AwsStub(*says)
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{tail:.*}", stub.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    stub.url = f"http://{host}:{port}"
    try:
        with aws_environment(stub.url, **environment):
            yield stub
    finally:
        stub.over.set()
        await runner.cleanup()


def aws_environment(url: str, **more: str) -> Any:
    """What AWS's SDKs read, as in a process of its own."""
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        **{f"AWS_ENDPOINT_URL_{name}": url for name in _SERVICES},
        **more,
    }
    return patch.dict("os.environ", environment)


def nobodys_environment() -> Any:
    """An environment that tells neither who asks nor where."""
    told = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    return aws_environment("http://127.0.0.1:1", **dict.fromkeys(told, ""))


def throttled() -> Says:
    return Says(
        {"message": "Too many requests, please wait before trying again."},
        429,
        "ThrottlingException:http://internal.amazon.com/coral/com.amazon.coral.availability/",
    )


def denied(
    message: str = "You don't have access to the model with the specified model ID.",
) -> Says:
    return Says({"message": message}, 403, "AccessDeniedException")


def hangs() -> Says:
    return Says({}, hangs=True)
