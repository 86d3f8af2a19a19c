"""What a stranger may put where a file of ours should stand."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from action_origin import Origin, lock

SECRET = "root:x:0:0:the-runners-own-file"


def put_link(place: Path, outside: Path) -> None:
    outside.write_text(SECRET)
    place.symlink_to(outside)


def put_link_to_lockfile(place: Path, outside: Path) -> None:
    outside.write_text(lock(secret="completed"))
    place.symlink_to(outside)


def put_pipe(place: Path, outside: Path) -> None:
    del outside
    os.mkfifo(place)


def put_sparse(place: Path, outside: Path) -> None:
    del outside
    with place.open("wb") as file:
        file.truncate(1_000_000_000)


def put_device(place: Path, outside: Path) -> None:
    del outside
    place.symlink_to("/dev/zero")


def put_folder(place: Path, outside: Path) -> None:
    del outside
    place.mkdir()


def put_foreign(place: Path, outside: Path) -> None:
    del outside
    place.write_text(lock(intro="completed").replace('"test"', '"theirs"'))


def put_other_json(place: Path, outside: Path) -> None:
    del outside
    place.write_text(json.dumps({"auths": {"registry": SECRET}}))


HOSTILE = [
    put_link,
    put_link_to_lockfile,
    put_pipe,
    put_sparse,
    put_device,
    put_folder,
    put_foreign,
    put_other_json,
]
UNREADABLE = HOSTILE[:6]


def everything(origin: Origin) -> str:
    """Give all that a bare repository holds, of all branches."""
    names = origin.git(origin.bare, "cat-file", "--batch-all-objects", "--batch-check")
    blobs = re.findall(r"^(\w+) (?:blob|commit)", names, re.MULTILINE)
    return "\n".join(origin.git(origin.bare, "cat-file", "-p", name) for name in blobs)
