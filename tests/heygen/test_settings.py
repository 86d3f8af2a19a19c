"""Which account: the base that a key may go to, and where the key is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heygen_localize.core.errors import AccountError, ExitCode, LocalizeError, UsageError
from heygen_localize.heygen.config import Connection, api_base, connection

KEY = "hg-8f1e2d3c-not-for-your-eyes"


def _store(folder: Path, content: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "credentials"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize("environment", [{}, {"HEYGEN_API_BASE": ""}, {"HEYGEN_API_BASE": " "}])
def test_the_base_is_the_vendors_unless_told_otherwise(environment: dict[str, str]) -> None:
    assert api_base(environment) == "https://api.heygen.com"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://eu.example.com/", "https://eu.example.com"),
        ("https://eu.example.com/api//", "https://eu.example.com/api"),
        ("  https://eu.example.com:8443 ", "https://eu.example.com:8443"),
        ("HTTPS://EU.Example.COM/Api", "https://eu.example.com/Api"),
        ("https://eu.example.com/?", "https://eu.example.com"),
        ("https://eu.example.com#", "https://eu.example.com"),
    ],
)
def test_a_base_is_written_as_requests_will_write_it(given: str, used: str) -> None:
    assert api_base({"HEYGEN_API_BASE": given}) == used


@pytest.mark.parametrize(
    ("base", "loopback"),
    [
        ("http://127.0.0.1:8787", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8787", True),
        ("http://localhost:8787", True),
        ("http://LOCALHOST:8787", True),
        ("https://127.0.0.1", True),
        ("https://api.heygen.com", False),
        ("https://10.0.0.1", False),
    ],
)
def test_loopback_is_told_by_the_address_alone(base: str, loopback: bool) -> None:
    found = connection({"HEYGEN_API_BASE": base, "HEYGEN_API_KEY": KEY}, Path("/none"))
    assert found.loopback is loopback


@pytest.mark.parametrize(
    "base",
    [
        "http://api.heygen.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
    ],
)
def test_plain_http_leaves_this_machine_only_when_it_is_meant(base: str) -> None:
    for refused in (None, "", "0", "no", "Off", "false", "disabled", "maybe"):
        given = {} if refused is None else {"HEYGEN_ALLOW_HTTP": refused}
        with pytest.raises(UsageError) as caught:
            api_base({"HEYGEN_API_BASE": base, **given})
        assert caught.value.problems[0].code == "base_insecure"
        assert "HEYGEN_ALLOW_HTTP=1" in (caught.value.problems[0].hint or "")
    for allowed in ("1", "true", "Yes", " on "):
        assert api_base({"HEYGEN_API_BASE": base, "HEYGEN_ALLOW_HTTP": allowed}) == base


@pytest.mark.parametrize(
    "base",
    [
        "api.heygen.com",
        "ftp://api.heygen.com",
        "file:///etc/passwd",
        "https://",
        "https:///v3",
        "https://[::1",
        "https://api.heygen.com:0",
        "https://api.heygen.com:99999",
        "https://api.heygen.com:port",
        "https://user:secret-word@api.heygen.com",
        "https://secret-word@api.heygen.com",
        "https://api.heygen.com?token=secret-word",
        "https://api.heygen.com/#secret-word",
    ],
)
def test_what_is_no_bare_address_is_refused_unquoted(base: str) -> None:
    with pytest.raises(UsageError) as caught:
        api_base({"HEYGEN_API_BASE": base})
    assert caught.value.problems[0].code == "base_invalid"
    assert caught.value.exit_code == ExitCode.USAGE
    assert "secret-word" not in f"{caught.value} {caught.value.problems}"


def test_a_base_that_cannot_be_used_is_told_before_a_missing_key(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        connection({"HEYGEN_API_BASE": "junk"}, tmp_path)


def test_the_key_comes_from_the_variable(tmp_path: Path) -> None:
    found = connection({"HEYGEN_API_KEY": f" {KEY}\n"}, tmp_path)
    assert (found.key, found.key_source) == (KEY, "HEYGEN_API_KEY")


def test_the_variable_wins_over_the_file(tmp_path: Path) -> None:
    _store(tmp_path / ".heygen", {"api_key": "from-the-file"})
    assert connection({"HEYGEN_API_KEY": KEY}, tmp_path).key == KEY


@pytest.mark.parametrize("variable", [{}, {"HEYGEN_API_KEY": ""}, {"HEYGEN_API_KEY": "  "}])
def test_the_key_comes_from_the_vendor_clients_file(
    tmp_path: Path, variable: dict[str, str]
) -> None:
    path = _store(tmp_path / ".heygen", {"api_key": f"{KEY}\n", "other": 1})
    found = connection(variable, tmp_path)
    assert (found.key, found.key_source) == (KEY, str(path))


def test_the_files_folder_may_be_moved(tmp_path: Path) -> None:
    _store(tmp_path / ".heygen", {"api_key": "from-home"})
    _store(tmp_path / "elsewhere", {"api_key": KEY})
    assert connection({"HEYGEN_CONFIG_DIR": str(tmp_path / "elsewhere")}, tmp_path).key == KEY


@pytest.mark.parametrize("content", [None, {}, [], "null", {"api_key": None}, {"api_key": " "}])
def test_a_missing_key_ends_with_seven_and_leads_to_the_demo(
    tmp_path: Path, content: object
) -> None:
    if content is not None:
        _store(tmp_path / ".heygen", content)
    with pytest.raises(AccountError) as caught:
        connection({}, tmp_path)
    assert caught.value.exit_code == ExitCode.ACCOUNT
    assert caught.value.problems[0].code == "key_missing"
    assert "localize demo" in (caught.value.problems[0].hint or "")


@pytest.mark.parametrize("key", [f"{KEY} {KEY}", f"{KEY}\nx: y", f"{KEY}\x00", f"{KEY}\u00e9"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(tmp_path: Path, key: str) -> None:
    _store(tmp_path / ".heygen", {"api_key": key})
    for environment in ({"HEYGEN_API_KEY": key}, {}):
        with pytest.raises(AccountError) as caught:
            connection(environment, tmp_path)
        assert caught.value.exit_code == ExitCode.ACCOUNT
        assert caught.value.problems[0].code == "key_invalid"
        assert KEY not in f"{caught.value!r} {caught.value} {caught.value.problems}"


@pytest.mark.parametrize("content", [f'{{"api_key": "{KEY}"', f"api_key={KEY}", "", "\ufeff"])
def test_a_broken_file_is_told_without_its_content(tmp_path: Path, content: str) -> None:
    path = _store(tmp_path / ".heygen", content)
    _assert_unreadable(tmp_path, path)


def test_a_key_alone_in_a_file_is_one(tmp_path: Path) -> None:
    path = _store(tmp_path / ".heygen", f"{KEY}==\n")
    found = connection({}, tmp_path)
    assert (found.key, found.key_source) == (f"{KEY}==", str(path))


@pytest.mark.parametrize(
    "content",
    [
        '{"oauth": {"access_token": "x", "refresh_token": "y"}}',
        '{"api_key": "", "access_token": "x"}',
        '{"api_key": null, "oauth_token": "x", "oauth": {}}',
    ],
)
def test_a_login_without_a_key_is_told_with_the_way_out(tmp_path: Path, content: str) -> None:
    _store(tmp_path / ".heygen", content)
    with pytest.raises(AccountError) as caught:
        connection({}, tmp_path)
    [problem] = caught.value.problems
    assert problem.code == "key_of_login"
    assert "set HEYGEN_API_KEY" in (problem.hint or "")
    assert connection({"HEYGEN_API_KEY": KEY}, tmp_path).key == KEY


@pytest.mark.parametrize("quotes", ['""', "''", "\u201c\u201d", '"x'])
def test_quotes_around_a_key_are_named(tmp_path: Path, quotes: str) -> None:
    key = f"{quotes[0]}{KEY}{quotes[1]}"
    _store(tmp_path / ".heygen", {"api_key": key})
    for environment in ({"HEYGEN_API_KEY": key}, {}):
        with pytest.raises(AccountError, match="stands in quotes") as caught:
            connection(environment, tmp_path)
        assert caught.value.problems[0].code == "key_quoted"
        assert KEY not in f"{caught.value!r} {caught.value} {caught.value.problems}"


def test_a_file_that_is_not_text_or_not_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / ".heygen" / "credentials"
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe" + KEY.encode())
    _assert_unreadable(tmp_path, path)
    path.unlink()
    path.mkdir()
    _assert_unreadable(tmp_path, path)


def _assert_unreadable(home: Path, path: Path) -> None:
    with pytest.raises(LocalizeError) as caught:
        connection({}, home)
    assert caught.value.problems[0].code == "credentials_unreadable"
    assert str(path) in str(caught.value)
    assert KEY not in f"{caught.value!r} {caught.value} {caught.value.problems}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_key_is_not_in_the_repr(tmp_path: Path) -> None:
    found = connection({"HEYGEN_API_KEY": KEY}, tmp_path)
    assert KEY not in repr(found)
    assert KEY not in str(found)


@pytest.mark.parametrize(
    ("given", "used"),
    [("", 5), ("0", 0), ("2", 2), ("20", 20), ("5000", 20), (" 3 ", 3), ("9" * 9, 20)],
)
def test_the_number_of_retries_is_bounded(tmp_path: Path, given: str, used: int) -> None:
    environment = {"HEYGEN_API_KEY": KEY, "HEYGEN_MAX_RETRIES": given}
    assert connection(environment, tmp_path).max_retries == used
    assert Connection("https://api.heygen.com", KEY, "here").max_retries == 5


@pytest.mark.parametrize("given", ["-1", "many", "1.5", "nan", "inf", "1e3", "9" * 5000, "\u0663"])
def test_a_number_of_retries_that_is_none_is_a_usage_error(tmp_path: Path, given: str) -> None:
    with pytest.raises(UsageError, match="HEYGEN_MAX_RETRIES") as caught:
        connection({"HEYGEN_API_KEY": KEY, "HEYGEN_MAX_RETRIES": given}, tmp_path)
    assert caught.value.problems[0].code == "retries_invalid"
