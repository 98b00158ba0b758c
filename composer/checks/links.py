"""Where do links lead, and does a reader know before the click?"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from composer.checks.examined import Examined, Remark, Rule
from composer.checks.walk import for_everybody, plain, targets_of
from composer.model.finding import Fix, Severity
from composer.model.issue import Fragment, Position

#: Words that say nothing of where a link leads, by language.
_SAYS_NOTHING = {
    "en": "here|click here|click|this|this link|link|more|read more|learn more|details|this page",
    "de": "hier|hier klicken|klick|klicken sie hier|link|mehr|weiterlesen|mehr lesen|details",
    "fr": "ici|cliquez ici|cliquer ici|lien|ce lien|plus|lire la suite|en savoir plus|détails",
    "es": "aquí|haga clic aquí|haz clic aquí|enlace|este enlace|más|leer más|ver más|detalles",
}
#: Each names one reader, or one click of one: whoever copied the link stands in it.
_NAMES_A_READER = frozenset({
    "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid",
    "igshid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "oly_enc_id", "oly_anon_id",
})  # fmt: skip
_UTM = re.compile(r"utm_[a-z]+")
_SHORTENERS = frozenset({
    "bit.ly", "tinyurl.com", "goo.gl", "t.co", "ow.ly", "is.gd", "v.gd", "buff.ly", "cutt.ly",
    "rb.gy", "tiny.cc", "shorturl.at", "t.ly", "rebrand.ly", "lnkd.in", "fb.me", "dlvr.it",
    "s.id", "x.gd", "1url.com",
})  # fmt: skip
_REFUSED_FILES = frozenset({
    "exe", "msi", "bat", "cmd", "com", "scr", "pif", "vbs", "js", "jar", "ps1", "apk", "dmg",
    "pkg", "iso", "img", "docm", "xlsm", "pptm", "zip", "rar", "7z", "gz", "tgz",
})  # fmt: skip
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[\w-]+(?:\.[\w-]+)+")
_SAYS_HOST = re.compile(
    r"(?:https?://)?(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:/\S*)?", re.IGNORECASE
)
_MAILTO_FIELDS = frozenset({"subject", "body", "cc", "bcc", "to", "in-reply-to"})


def _hosts(examined: Examined) -> Iterator[tuple[str, str, Position]]:
    """Every link to a web page: the URL up to a reader's value, its host, and its place."""
    for target, _, at in examined.targets:
        url = _fixed_part(target)
        if url.lower().startswith(("http://", "https://")):
            yield url, _host(url), at


def _fixed_part(target: Fragment) -> str:
    return target[0] if target and isinstance(target[0], str) else ""


@lru_cache(maxsize=8192)
def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]


@cache
def _empty_words(language: str) -> frozenset[str]:
    return frozenset(_SAYS_NOTHING.get(language, "").split("|")) - {""}


def text_says_nothing(examined: Examined) -> Iterator[Remark]:
    """Those who listen, or skim, meet links without the sentence around them."""
    nothing = _empty_words(examined.issue.locale.partition("-")[0].lower())
    for target, words, at in examined.targets:
        bare = " ".join(words.casefold().split()).strip(" .…:!>→»")
        if bare in nothing:
            hint = "let the words say what is there: [the minutes of May](https://…)"
            yield Remark(f"{words!r} does not say where the link leads", hint, at)
        elif words.startswith(("http://", "https://")) and len(words) > 40:
            yield Remark(
                f"the link's words are a URL of {len(words)} characters",
                "write words: [the minutes of May](https://…)",
                at,
            )
        elif (said := _another_host(words, target)) is not None:
            yield Remark(
                f"the link says {said[0]} and leads to {said[1]}; filters take that for a fraud",
                "let the words say the host that it leads to, or none",
                at,
            )


def _another_host(words: str, target: Fragment) -> tuple[str, str] | None:
    """What host the words name, and to what other one the link leads."""
    url = _fixed_part(target)
    said = _SAYS_HOST.fullmatch(words)
    explicit = words.lower().startswith(("http://", "https://", "www."))
    if said is None or not explicit or not url.lower().startswith("http"):
        return None
    named, host = said[1].lower(), _host(url).removeprefix("www.")
    related = named == host or host.endswith(f".{named}") or named.endswith(f".{host}")
    return None if related or not host else (named, host)


def same_text(examined: Examined) -> Iterator[Remark]:
    """Two links with the same words lead to different pages."""
    nothing = _empty_words(examined.issue.locale.partition("-")[0].lower())
    first: dict[str, tuple[str, Position]] = {}
    everybody = for_everybody(examined.issue)
    for target, words, at in targets_of(everybody):
        key = " ".join(words.casefold().split())
        url = plain(target)
        if not key or key in nothing:
            continue
        there, where = first.setdefault(key, (url, at))
        if there.rstrip("/") != url.rstrip("/"):
            yield Remark(
                f"{words!r} led to another page on line {where.line}",
                "say in the words what differs",
                at,
            )


