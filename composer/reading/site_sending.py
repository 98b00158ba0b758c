"""The tables `[sending]`, `[limits]` and `[breaker]` of newsletter.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping

from composer.model.limits import (
    DomainGroup,
    Fuses,
    Limit,
    LimitSettings,
    SendingSettings,
    WarmUp,
)
from composer.reading.keys import (
    BREAKER,
    DOMAIN_LIMITS,
    PROVIDER,
    PROVIDER_LIMITS,
    SENDING,
    WARM_UP,
    Table,
)
from composer.reading.site_guards import span
from composer.reading.site_sheet import Sheet
from composer.reading.site_urls import host_name
from composer.reading.site_values import Spoken, Wrong, line, one_of, shown, whole
from composer.reading.suggest import near

_LIVE = ("smtp", "sendgrid")
_LIMITED = (*_LIVE, "outbox")
_WINDOWS_S = {
    **dict.fromkeys(("s", "sec", "second"), 1),
    **dict.fromkeys(("m", "min", "minute"), 60),
    **dict.fromkeys(("h", "hour"), 3_600),
    **dict.fromkeys(("d", "day"), 86_400),
}
_RATE = re.compile(r"(\d{1,9})\s*/\s*([a-z]+)")
_PERCENT = re.compile(r"(\d{1,3})\s*%")


def read_sending(sheet: Sheet) -> SendingSettings:
    """How long what is put off is tried, how much may go, and what is too much trouble."""
    usual = SendingSettings()
    return SendingSettings(
        retry_for_s=sheet.take(SENDING, "retry_for", span, usual.retry_for_s),
        wait_s=sheet.take(SENDING, "wait", span, usual.wait_s),
        processes=sheet.take(SENDING, "processes", whole(1, 64), usual.processes),
        limits=_limits(sheet),
        fuses=_fuses(sheet),
    )


def read_fallback(sheet: Sheet, kind: str, unset: Mapping[str, str]) -> tuple[str, ...]:
    """Kinds of providers that take over, in their order; `unset` are secrets by their kind."""

    def kinds(value: object) -> tuple[str, ...]:
        given = value.split(",") if isinstance(value, Spoken) else value
        if not isinstance(given, list):
            raise Wrong(f"{shown(value)} is not a list", 'fallback = ["sendgrid"]')
        found = tuple(one_of(*_LIVE)(name.strip() if name else name) for name in given)
        if kind in found or len(set(found)) < len(found):
            raise Wrong("a provider stands in it twice, or is the first one already", "name others")
        return found

    fallback: tuple[str, ...] = sheet.take(PROVIDER, "fallback", kinds, tuple[str, ...]())
    for other in fallback:
        if other in unset:
            hint = f"export {unset[other]}=…, or leave {other} out of fallback"
            place = sheet.found(*PROVIDER, "fallback").value
            sheet.report("missing-secret", f"the variable {unset[other]} is not set", hint, place)
    return fallback


def _limits(sheet: Sheet) -> LimitSettings:
    providers = {}
    for name in sheet.table(*PROVIDER_LIMITS):
        if name not in _LIMITED:
            spot = sheet.found(*PROVIDER_LIMITS, name).key
            sheet.report("value", f"there is no provider {shown(name)}", near(name, _LIMITED), spot)
        elif limits := _rates(sheet, PROVIDER_LIMITS, name):
            providers[name] = limits
    return LimitSettings(providers, _groups(sheet), _warm_up(sheet))


def _groups(sheet: Sheet) -> tuple[DomainGroup, ...]:
    groups: list[DomainGroup] = []
    seen: set[str] = set()
    for names in sheet.table(*DOMAIN_LIMITS):
        spot = sheet.found(*DOMAIN_LIMITS, names).key
        try:
            domains = tuple(host_name(name) for name in names.lower().split())
        except Wrong as wrong:
            sheet.report("value", wrong.problem, '"gmail.com googlemail.com" = "20/s"', spot)
            continue
        if not domains or seen & set(domains) or len(set(domains)) < len(domains):
            twice = ", ".join(sorted(seen & set(domains))) or names
            hint = "a domain is in one group; several limits of a group stand in a list"
            sheet.report("value", f"{shown(twice)} is limited twice", hint, spot)
            continue
        seen |= set(domains)
        if limits := _rates(sheet, DOMAIN_LIMITS, names):
            groups.append(DomainGroup(domains, limits))
    return tuple(groups)


def _rates(sheet: Sheet, table: Table, key: str) -> tuple[Limit, ...]:
    """The limits below a key that the site chose; none, and a finding, when they are wrong."""
    try:
        return _several(sheet.table(*table)[key])
    except Wrong as wrong:
        spot = sheet.found(*table, key).value
        sheet.report("value", f"{key}: {wrong.problem}", wrong.hint, spot)
        return ()


def _several(value: object) -> tuple[Limit, ...]:
    limits = tuple(_rate(one) for one in (value if isinstance(value, list) else [value]))
    if len({limit.window_s for limit in limits}) < len(limits):
        raise Wrong("two limits have the same window", "keep the smaller one")
    if not limits:
        raise Wrong("it is empty", "write a limit, or leave the key out")
    return limits


def _rate(value: object) -> Limit:
    match = _RATE.fullmatch(line(value).lower())
    window_s = _WINDOWS_S.get(match[2]) if match else None
    if match is None or window_s is None or int(match[1]) == 0:
        raise Wrong(f"{shown(value)} is not a limit", "write 20/s, 600/min, 5000/h or 100000/day")
    return Limit(int(match[1]), window_s)


def _warm_up(sheet: Sheet) -> WarmUp | None:
    provider = sheet.take(WARM_UP, "provider", one_of(*_LIVE), "")
    usual = WarmUp(provider)
    made = WarmUp(
        provider,
        first_day=sheet.take(WARM_UP, "first_day", whole(1, 1_000_000), usual.first_day),
        growth=sheet.take(WARM_UP, "growth", _growth, usual.growth),
        full=sheet.take(WARM_UP, "full", whole(1, 100_000_000), usual.full),
    )
    if sheet.table(*WARM_UP) and not provider:
        spot = sheet.found(*WARM_UP).key
        sheet.report("missing", "[limits.warm_up] needs 'provider'", 'provider = "smtp"', spot)
    return made if provider else None


def _growth(value: object) -> float:
    try:
        growth = float(value) if isinstance(value, int | float | Spoken) else 0.0
    except ValueError:
        growth = 0.0
    if isinstance(value, bool) or not 1 <= growth <= 10:
        raise Wrong(f"{shown(value)} is not how many times as many", "a number from 1 to 10: 1.5")
    return growth


def _fuses(sheet: Sheet) -> Fuses:
    usual = Fuses()
    return Fuses(
        domain_share=sheet.take(BREAKER, "policy", _share, usual.domain_share),
        pause_s=sheet.take(BREAKER, "pause", span, usual.pause_s),
        refused_share=sheet.take(BREAKER, "refused", _share, usual.refused_share),
        unknown_share=sheet.take(BREAKER, "unanswered", _share, usual.unknown_share),
    )


def _share(value: object) -> float:
    match = _PERCENT.fullmatch(line(value))
    if match is None or not 1 <= int(match[1]) <= 100:
        raise Wrong(f"{shown(value)} is not a share", "write 5%")
    return int(match[1]) / 100
