"""A real bulletin goes through: imported, rendered, and in every reader's box."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT, SiteFolder

REAL = next(iter((ROOT.parent / "shared" / "real").glob("*.txt")), ROOT / "no-such-file")

pytestmark = pytest.mark.skipif(
    not REAL.exists(), reason="the real bulletin is somebody's copyright and not in the repository"
)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def test_the_real_bulletin_arrives_whole_in_both_parts(site: SiteFolder) -> None:
    imported = site.run("--json", "import", str(REAL))
    assert imported.code == 0, imported.err
    assert imported.document["counts"]["sections"] == 4
    assert imported.document["counts"]["citations"] == 4
    assert imported.document["counts"]["notes"] == 1
    name = Path(imported.document["path"]).parent.name

    assert site.run("check", name).code == 0
    assert site.run("render", name).code == 0
    sent = site.run("--json", "send", name, "--segment", "everyone", "--confirm", "everyone 5")
    assert sent.code == 0, sent.err
    assert sent.document["accepted"] == 5

    message = email.message_from_bytes(site.mail[0].read_bytes(), policy=email.policy.default)
    text, html = (part.get_content() for part in message.iter_parts())
    bare = re.sub(r"<!--.*?-->|<style.*?</style>", "", html, flags=re.DOTALL)
    shown = re.sub(r"<[^>]+>|&[a-z#0-9]+;", " ", bare)
    source = REAL.read_text(encoding="utf-8")
    for paragraph in _paragraphs(source):
        assert " ".join(words(paragraph)) in " ".join(words(text))
        assert " ".join(words(paragraph)) in " ".join(words(shown))
    authors = re.search(r"^\w+ \d+, \d{4} (.+)$", source, flags=re.MULTILINE)
    assert authors is not None
    assert len(authors[1].split(", ")) == 3
    for author in authors[1].split(", "):
        assert author in text
        assert author in html
    assert len(re.findall(r"^\(.*, \d{4}\)\r?$", text, flags=re.MULTILINE)) == 4


def _paragraphs(source: str) -> list[str]:
    """The long paragraphs without citation and note, whose form is another in the letter."""
    found = []
    for block in source.split("\n\n"):
        body = re.split(r"\(\*?[^()]+, \d{4}\)", block)[0].strip()
        if len(body) > 200 and not body.startswith("Related"):
            found.append(body.replace("*", ""))
    return found
