"""`localize webhooks` and its subcommands."""

from __future__ import annotations

from urllib.parse import urlsplit

import click
from msgspec import to_builtins
from msgspec.structs import replace

from heygen_localize.cli.shell import Shell, open_account, output_options
from heygen_localize.cli.streams import mask
from heygen_localize.core.text import without_queries
from heygen_localize.heygen.webhooks import Endpoint, Signed
from heygen_localize.operations.webhooks import endpoints, register, remove, rotate
from heygen_localize.report.render import to_json

_MINUTE = len("2026-03-02T10:20")


@click.group("webhooks")
def command() -> None:
    """Register where HeyGen tells of finished jobs.

    localize listen receives what is told. Needs a key.

    \b
    Examples:
      localize webhooks register https://hooks.example.com/heygen
      localize webhooks list
      localize webhooks rotate ep_5f2c
      localize webhooks remove ep_5f2c
    """


@command.command("register", short_help="Have HeyGen tell an address of what ended.")
@click.argument("url")
@output_options("text", "json")
def register_command(shell: Shell, url: str) -> None:
    """Have HeyGen tell an address of what ended, and print the secret.

    Told are ends of translations, proofread sessions and batches, nothing else of the account.
    HeyGen shows the secret this once; it goes into LOCALIZE_WEBHOOK_SECRET of localize listen.

    \b
    Examples:
      localize webhooks register https://hooks.example.com/heygen
      localize webhooks register https://hooks.example.com/heygen --format json
    """
    _tell(shell, register(open_account(shell), url), "is registered")


@command.command("list", short_help="List the account's endpoints.")
@output_options("text", "json")
def list_command(shell: Shell) -> None:
    """List the account's endpoints: id, whether enabled, since when (UTC), events, URL.

    Queries of URLs are left out: they may hold what only the receiver is to know.

    \b
    Examples:
      localize webhooks list
      localize webhooks list --format json
    """
    found = tuple(replace(item, url=_shown(item.url)) for item in endpoints(open_account(shell)))
    if shell.wants_json:
        shell.report(to_json({"endpoints": [to_builtins(item) for item in found]}))
        return
    width = max((len(item.id) for item in found), default=0)
    for item in found:
        shell.report(f"{item.id.ljust(width)}  {_line(item)}")
    if not found:
        shell.say("The account has no webhook endpoints. localize webhooks register makes one.")


@command.command("rotate", short_help="Replace the secret of an endpoint.")
@click.argument("endpoint_id", metavar="ID")
@output_options("text", "json")
def rotate_command(shell: Shell, endpoint_id: str) -> None:
    """Replace the secret of an endpoint, and print the new one.

    HeyGen signs with the new one at once. Put it before the old one in LOCALIZE_WEBHOOK_SECRET,
    with a space between, and start localize listen again: what was refused meanwhile HeyGen
    sends again.

    \b
    Example:
      localize webhooks rotate ep_5f2c
    """
    _tell(shell, rotate(open_account(shell), endpoint_id), "has a new secret")


@command.command("remove", short_help="Have HeyGen tell an endpoint nothing more.")
@click.argument("endpoint_id", metavar="ID")
@output_options("text", "json")
def remove_command(shell: Shell, endpoint_id: str) -> None:
    """Have HeyGen tell an endpoint nothing more.

    \b
    Example:
      localize webhooks remove ep_5f2c
    """
    remove(open_account(shell), endpoint_id)
    if shell.wants_json:
        shell.report(to_json({"removed": endpoint_id}))
    else:
        shell.say(f"{endpoint_id} is removed.")


def _tell(shell: Shell, signed: Signed, done: str) -> None:
    """Show a secret on standard output, once, and keep it nowhere."""
    if shell.in_actions:
        mask(signed.secret)
    shell.say(
        f"{signed.endpoint_id} {done}. HeyGen tells its secret only now: put it into "
        "LOCALIZE_WEBHOOK_SECRET where localize listen runs."
    )
    if shell.wants_json:
        shell.report(to_json(to_builtins(signed)))
    else:
        shell.report(signed.secret)


def _shown(url: str) -> str:
    """Return an address without what may be a secret in it: its query, a user, a password."""
    try:
        host = urlsplit(url).netloc
    except ValueError:
        return "(no address)"
    return without_queries(url.replace(host, host.rpartition("@")[2], 1))


def _line(item: Endpoint) -> str:
    events = "all events" if item.events is None else ",".join(item.events)
    return f"{item.status}  {item.created_at[:_MINUTE].replace('T', ' ')}  {item.url}  {events}"
