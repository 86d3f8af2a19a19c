"""Addresses of objects, and what a manifest says with them."""

from __future__ import annotations

import pytest
from workspaces import Workspace

from heygen_localize.core.errors import InputError
from heygen_localize.core.objects import ObjectAddress, is_object, read_address


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("s3://dubs/a/b.mp4", ("s3", "dubs", "a/b.mp4")),
        ("gs://my_dubs.acme.com/b.mp4", ("gs", "my_dubs.acme.com", "b.mp4")),
        ("az://dubs/b c%d.mp4", ("az", "dubs", "b c%d.mp4")),
        ("s3://dubs/.a/..b/c..d.mp4", ("s3", "dubs", ".a/..b/c..d.mp4")),
        ("file:///mnt/dubs/b.mp4", ("file", "", "mnt/dubs/b.mp4")),
    ],
)
def test_an_address_is_read_and_written(text: str, parts: tuple[str, str, str]) -> None:
    assert is_object(text)
    assert read_address(text) == ObjectAddress(*parts)
    assert str(read_address(text)) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("s3://dubs", "names no object"),
        ("s3://dubs/", "names no object"),
        ("s3://dubs/a/", "names no object"),
        ("s3:///a.mp4", "'' cannot be the name of a bucket"),
        ("s3://Dubs/a.mp4", "'Dubs' cannot be the name of a bucket"),
        ("s3://a..b:80/x.mp4", "cannot be the name of a bucket"),
        ("S3://dubs/a.mp4", "not written in lower case"),
        ("file://host/a.mp4", "names a host"),
        ("s3://dubs/a.mp4?versionId=1", "no ? and no #"),
        ("s3://dubs/" + "a" * 1025, "at most 1024 bytes"),
        ("s3://dubs/a//b.mp4", "no empty part"),
        ("s3://dubs/../b.mp4", "no . or .. as one"),
        ("s3://dubs/a/../b.mp4", "no . or .. as one"),
        ("s3://dubs/./b.mp4", "no . or .. as one"),
        ("s3://dubs/a/..", "no . or .. as one"),
        ("s3://dubs/a\tb.mp4", "no control"),
        ("s3://dubs/a\nb.mp4", "no control"),
    ],
)
def test_what_is_no_address_is_told(text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        read_address(text)
    assert error.value.first.code == "object_invalid"
    assert told in error.value.first.message


def test_a_password_is_not_shown() -> None:
    with pytest.raises(InputError) as error:
        read_address("s3://AKIA:geheim@dubs/a.mp4")
    assert error.value.first.code == "url_secret"
    assert "geheim" not in str(error.value) + str(error.value.first.hint)


@pytest.mark.parametrize("text", ["localized/a.mp4", "https://a.b/c.mp4", "asset:1", "s3:/a/b"])
def test_what_has_another_form_is_none(text: str) -> None:
    assert not is_object(text)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("s3://dubs/{{ video.id }}/../{{ language.tag }}.mp4", "object_invalid"),
        ("s3://dubs//{{ video.id }}/{{ language.tag }}.mp4", "object_invalid"),
        ("s3://dubs/{{ video.id }}//{{ language.tag }}.mp4", "object_invalid"),
        ("s3://{{ language.tag }}/{{ video.id }}.mp4", "object_invalid"),
        ("s3://dubs/{{ video.id }}.mp4", "output_twice"),
        ("ftp://dubs/{{ video.id }}/{{ language.tag }}.mp4", "output_invalid"),
    ],
)
def test_a_manifest_is_told_where_it_leads_wrong(
    workspace: Workspace, path: str, code: str
) -> None:
    workspace.write_videos("alpha", extra=f"outputs: {{video: '{path}'}}")
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 2
    assert {item["code"] for item in ran.json()["errors"]} == {code}


def test_validate_shows_the_addresses(workspace: Workspace) -> None:
    path = "s3://dubs/{{ video.id }}/{{ language.tag }}.mp4"
    workspace.write_videos("alpha", languages=("ja",), extra=f"outputs: {{video: '{path}'}}")
    ran = workspace.run("validate", "--format", "json")
    assert ran.code == 0
    (target,) = ran.json()["targets"]
    assert target["outputs"] == {"video": "s3://dubs/alpha/ja.mp4"}


@pytest.mark.parametrize("text", ["az://dubs?sv=1&sig=a-secret", "s3://a-b/key?sig=a-secret/"])
def test_a_query_is_not_shown(text: str) -> None:
    with pytest.raises(InputError) as raised:
        read_address(text)
    assert "a-secret" not in str(raised.value)
