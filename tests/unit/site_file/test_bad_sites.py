"""A folder for each wrong newsletter.toml, with the exact message that it must give."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.errors import SourceError
from composer.reading.site_file import read_settings

BAD_SITES = Path(__file__).parents[2] / "bad_sites"


@pytest.mark.parametrize("site", sorted(BAD_SITES.iterdir()), ids=lambda path: path.name)
def test_a_wrong_site_file_tells_everything_at_once(site: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_settings(site, {})

    told = str(caught.value).replace(f"{site}/", "")
    assert told == (site / "expected.txt").read_text("utf-8").rstrip("\n")


@pytest.mark.parametrize("site", sorted(BAD_SITES.iterdir()), ids=lambda path: path.name)
def test_no_error_repeats_a_secret(site: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_settings(site, {})

    for secret in ("correct horse", "SG.not-a-variable", "hunter2", "user:secret"):
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value.findings)
