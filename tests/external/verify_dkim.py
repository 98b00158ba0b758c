"""Have npm's mailauth judge our signatures, whole and tampered with, by a fake DNS.

    npm install --prefix FOLDER mailauth
    python -m tests.external.verify_dkim FOLDER

It needs Node and is no part of the test suite: dkimpy judges there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from composer.model.settings import DkimKey, DkimSettings
from composer.providers.smtp.dkim_keys import make_key, open_signer, record
from tests.unit.providers.letters import AT, MESSAGE, delivery

DOMAIN = "news.example.org"
SCRIPT = Path(__file__).with_name("verify.mjs")

#: What somebody might do on the way, and whether the signatures must then hold.
CHANGES: dict[str, tuple[Callable[[bytes], bytes], bool]] = {
    "nothing": (lambda m: m, True),
    "blanks and empty lines": (lambda m: m.replace(b" +0000", b"\r\n\t+0000", 1) + b"\r\n", True),
    "a second From": (lambda m: b"From: x@news.example.org\r\n" + m, False),
    "a second Subject": (lambda m: b"Subject: Buy\r\n" + m, False),
    "a second List-Unsubscribe": (
        lambda m: b"List-Unsubscribe: <https://x.example>\r\n" + m,
        False,
    ),
    "a second List-ID": (lambda m: b"List-ID: <x.example.net>\r\n" + m, False),
    "another body": (lambda m: m.replace(b"Dear", b"Deer"), False),
    "a line at the end": (lambda m: m + b"Advertisement\r\n", False),
}


def main() -> None:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "node_modules" / "mailauth").is_dir():
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = []
        records = {}
        for kind in ("rsa", "ed25519"):
            made = record(make_key(kind, folder / f"{kind}.pem"), kind, DOMAIN)
            records[made.name] = made.text
            keys.append(DkimKey(kind, str(folder / f"{kind}.pem")))
        signer = open_signer(DkimSettings(DOMAIN, tuple(keys)))
        chunks = MESSAGE.chunks(delivery(1, first_name="Zoë \t ."), AT)
        message = signer.signatures(chunks, AT) + b"".join(chunks)
        paths = []
        for number, (change, _) in enumerate(CHANGES.values()):
            paths.append(folder / f"{number}.eml")
            paths[-1].write_bytes(change(message))
        (folder / "records.json").write_text(json.dumps(records), "utf-8")
        found = judged(Path(sys.argv[1]), folder / "records.json", paths)
    wrong = 0
    for (what, (_, holds)), results in zip(CHANGES.items(), found, strict=True):
        told = {one["algorithm"]: one["result"] for one in results}
        right = len(told) == 2 and all((result == "pass") is holds for result in told.values())
        wrong += not right
        sys.stdout.write(f"{'ok ' if right else 'BAD'} {what}: {told}\n")
    raise SystemExit(1 if wrong else 0)


def judged(npm: Path, records: Path, paths: list[Path]) -> list[list[dict[str, str]]]:
    """The script runs in a copy beside the packages, where Node looks for them."""
    node = shutil.which("node")
    if node is None:
        raise SystemExit("there is no node")
    script = shutil.copy(SCRIPT, npm / SCRIPT.name)
    ran = subprocess.run(  # noqa: S603 - our own script
        [node, script, str(records), *map(str, paths)], capture_output=True, text=True, check=True
    )
    found: list[list[dict[str, str]]] = json.loads(ran.stdout)
    return found


if __name__ == "__main__":
    main()
