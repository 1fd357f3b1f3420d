"""Where files may be kept, as RECADO_BLOB_URL and `recado files move` name it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from recado.errors import SettingsError

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
#: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_NAME = re.compile(r"[a-zA-Z0-9$][a-zA-Z0-9._-]{1,62}")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()/-]{0,200}")
S3_OPTIONS = frozenset({"endpoint", "region", "profile"})


class Bucket(msgspec.Struct, frozen=True):
    """A bucket or container. `prefix` is "" or ends in a slash."""

    name: str
    prefix: str
    options: Mapping[str, str]


def folder_of(url: str, setting: str) -> Path:
    """The folder that `file:///PATH` names. Raises SettingsError."""
    parts = urlsplit(url)
    if parts.netloc or not parts.path.startswith("/") or parts.query:
        raise SettingsError(f"{setting}: a folder is file:///PATH, with the whole path.")
    return Path(unquote(parts.path))


def bucket_of(url: str, setting: str, *, options: frozenset[str] = frozenset()) -> Bucket:
    """What `s3://BUCKET/PREFIX` or `az://CONTAINER/PREFIX` names. Raises SettingsError."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(given.keys() - options):
        known = f" It knows: {', '.join(sorted(options))}." if options else ""
        raise SettingsError(f"{setting} does not know {', '.join(unknown)}.{known}")
    prefix = unquote(parts.path).strip("/")
    if not _NAME.fullmatch(parts.netloc) or not _PREFIX.fullmatch(prefix) or ".." in prefix:
        raise SettingsError(
            f"{setting}: give {parts.scheme}://NAME or {parts.scheme}://NAME/PREFIX, of letters,"
            " digits, hyphens, dots and slashes."
        )
    return Bucket(parts.netloc, f"{prefix}/" if prefix else "", given)
