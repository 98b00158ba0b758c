"""Make `composer/checks/tables/mjml.json`: what npm's mjml allows, as its own code says it.

python -m scripts.make_mjml_schema [VERSION]        (needs node, npm and the network)
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

TABLE = Path(__file__).parents[1] / "composer" / "checks" / "tables" / "mjml.json"
#: The major version whose rules we hold to.
NEWEST = "5"

#: Prints one JSON document: components with their attributes, and who may stand in whom.
EXTRACT = r"""
const preset = require("mjml-preset-core");
const { components, dependencies } = preset.default || preset;
const colors = require("mjml-core/lib/types/helpers/colors");
const name = (c) => c.componentName || c.getTagName();
const made = { version: require("mjml/package.json").version, components: {}, children: {} };
for (const c of components) {
  made.components[name(c)] = { ending: !!c.endingTag, attributes: c.allowedAttributes || {} };
}
// A pattern stands for everything.
for (const [parent, inside] of Object.entries(dependencies)) {
  made.children[parent] = inside.some((c) => c instanceof RegExp) ? ["*"] : inside;
}
made.colors = colors.default || colors;
console.log(JSON.stringify(made));
"""


def main(version: str = NEWEST) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "package.json").write_text("{}")
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", f"mjml@{version}"], place)
        (place / "extract.cjs").write_text(EXTRACT)
        said = json.loads(_run(["node", "extract.cjs"], place))
    table = {
        "source": "mjml-preset-core and mjml-core of https://github.com/mjmlio/mjml",
        "licence": "MIT, Copyright (c) Mailjet",
        "version": said["version"],
        "made": datetime.now(tz=UTC).date().isoformat(),
        "colors": " ".join(sorted(said["colors"])),
        "children": {parent: sorted(inside) for parent, inside in sorted(said["children"].items())},
        "components": dict(sorted(said["components"].items())),
    }
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(_compact(table), encoding="utf-8")
    print(f"{TABLE.name}: mjml {table['version']}, {len(said['components'])} components")


def _compact(table: dict[str, object]) -> str:
    """JSON with a line for each component, so that a diff can be read."""
    lines = []
    for key, value in table.items():
        if isinstance(value, dict):
            rows = (f"    {json.dumps(k)}: {_small(v)}" for k, v in value.items())
            lines.append(f"  {json.dumps(key)}: {{\n" + ",\n".join(rows) + "\n  }")
        else:
            lines.append(f"  {json.dumps(key)}: {_small(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _small(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own words and a version
    return done.stdout


if __name__ == "__main__":
    main(*sys.argv[1:2])
