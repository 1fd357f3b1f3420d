"""Files in a bucket of Amazon S3, or of a server that speaks its protocol.

    s3://BUCKET/PREFIX?endpoint=https://…&region=…&profile=…

What follows the question mark is for what AWS's own settings leave open, such as two servers while
files move from one to the other.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html: whole or not at all, and read
after write for everybody.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, TypeVar

from recado.aws.client import CREDENTIALS, AwsClient, AwsFailed, Place
from recado.errors import NotFound, StorageFailed
from recado.media.storage.places import Bucket
from recado.media.storage.port import Blobs, Entry, is_key, must_be_key
from recado.resilience.breaker import FIGURES, Figures

T = TypeVar("T")
EXTRA = "s3"
#: For a small answer, and what is added for each megabyte of a file.
TIMEOUT_SECONDS = 15.0
SECONDS_A_MEGABYTE = 1.0
_MEGABYTE = 1024 * 1024
_MISSING = frozenset({"NoSuchKey", "NotFound", "404"})
_BEYOND = frozenset({"InvalidRange", "416"})
_DENIED = ("AccessDenied", "Forbidden", "403", "SignatureDoesNotMatch", "InvalidAccessKeyId")


class S3Blobs(Blobs):
    """`kms_key` encrypts what is written by that key of AWS KMS (an id, ARN or alias).

    Raises SettingsError: the extra is missing, or no region is known."""

    kind = "s3"

    def __init__(
        self,
        bucket: Bucket,
        *,
        wanted_by: str,
        region: str = "",
        kms_key: str = "",
        breaker: Figures = FIGURES,
    ) -> None:
        self._bucket = bucket.name
        self._prefix = bucket.prefix
        self._encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        )
        self._client = AwsClient(
            "s3",
            "The bucket",
            wanted_by,
            region=bucket.options.get("region", region),
            timeout_seconds=TIMEOUT_SECONDS,
            breaker=breaker,
            extra=EXTRA,
            place=Place(bucket.options.get("endpoint", ""), bucket.options.get("profile", "")),
        )

    async def put(self, key: str, data: bytes) -> None:
        digest = await asyncio.to_thread(_sha256, data)
        # The service refuses what does not arrive as it left.
        given = {"Body": data, "ChecksumSHA256": digest, **self._encryption}
        await self._ask("put_object", key, _nothing, size_bytes=len(data), **given)

    async def get(self, key: str) -> bytes:
        return await self._ask("get_object", key, _body, size_bytes=100 * _MEGABYTE)

    async def get_part(self, key: str, start: int, length: int) -> bytes:
        if length <= 0:
            return b""
        wanted = f"bytes={start}-{start + length - 1}"
        try:
            return await self._ask("get_object", key, _body, size_bytes=length, Range=wanted)
        except _BeyondItsEnd:
            return b""

    async def delete(self, key: str) -> None:
        # Also what the listing would show only later, and where listing is not allowed.
        await self._ask("delete_object", key, _nothing)
        if key.partition(".")[2]:
            return  # derived itself
        async for page in self._pages(f"{self._prefix}{key}."):
            for found in page:
                await self._ask("delete_object", self._key(found), _nothing)

    async def entries(self, *, older_than_seconds: float = 0.0) -> AsyncIterator[list[Entry]]:
        before = time.time() - older_than_seconds
        async for page in self._pages(self._prefix):
            old = (it for it in page if it["LastModified"].timestamp() < before)
            entries = (Entry(self._key(it), int(it["Size"])) for it in old)
            yield [it for it in entries if is_key(it.key)]

    async def check(self) -> None:
        await self._called("list_objects_v2", _as_it_is, Prefix=self._prefix, MaxKeys=1)

    async def sha256(self, key: str) -> str:
        try:
            told = await self._ask("head_object", key, _as_it_is, ChecksumMode="ENABLED")
        except StorageFailed:
            return await super().sha256(key)
        # A checksum of parts ends in their number, and is not one of the whole.
        digest = str(told.get("ChecksumSHA256") or "")
        if told.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT" or "-" in digest or not digest:
            return await super().sha256(key)
        return base64.b64decode(digest).hex()

    async def close(self) -> None:
        await self._client.close()

    def _key(self, found: dict[str, Any]) -> str:
        return str(found["Key"]).removeprefix(self._prefix)

    async def _pages(self, prefix: str) -> AsyncIterator[list[dict[str, Any]]]:
        more: dict[str, Any] = {}
        while True:
            told = await self._called("list_objects_v2", _as_it_is, Prefix=prefix, **more)
            yield told.get("Contents") or []
            if not told.get("IsTruncated"):
                return
            more = {"ContinuationToken": str(told["NextContinuationToken"])}

    async def _ask(
        self,
        operation: str,
        key: str,
        read: Callable[[dict[str, Any]], Awaitable[T]],
        *,
        size_bytes: int = 0,
        **given: Any,
    ) -> T:
        given["Key"] = self._prefix + must_be_key(key)
        try:
            return await self._called(operation, read, size_bytes=size_bytes, **given)
        except _Missing as error:
            raise NotFound(f"There is no file {key}.") from error

    async def _called(
        self,
        operation: str,
        read: Callable[[dict[str, Any]], Awaitable[T]],
        *,
        size_bytes: int = 0,
        **given: Any,
    ) -> T:
        seconds = TIMEOUT_SECONDS + SECONDS_A_MEGABYTE * size_bytes / _MEGABYTE
        try:
            return await self._client.ask(
                operation, {"Bucket": self._bucket, **given}, read, timeout_seconds=seconds
            )
        except AwsFailed as error:
            if error.aws_code in _MISSING:
                raise _Missing from error
            if error.aws_code in _BEYOND:
                raise _BeyondItsEnd from error
            raise self._failed(error) from error

    def _failed(self, error: AwsFailed) -> StorageFailed:
        if error.aws_code == "NoSuchBucket":
            return StorageFailed(f"There is no bucket {self._bucket}: make it, or name another.")
        if error.aws_code in _DENIED:
            return StorageFailed(
                f"The bucket {self._bucket} is closed to this account ({error.aws_code}). Check"
                f" {CREDENTIALS}, and allow s3:PutObject, s3:GetObject, s3:DeleteObject and"
                " s3:ListBucket; with RECADO_BLOB_KMS_KEY, kms:GenerateDataKey and"
                " kms:Decrypt too.",
                reason="denied",
            )
        return StorageFailed(error.detail, reason=_reason(error))


class _Missing(Exception):
    """Nothing is under this key."""


class _BeyondItsEnd(Exception):
    """The file ends before the part begins."""


def _reason(error: AwsFailed) -> Literal["away", "slow", "denied", "other"]:
    if isinstance(error.__cause__, TimeoutError):
        return "slow"
    if error.outage or not error.aws_code:
        return "away"
    return "other"


def _sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


async def _body(told: dict[str, Any]) -> bytes:
    async with told["Body"] as stream:
        data: bytes = await stream.read()
        return data


async def _as_it_is(told: dict[str, Any]) -> dict[str, Any]:
    return told


async def _nothing(told: dict[str, Any]) -> None:
    """Only whether it went well."""
