"""What the preview remembers between two days: where the last test of an issue went."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

#: Of the oldest, no more is kept.
MOST = 200


def last_address(state: Path, issue_id: str) -> str:
    """The address that the last test of the issue went to, or `""`."""
    return _read(state).get(issue_id, "")


def remember_address(state: Path, issue_id: str, address: str) -> None:
    """Keep it in `.newsletter/preview.json`, which only its owner may read.

    A folder that cannot be written to remembers nothing, and is no reason to send no test.
    """
    kept = _read(state)
    kept.pop(issue_id, None)
    kept = dict([*kept.items(), (issue_id, address)][-MOST:])
    text = json.dumps({"schema": 1, "tests": kept}, ensure_ascii=False, indent=2) + "\n"
    fresh = state / f"preview.json.{secrets.token_hex(4)}"
    with suppress(OSError):
        state.mkdir(mode=0o700, exist_ok=True)
        file = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            out.write(text)
        fresh.replace(state / "preview.json")


def _read(state: Path) -> dict[str, str]:
    try:
        content = json.loads((state / "preview.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    tests = content.get("tests") if isinstance(content, dict) else None
    return {str(k): str(v) for k, v in tests.items()} if isinstance(tests, dict) else {}
