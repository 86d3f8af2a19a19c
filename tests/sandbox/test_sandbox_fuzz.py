"""The sandbox under requests that somebody else makes up from the vendor's contract.

Schemathesis sends what the contract allows, and what it does not: the first must
be taken, the second refused, nothing may crash, and every answer must be as the
contract says.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contract_check import CONTRACT
from sandbox_caller import PROOFREAD_SECONDS, RENDER_SECONDS, Caller, Clock

# What bounds are there is tried each time, in the same order; made-up values are many but weekly.
EXAMPLES = os.environ.get("LOCALIZE_EXAMPLES", "2")
REFUSED = "coverage,fuzzing" if "LOCALIZE_EXAMPLES" in os.environ else "coverage"
# All operations are tried weekly.
PATHS = {
    path
    for path in CONTRACT["paths"]
    if "LOCALIZE_EXAMPLES" in os.environ or hashlib.sha256(path.encode()).digest()[0] % 2
}
HTTPS = r"^https://[a-z]{1,9}\.example/[a-z]{0,9}$"
# What no schema of the vendor's says, and yet it asks for: a good request keeps these too.
RULES: dict[str, dict[str, Any]] = {
    "asset_id": {"pattern": "^[A-Za-z0-9_-]{1,20}$"},
    "callback_url": {"pattern": HTTPS},
    "checksum_sha256": {"pattern": "^[0-9a-f]{64}$"},
    "content_type": {"enum": ["video/mp4", "audio/mpeg", "application/pdf"]},
    "end_time": {"minimum": 10},
    "size_bytes": {"minimum": 1, "maximum": 1_000_000},
    "speaker_num": {"minimum": 1},
    "start_time": {"minimum": 0, "maximum": 9},
    "url": {"pattern": HTTPS},
}
LANGUAGES = {"enum": ["Spanish (Mexico)", "French", "Japanese"]}
NAMES = {"pattern": r"^[a-z]{1,60}$"}
IDS = {"pattern": "^[a-z]{1,9}(,[a-z]{1,9}){0,3}$", "type": "string"}


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for item in node:
            yield from _schemas(item)
    elif isinstance(node, dict):
        yield node
        for item in node.values():
            yield from _schemas(item)


def _contract() -> dict[str, Any]:
    """The contract, read as the vendor means it: a nullable choice may be null."""
    contract = copy.deepcopy(CONTRACT)
    for schema in _schemas(contract):
        if schema.get("nullable") is True and isinstance(schema.get("enum"), list):
            schema["enum"].append(None)
    return contract


def _narrowed(known: dict[str, str]) -> dict[str, Any]:
    """The contract, with what it leaves unsaid, and with ids that exist."""
    contract = _contract()
    # No schema says what bytes a file must have.
    del contract["paths"]["/v3/assets"]["post"]
    bodies = [contract["components"]["schemas"][name] for name in ("AssetUrl", "AssetId")]
    for path, methods in contract["paths"].items():
        for operation in methods.values():
            _amend_parameters(path, operation, known)
            content = operation.get("requestBody", {}).get("content", {})
            bodies += [kind["schema"] for kind in content.values()]
    for schema in (part for body in bodies for part in _schemas(body)):
        for name, field in schema.get("properties", {}).items():
            field.update(RULES.get(name, {}))
            if name == "output_languages":
                field["items"].update(LANGUAGES)
    glossary = contract["paths"]["/v3/brand-glossaries/{brand_glossary_id}"]["patch"]
    webhook = contract["paths"]["/v3/webhooks/endpoints/{endpoint_id}"]["patch"]
    for operation in (glossary, webhook, contract["paths"]["/v3/brand-glossaries"]["post"]):
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        schema["minProperties"] = 1
        schema["properties"].get("name", {}).update(NAMES)
    return contract


def _amend_parameters(path: str, operation: dict[str, Any], known: dict[str, str]) -> None:
    kept = []
    for parameter in operation.get("parameters", []):
        name = parameter.get("name", "")
        if parameter.get("in") == "path":
            parameter["schema"] = {"type": "string", "enum": [known.get(name, "none"), "none"]}
        if path.endswith("/statuses") and name.endswith("_ids"):
            parameter.update(schema=IDS, required=True)
        # Nobody can make up a token.
        if name != "token":
            kept.append(parameter)
    operation["parameters"] = kept


def _known(caller: Caller, clock: Clock) -> dict[str, str]:
    """One of everything, by the parameter that its id goes into."""
    source = {"type": "url", "url": "https://cdn.example.com/a"}
    batch = {"video_translations": [caller.order()]}
    lipsync = caller("POST", "/v3/lipsyncs", json={"video": source, "audio": source}).json()
    hooks = caller("POST", "/v3/webhooks/endpoints", json={"url": "https://a.example.com/"}).json()
    known = {
        "video_translation_id": caller.create(),
        "proofread_id": caller.proofread(),
        "lipsync_id": lipsync["data"]["lipsync_id"],
        "endpoint_id": hooks["data"]["endpoint_id"],
        "brand_glossary_id": "glossary-ja",
        "asset_id": caller.begin_upload(b"x")["asset_id"],
        "batch_id": caller("POST", "/v3/video-translations/batches", json=batch).json()["data"][
            "batch_id"
        ],
    }
    clock.now += RENDER_SECONDS + PROOFREAD_SECONDS
    return known


def _run(
    caller: Caller, contract: dict[str, Any], folder: Path, *options: str
) -> dict[str, set[int]]:
    """Run schemathesis, and give the hundreds of the statuses of each operation."""
    path = folder / "contract.json"
    paths = {name: methods for name, methods in contract["paths"].items() if name in PATHS}
    path.write_text(json.dumps({**contract, "paths": paths}))
    before = len(caller.sandbox.requests())
    program = str(Path(sys.executable).parent / "schemathesis")
    ran = subprocess.run(
        [
            *(program, "run", str(path), "--url", caller.sandbox.base_url),
            *("-H", f"x-api-key: {caller.sandbox.api_key}", *options),
            *("--generation-deterministic", "--no-shrink", "--warnings", "off", "--no-color"),
            *(
                "--suppress-health-check",
                "all",
                "--exclude-checks",
                "unsupported_method,allow_header_conformance",
            ),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    asked = caller.sandbox.requests()[before:]
    assert len(asked) > 80
    answers: dict[str, set[int]] = defaultdict(set)
    for note in asked:
        answers[f"{note.method} {note.route}"].add((note.status or 0) // 100)
    assert not any(5 in hundreds for hundreds in answers.values())
    return answers


def test_what_the_contract_allows_is_taken(
    start: Callable[..., Caller], tmp_path: Path, clock: Clock
) -> None:
    caller = start(max_jobs=None, balance=1e9)
    contract = _narrowed(_known(caller, clock))
    options = ("--mode", "positive", "--phases", "fuzzing", "--max-examples", EXAMPLES)
    answers = _run(caller, contract, tmp_path, *options)
    assert {name for name in OPERATIONS if 2 not in answers[name]} <= NEVER_TAKEN


def test_what_the_contract_does_not_allow_is_refused(
    start: Callable[..., Caller], tmp_path: Path
) -> None:
    caller = start(max_jobs=None, balance=1e9)
    options = ("--mode", "negative", "--phases", REFUSED, "--max-examples", EXAMPLES)
    answers = _run(caller, _contract(), tmp_path, *options)
    assert all(4 in answers[name] for name in OPERATIONS)
    assert caller.sandbox.jobs() == []


OPERATIONS = {
    f"{method.upper()} {path}" for path in PATHS for method in CONTRACT["paths"][path]
} - {"POST /v3/assets"}
# Which need more than one call made up from a schema can say.
NEVER_TAKEN = {
    "POST /v3/assets/{asset_id}/complete",
    "POST /v3/assets/complete/batches",
    "GET /v3/assets/batches/{batch_id}",
    "GET /v3/lipsyncs/batches/{batch_id}",
}
