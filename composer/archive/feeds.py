"""Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1, and the sitemap: made with a writer of XML."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from composer.archive.entries import Entry
from composer.model.settings import NewsletterSettings

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
#: Readers' programs fetch a feed often; the archive itself has the rest.
MOST_ENTRIES = 30

#: The HTML of an entry, its addresses whole.
Body = Callable[[Entry], str]


def atom(entries: Sequence[Entry], newsletter: NewsletterSettings, body: Body) -> bytes:
    """An Atom feed with the whole text of each issue."""
    feed = _element("feed", {"xmlns": ATOM, "xml:lang": newsletter.locale})
    url = newsletter.base_url
    _add(feed, "id", f"{url}/archive/")
    _add(feed, "title", newsletter.name)
    _add(feed, "updated", _stamp(_newest(entries)))
    _add(
        feed, "link", "", {"rel": "self", "type": "application/atom+xml", "href": f"{url}/feed.xml"}
    )
    _add(feed, "link", "", {"rel": "alternate", "type": "text/html", "href": f"{url}/archive/"})
    author = _add(feed, "author", "")
    _add(author, "name", newsletter.publisher or newsletter.name)
    for entry in entries[:MOST_ENTRIES]:
        item = _add(feed, "entry", "", {"xml:lang": entry.issue.locale})
        address = f"{url}/{entry.path}"
        _add(item, "id", address)
        _add(item, "title", entry.issue.title)
        _add(item, "link", "", {"rel": "alternate", "type": "text/html", "href": address})
        _add(item, "published", _stamp(entry.date))
        _add(item, "updated", _stamp(entry.date))
        for name in entry.issue.authors:
            _add(_add(item, "author", ""), "name", name)
        for name in entry.issue.categories:
            _add(item, "category", "", {"term": name})
        if summary := str(entry.view.issue.preheader.striptags()):
            _add(item, "summary", summary)
        _add(item, "content", body(entry), {"type": "html"})
    return _written(feed)


def rss(entries: Sequence[Entry], newsletter: NewsletterSettings, body: Body) -> bytes:
    """RSS 2.0 with the whole text of each issue in `content:encoded`."""
    url = newsletter.base_url
    names = {"xmlns:content": CONTENT, "xmlns:atom": ATOM, "xmlns:dc": DUBLIN_CORE}
    feed = _element("rss", {"version": "2.0", **names})
    channel = _add(feed, "channel", "")
    _add(channel, "title", newsletter.name)
    _add(channel, "link", f"{url}/archive/")
    _add(channel, "description", newsletter.reason or newsletter.name)
    _add(channel, "language", newsletter.locale)
    _add(channel, "lastBuildDate", _rfc_822(_newest(entries)))
    self_link = {"rel": "self", "type": "application/rss+xml", "href": f"{url}/rss.xml"}
    _add(channel, "atom:link", "", self_link)
    for entry in entries[:MOST_ENTRIES]:
        item = _add(channel, "item", "")
        address = f"{url}/{entry.path}"
        _add(item, "title", entry.issue.title)
        _add(item, "link", address)
        _add(item, "guid", address, {"isPermaLink": "true"})
        _add(item, "pubDate", _rfc_822(entry.date))
        for name in entry.issue.authors:
            _add(item, "dc:creator", name)
        for name in entry.issue.categories:
            _add(item, "category", name)
        summary = str(entry.view.issue.preheader.striptags())
        _add(item, "description", summary or entry.issue.title)
        _add(item, "content:encoded", body(entry))
    return _written(feed)


def json_feed(entries: Sequence[Entry], newsletter: NewsletterSettings, body: Body) -> bytes:
    """JSON Feed 1.1."""
    url = newsletter.base_url
    items = [
        {
            "id": f"{url}/{entry.path}",
            "url": f"{url}/{entry.path}",
            "title": entry.issue.title,
            "language": entry.issue.locale,
            "date_published": _stamp(entry.date),
            "authors": [{"name": name} for name in entry.issue.authors],
            "tags": list(entry.issue.categories),
            "summary": str(entry.view.issue.preheader.striptags()),
            "content_html": body(entry),
        }
        for entry in entries[:MOST_ENTRIES]
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": newsletter.name,
        "home_page_url": f"{url}/archive/",
        "feed_url": f"{url}/feed.json",
        "language": newsletter.locale,
        "authors": [{"name": newsletter.publisher or newsletter.name}],
        "items": items,
    }
    return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()


def sitemap(paths: Sequence[tuple[str, date | None]], newsletter: NewsletterSettings) -> bytes:
    """Every page's address, with its day where it has one."""
    root = _element("urlset", {"xmlns": SITEMAP})
    for path, day in paths:
        url = _add(root, "url", "")
        _add(url, "loc", f"{newsletter.base_url}/{path}")
        if day is not None:
            _add(url, "lastmod", day.isoformat())
    return _written(root)


def _newest(entries: Sequence[Entry]) -> date:
    return max((entry.date for entry in entries), default=date(1970, 1, 1))


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _stamp(day: date) -> str:
    return _moment(day).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc_822(day: date) -> str:
    return format_datetime(_moment(day))


def _element(name: str, attributes: dict[str, str]) -> ET.Element:
    return ET.Element(name, attributes)


def _add(
    parent: ET.Element, name: str, text: str, attributes: dict[str, str] | None = None
) -> ET.Element:
    child = ET.SubElement(parent, name, attributes or {})
    child.text = text or None
    return child


def _written(root: ET.Element) -> bytes:
    ET.indent(root, " ")
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()
