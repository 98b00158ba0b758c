"""Approved pictures as files, and the page that shows what differs; the camera is a fake."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from composer.errors import ConfigError
from composer.model.edition import InlineImage
from composer.snapshots.camera import VIEWS, Camera, View, find_chromium, with_pictures
from composer.snapshots.change import Change, Difference, Kind
from composer.snapshots.gallery import Gallery, State, approve, visit
from composer.snapshots.judge import Verdict
from composer.snapshots.report import report
from composer.snapshots.shot import Shot

SHOTS = [
    Shot("ben.en.b", "<p>Hello</p>", "", ""),
    Shot("ben.en.a", "<p>Hello</p>", "", ""),
    Shot("ana.en", "<p>Hello <b>Ana</b></p>", "", ""),
]


@dataclass
class Painter(Camera):
    """Paints a page of one colour instead of looking at the letter."""

    colour: str = "#ffffff"

    def take(self, html: str, images: Sequence[InlineImage]) -> Iterator[tuple[View, bytes]]:
        for view in VIEWS:
            out = io.BytesIO()
            Image.new("RGB", (view.width, len(html)), self.colour).save(out, "PNG")
            yield view, out.getvalue()


def painter(colour: str) -> Painter:
    return Painter("1.0", None, colour=colour)  # type: ignore[arg-type]


def states(gallery: Gallery) -> set[State]:
    return {frame.state for frame in gallery.frames}


def test_letters_that_look_the_same_are_taken_once(tmp_path: Path) -> None:
    gallery = visit("x", tmp_path, SHOTS, painter("#fff"))

    expected = [f"{name}.{view}" for name in ("ana.en", "ben.en.a") for view in VIEWS]
    assert [frame.name for frame in gallery.frames] == expected
    assert states(gallery) == {State.MISSING}
    assert list(tmp_path.iterdir()) == []


def test_what_was_approved_is_the_same_until_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"x")
    first = visit("x", tmp_path, SHOTS, painter("#fff"))
    assert State.LEFT_OVER in states(first)
    assert "old.png" in approve(tmp_path, first, "1.0")

    again = visit("x", tmp_path, SHOTS, painter("#fff"))
    assert again.clean
    assert again.browser == "1.0"
    assert approve(tmp_path, again, "1.0") == []

    changed = visit("x", tmp_path, SHOTS, painter("#000"))
    assert states(changed) == {State.CHANGED}
    approve(tmp_path, changed, "1.0")
    assert visit("x", tmp_path, SHOTS, painter("#000")).clean


def test_an_approved_file_that_is_no_picture_is_told(tmp_path: Path) -> None:
    approve(tmp_path, visit("x", tmp_path, SHOTS, painter("#fff")), "1.0")
    (tmp_path / "ana.en.light-375.png").write_bytes(b"<<<<<<< HEAD")

    (frame,) = visit("x", tmp_path, SHOTS, painter("#fff")).troubled

    assert "this is no picture" in frame.note


def test_the_report_shows_pictures_and_words_and_lets_nothing_out_of_its_text(
    tmp_path: Path,
) -> None:
    approve(tmp_path, visit("x", tmp_path, SHOTS, painter("#fff")), "1.0")
    gallery = visit("x", tmp_path, SHOTS, painter("#000"))
    change = Change(Kind.WORDS, "<script>", before="nine", after="<img onerror=x>")
    verdict = Verdict("x", 3, differences=(Difference("ana.en", (change,)),))

    page = report([verdict], [gallery])

    assert page.count("data:image/png;base64,") == 3 * len(gallery.frames)
    assert "<del>nine</del> <ins>&lt;img onerror=x&gt;</ins>" in page
    assert "<script" not in page
    assert "<img onerror" not in page
    clean = visit("x", tmp_path, SHOTS, painter("#fff"))
    assert "Everything looks as it was approved" in report([Verdict("x", 3)], [clean])


def test_pictures_of_a_letter_stand_in_it() -> None:
    image = InlineImage("one@x", "one.png", "image/png", b"abc")

    assert with_pictures('<img src="cid:one@x">', [image]) == (
        '<img src="data:image/png;base64,YWJj">'
    )
    assert with_pictures('<img src="cid:two@x">', [image]) == '<img src="cid:two@x">'


def test_chromium_is_the_one_that_is_named_or_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "chrome"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="no Chromium") as caught:
        find_chromium({}, str(own))
    assert "playwright install chromium" in caught.value.hint
    own.touch()
    assert find_chromium({}, str(own)) == str(own)
    assert find_chromium({"NEWSLETTER_CHROMIUM": str(own)}, "") == str(own)
