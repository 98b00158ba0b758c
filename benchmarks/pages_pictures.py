"""The readers' pages for README and docs: the form on a desk, the preferences on a dark phone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from composer.web.public.door import public_app
from tests.servers.public import on_a_port
from tests.unit.public.sites import House

TOML = """\
[newsletter]
name = "Harbour Watch"
from = "Harbour Watch <desk@news.example.org>"
base_url = "https://news.example.org"
postal_address = "12 Quay Street, Port Example"
publisher = "The Quayside Institute"
[subscribers.fields]
topics = "set"
[public.topics]
topics = ["policy", "energy", "ports"]
[public.labels.en]
policy = "Trade policy"
energy = "Energy"
ports = "Ports and shipping"
"""


def shots(browser: Browser, place: Path) -> tuple[bytes, bytes]:
    """The form by day, and the preferences by night."""
    house = House.at(place / "pages", TOML)
    token = house.join(topics="energy")
    with on_a_port(public_app(house.front)) as address:
        desk = _shot(browser, f"{address}/subscribe", (720, 824), dark=False)
        phone = _shot(browser, f"{address}/preferences/{token}", (375, 780), dark=True)
    return desk, phone


def _shot(browser: Browser, address: str, size: tuple[int, int], *, dark: bool) -> bytes:
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        device_scale_factor=2,
    )
    page.goto(address)
    taken = page.screenshot()
    page.close()
    return taken
