"""Where files are kept is one setting, and what is wrong with it is said."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from recado.app.doctor.storage import check_storage, check_storage_answers
from recado.errors import SettingsError, StorageFailed
from recado.media.storage.folder import FolderBlobs
from recado.media.storage.opening import open_storage
from recado.media.storage.port import key_of
from recado.settings import load_settings
from recado.store import new_id
from tests.support.aws import aws_environment
from tests.support.runtime import make_runtime
from tests.support.storages import STORAGES, Place


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("gs://bucket/files", "gs is no storage"),
        ("/srv/files", "is no storage"),
        ("file://srv/files", "file:///PATH"),
        ("s3://", "s3://NAME"),
        ("s3://bucket/../other", "s3://NAME"),
        ("s3://bucket?key=secret", "does not know key"),
        ("az://container", "AZURE_STORAGE_CONNECTION_STRING"),
        ("az://container?endpoint=http://x", "does not know endpoint"),
    ],
)
def test_a_place_that_is_none_is_refused_with_what_is_meant(url: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        open_storage(url, load_settings(None, AWS_REGION="eu-west-1"))
    assert says in refused.value.detail
    assert refused.value.detail.startswith(("RECADO_BLOB_URL", "AZURE_STORAGE"))


def test_a_connection_string_that_is_none_is_not_repeated() -> None:
    settings = load_settings(None, AZURE_STORAGE_CONNECTION_STRING="AccountKey=very-secret")
    with pytest.raises(SettingsError) as refused:
        open_storage("az://container", settings)
    assert "very-secret" not in refused.value.detail


def test_a_bucket_needs_a_region() -> None:
    with aws_environment("http://127.0.0.1:1", AWS_DEFAULT_REGION="", AWS_REGION=""):
        with pytest.raises(SettingsError, match="AWS_REGION"):
            open_storage("s3://bucket", load_settings(None))
        open_storage("s3://bucket?region=eu-west-1", load_settings(None))


async def test_what_goes_to_the_bucket_is_encrypted_by_the_key_that_is_set(tmp_path: Path) -> None:
    async with STORAGES["s3"](tmp_path) as place:
        key, arn = key_of(new_id()), "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
        blobs = place.open(RECADO_BLOB_KMS_KEY=arn)
        await blobs.put(key, b"a photo")
        assert await blobs.get(key) == b"a photo"
        await blobs.close()
        url, _, endpoint = place.url.partition("?endpoint=")
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        told = client.head_object(Bucket=bucket, Key=f"{prefix}/{key}")
        assert told["ServerSideEncryption"] == "aws:kms"
        assert told["SSEKMSKeyId"] == arn


@pytest.mark.parametrize("kind", list(STORAGES))
async def test_the_doctor_writes_reads_and_deletes_a_probe(kind: str, tmp_path: Path) -> None:
    async with (
        STORAGES[kind](tmp_path) as place,
        make_runtime(tmp_path, RECADO_BLOB_URL=place.url, **place.settings) as runtime,
    ):
        found = [*await check_storage(runtime), *await check_storage_answers(runtime)]
        assert {it.mark for it in found} == {"fine"}
        assert f"{kind}: a probe was written, read and deleted" in {
            it.in_english()[0] for it in found
        }
        assert not [it async for page in runtime.blobs.entries() for it in page]


@pytest.mark.parametrize("kind", ["s3", "azure"])
async def test_the_doctor_says_what_to_do_about_a_bucket_that_is_not_there(
    kind: str, tmp_path: Path
) -> None:
    async with STORAGES[kind](tmp_path) as place:
        name = place.url.partition("://")[2].partition("/")[0]
        nowhere = place.url.replace(name, "nobodys")
        settings = {"RECADO_BLOB_URL": nowhere, **place.settings}
        async with make_runtime(tmp_path, **settings) as runtime:
            (found,) = await check_storage_answers(runtime)
            assert found.mark == "wrong"
            assert "nobodys" in found.in_english()[1]
            assert "make it" in found.in_english()[1]
            told = runtime.metrics.text().decode()
            line = f'recado_media_storage_errors_total{{reason="other",storage="{kind}"}} 1.0'
            assert line in told


async def test_a_key_that_is_not_the_accounts_is_said_to_be_closed(tmp_path: Path) -> None:
    async with STORAGES["azure"](tmp_path) as place:
        string = place.settings["AZURE_STORAGE_CONNECTION_STRING"]
        wrong = string.replace("AccountKey=Eby8", "AccountKey=AAAA")
        blobs = Place(place.url, {"AZURE_STORAGE_CONNECTION_STRING": wrong}).open()
        with pytest.raises(StorageFailed) as failed:
            await blobs.put(key_of(new_id()), b"x")
        assert failed.value.reason == "denied"
        assert "AZURE_STORAGE_CONNECTION_STRING" in failed.value.detail
        await blobs.close()


async def test_a_folder_that_may_not_be_written_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the place of a folder")
    with pytest.raises(StorageFailed):
        await FolderBlobs(tmp_path / "file").put(key_of(new_id()), b"x")
