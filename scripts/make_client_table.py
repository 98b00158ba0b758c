"""Make `composer/checks/tables/clients.json`: what mail programs support, as caniemail.com tested.

python -m scripts.make_client_table [VERSION]        (needs npm and the network)
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "composer" / "checks" / "tables" / "clients.json"
NEWEST = "2"
#: Windows Mail was switched off at the end of 2024; Outlook on Windows stands for itself.
GONE = frozenset({("outlook", "windows-mail")})
#: Not for letters: a format of its own, and a picture beside the sender's name.
NOT_HTML = frozenset({"others"})
LONGEST_NOTE = 160


def main(version: str = NEWEST) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "package.json").write_text("{}")
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", f"caniemail@{version}"]
        subprocess.run(command, cwd=place, check=True)  # noqa: S603 - our own words and a version
        package = place / "node_modules" / "caniemail"
        data = json.loads((package / "data" / "caniemail.json").read_text(encoding="utf-8"))
        made = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    clients = _clients(data)
    features = {
        feature["slug"]: _slim(feature, clients)
        for feature in sorted(data["data"], key=lambda f: str(f["slug"]))
        if feature["category"] not in NOT_HTML
    }
    table = {
        "source": "https://www.caniemail.com by Rémi Parmentier, through npm's caniemail",
        "licence": "MIT",
        "version": made,
        "date": data["last_update_date"][:10],
        "clients": clients,
        "features": features,
    }
    TABLE.write_text(_compact(table), encoding="utf-8")
    size = TABLE.stat().st_size / 1000
    print(f"{TABLE.name}: {len(features)} features of {table['date']}, {size:.0f} kB")


def _slim(feature: Mapping[str, Any], clients: Iterable[str]) -> dict[str, object]:
    """Title, and for each client, in their order, the value of its newest version.

    `y` yes, `a` partly, `n` no, `u` not known, `-` not tested, with the numbers of its notes:
    `a1,3`.
    """
    stats = dict.fromkeys(clients, "-")
    for family, platforms in feature["stats"].items():
        for platform, versions in platforms.items():
            if versions and (family, platform) not in GONE:
                newest = list(versions.values())[-1]
                stats[f"{family}.{platform}"] = newest[0] + ",".join(re.findall(r"\d+", newest))
    used = {number for value in stats.values() for number in re.findall(r"\d+", value)}
    notes = feature.get("notes_by_num") or {}
    return {
        "title": " ".join(feature["title"].split()),
        "stats": " ".join(stats.values()),
        "notes": {n: _short(text) for n, text in notes.items() if n in used},
    }


def _short(note: str) -> str:
    """Without links and marks, cut at a word."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", note)
    text = re.sub(r"<(a|code|em|strong)\b[^>]*>(.*?)</\1>", r"\2", text)
    text = " ".join(text.replace("`", "").split())
    if len(text) <= LONGEST_NOTE:
        return text
    return text[:LONGEST_NOTE].rsplit(" ", 1)[0] + " …"


def _clients(data: Mapping[str, Any]) -> dict[str, str]:
    """`gmail.ios` → `Gmail (iOS)`, for every client that was tested."""
    nice = data["nicenames"]
    found = {
        (family, platform)
        for feature in data["data"]
        for family, platforms in feature["stats"].items()
        for platform in platforms
    }
    return {
        f"{family}.{platform}": f"{nice['family'].get(family, family)} "
        f"({nice['platform'].get(platform, platform)})"
        for family, platform in sorted(found - GONE)
    }


def _compact(table: Mapping[str, Any]) -> str:
    """JSON with a line for each feature, so that a diff can be read."""
    lines = [f"{json.dumps(k)}: {_small(v)}" for k, v in table.items() if k != "features"]
    rows = ",\n".join(f"{json.dumps(k)}: {_small(v)}" for k, v in table["features"].items())
    return "{\n" + ",\n".join([*lines, f'"features": {{\n{rows}\n}}']) + "\n}\n"


def _small(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main(*sys.argv[1:2])
