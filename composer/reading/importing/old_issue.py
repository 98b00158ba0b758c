"""An old issue, in whatever form it was kept, as the text of an `issue.md`."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from composer.reading.importing import escape
from composer.reading.importing.dates import CITATION
from composer.reading.importing.imported import Counts, Draft, Imported
from composer.reading.importing.plain import read_plain
from composer.reading.site_values import slug
from composer.reading.yaml_text import front_matter

Kind = Literal["text", "html", "markdown"]


def import_issue(text: str, *, kind: Kind, today: date) -> Imported:
    """Turn an old issue into an `issue.md`; never fails, and loses no word without saying so.

    `today` is the date of an issue that tells none.
    """
    cleaned, dropped = escape.clean(text)
    draft = _read(cleaned, kind, today)
    if dropped:
        draft.leave(1, f"{dropped} control characters", "nobody sees them")
    if draft.date is None:
        draft.leave(1, "(no date)", f"today's was written: {today}")
    body = "\n\n".join(draft.blocks)
    left_out = tuple(sorted(draft.left_out, key=lambda entry: entry.line))
    name = (
        re.sub(r"[^\w.-]+", "-", draft.number).strip("-._") or slug(draft.slug or draft.title)[:60]
    )
    return Imported(
        markdown=f"{front_matter(draft.front())}\n{body}\n",
        left_out=left_out,
        issue_name=name.strip("-") or "imported",
        counts=Counts(
            sections=len(re.findall(r"^## ", body, re.MULTILINE)),
            citations=len(CITATION.findall(body)),
            notes=len(re.findall(r"^:::note$", body, re.MULTILINE)),
            words=len(body.split()),
        ),
        pictures=tuple(dict.fromkeys(draft.pictures)),
    )


def _read(text: str, kind: Kind, today: date) -> Draft:
    match kind:
        case "html":
            # lxml takes 30 ms to import, and few issues are HTML.
            from composer.reading.importing.hypertext import read_html  # noqa: PLC0415

            return read_html(text, today=today)
        case "markdown":
            from composer.reading.importing.markdown import read_markdown  # noqa: PLC0415

            return read_markdown(text, today=today)
        case _:
            return read_plain(text, today=today)