def tracking(examined: Examined) -> Iterator[Remark]:
    """A link that was copied with the marks of somebody's click."""
    own = _host(examined.settings.newsletter.base_url)
    for url, host, at in _hosts(examined):
        names = [name for name, _ in parse_qsl(_query(url), keep_blank_values=True)]
        personal = [n for n in names if n.lower() in _NAMES_A_READER]
        campaign = [n for n in names if _UTM.fullmatch(n.lower())]
        place = examined.prose.find(url, at)
        if personal:
            clean = _without(url, set(personal))
            found = examined.source.startswith(url, examined.prose.offset(place))
            yield Remark(
                f"{', '.join(personal)} in the link names whoever copied it",
                f"write {clean}",
                place,
                fix=Fix(url, clean) if found and clean != url else None,
            )
        if campaign and not _below(host, own):
            yield Remark(
                f"{', '.join(campaign)} tells {host} where the readers came from",
                "take it out, unless that site asked for it",
                place,
                fix=None,
            )


def _without(url: str, names: set[str]) -> str:
    head, mark, anchor = url.partition("#")
    page, _, query = head.partition("?")
    kept = [p for p in query.split("&") if unquote(p.partition("=")[0]) not in names]
    return page + ("?" + "&".join(kept) if kept else "") + mark + anchor


def _below(host: str, own: str) -> bool:
    """Whether both are of one domain: `www.`, `news.` and the like do not count."""
    parts = own.split(".")
    domain = ".".join(parts[-2:] if len(parts) < 3 or len(parts[-2]) > 3 else parts[-3:])
    return host == domain or host.endswith(f".{domain}")


def shortener(examined: Examined) -> Iterator[Remark]:
    """Filters distrust it, readers cannot see where it leads, and it dies with its service."""
    for url, host, at in _hosts(examined):
        if host.removeprefix("www.") in _SHORTENERS:
            yield Remark(f"{url} hides where it leads", "write the page's own address", at)


def credentials(examined: Examined) -> Iterator[Remark]:
    """A name and a password would go to every reader."""
    for url, host, at in _hosts(examined):
        if "@" in urlsplit(url).netloc if host else False:
            yield Remark(
                f"the link to {host} has a user name or a password in it",
                f"write https://{host}/…, and change that password if it was one",
                at,
            )


def ip_host(examined: Examined) -> Iterator[Remark]:
    """Filters take a number in place of a name for phishing."""
    for _, host, at in _hosts(examined):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            continue
        if not host.startswith("127."):  # link/syntax tells of the reader's own machine
            yield Remark(f"the link leads to the number {host}", "write the name of the host", at)


def mailto(examined: Examined) -> Iterator[Remark]:
    """A mail link that opens a letter to nobody (RFC 6068)."""
    for target, _, at in examined.targets:
        url = _fixed_part(target)
        if not url.lower().startswith("mailto:"):
            continue
        to, _, query = url[7:].partition("?")
        wrong = [a for a in to.split(",") if a and not _ADDRESS.fullmatch(unquote(a))]
        fields = [part.partition("=")[0].lower() for part in query.split("&") if part]
        unknown = [name for name in fields if name not in _MAILTO_FIELDS]
        if wrong or (not to and "to" not in fields):
            yield Remark(
                f"{wrong[0] if wrong else url!r} is not an address", "mailto:desk@example.org", at
            )
        elif unknown:
            yield Remark(
                f"mail programs know no {unknown[0]!r} in a mailto: link",
                "subject, body, cc and bcc; a space is %20 and & is %26",
                at,
            )


def file_type(examined: Examined) -> Iterator[Remark]:
    """Filters stop messages that link to programs and archives."""
    for url, _, at in _hosts(examined):
        path = url.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]
        ending = path.rpartition(".")[2].lower() if "." in path else ""
        if ending in _REFUSED_FILES:
            yield Remark(
                f"the link leads to a .{ending} file, and filters stop such messages",
                "link to a page from which it can be loaded",
                at,
            )


def homograph(examined: Examined) -> Iterator[Remark]:
    """A host with letters of two scripts looks like another one."""
    for _, host, at in _hosts(examined):
        for label in _unicode(host).split("."):
            scripts = {_script(c) for c in label if c.isalpha()}
            if len(scripts & {"LATIN", "CYRILLIC", "GREEK"}) > 1:
                mixed = " and ".join(sorted(s.title() for s in scripts))
                yield Remark(
                    f"the host {host} mixes {mixed} letters, as forged addresses do",
                    "type the address anew",
                    at,
                )
                break


def _unicode(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


_E, _W = Severity.ERROR, Severity.WARNING

RULES = (
    Rule("link/text", _W, "words that do not say where a link leads", text_says_nothing),
    Rule("link/same-text", _W, "the same words lead to different pages", same_text),
    Rule("link/tracking", _W, "a link with the marks of somebody's click", tracking),
    Rule("link/shortener", _W, "a link that hides where it leads", shortener),
    Rule("link/credentials", _E, "a name or password in a link", credentials),
    Rule("link/ip-host", _W, "a link to a number", ip_host),
    Rule("link/mailto", _E, "a mail link to nobody", mailto),
    Rule("link/file-type", _W, "a link to a program or an archive", file_type),
    Rule("link/homograph", _E, "a host with letters of two scripts", homograph),
)
