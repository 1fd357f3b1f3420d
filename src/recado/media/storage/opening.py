"""A storage by its URL."""

from __future__ import annotations

from collections.abc import Callable

from recado.errors import SettingsError
from recado.media.storage.folder import FolderBlobs
from recado.media.storage.places import S3_OPTIONS, bucket_of, folder_of
from recado.media.storage.port import Blobs
from recado.resilience.breaker import Figures
from recado.settings import Settings

SETTING = "RECADO_BLOB_URL"


def default_url(settings: Settings) -> str:
    """Where files are when nothing is set."""
    return f"file://{settings.data.resolve() / 'files'}"


def open_storage(url: str, settings: Settings, *, setting: str = SETTING) -> Blobs:
    """The storage that `url` names, which `setting` gave. Nothing outside is asked yet.

    Raises SettingsError: there is no such storage, or what it needs is missing."""
    opener = _OPENERS.get(url.partition("://")[0])
    if opener is None:
        raise SettingsError(
            f"{setting}: {url.partition(':')[0]} is no storage of Recado. Give file:///PATH,"
            " s3://BUCKET/PREFIX or az://CONTAINER/PREFIX."
        )
    return opener(url, settings, setting)


def _folder(url: str, settings: Settings, setting: str) -> Blobs:
    return FolderBlobs(folder_of(url, setting))


def _s3(url: str, settings: Settings, setting: str) -> Blobs:
    from recado.media.storage.s3 import S3Blobs

    return S3Blobs(
        bucket_of(url, setting, options=S3_OPTIONS),
        wanted_by=setting,
        region=settings.aws_region,
        kms_key=settings.blob_kms_key,
        breaker=_figures(settings),
    )


def _azure(url: str, settings: Settings, setting: str) -> Blobs:
    from recado.media.storage.azure import AzureBlobs

    return AzureBlobs(
        bucket_of(url, setting),
        wanted_by=setting,
        connection_string=settings.azure_storage.get_secret_value(),
        breaker=_figures(settings),
    )


def _figures(settings: Settings) -> Figures:
    return Figures(settings.breaker_failures, settings.breaker_seconds)


_OPENERS: dict[str, Callable[[str, Settings, str], Blobs]] = {
    "file": _folder,
    "s3": _s3,
    "az": _azure,
}
