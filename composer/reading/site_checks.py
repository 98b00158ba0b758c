"""The table `[checks]` of newsletter.toml: what the site thinks of the checks."""

from __future__ import annotations

import re
from collections.abc import Callable

from composer.model.finding import Severity
from composer.model.settings import CLIENTS, CheckSettings
from composer.reading.keys import CHECKS, SEVERITY, SPELLING, Table
from composer.reading.site_sheet import Sheet
from composer.reading.site_values import Wrong, line, one_of, shown

_LEVELS = one_of("error", "warning", "off", other={"none": "off", "warn": "warning"})
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?")
_CLIENT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)?")


def read_checks(sheet: Sheet) -> CheckSettings:
    """What `[checks]`, `[checks.severity]` and `[checks.spelling]` say."""
    severity: dict[str, Severity | None] = {}
    for code in sheet.table(*SEVERITY):
        if not _CODE.fullmatch(code):
            spot = sheet.found(*SEVERITY, code).key
            hint = 'a code or a family of codes: "link/insecure" = "error"'
            sheet.report("value", f"{shown(code)} is not the code of a check", hint, spot)
        level = _free(sheet, SEVERITY, code, _LEVELS)
        if level:
            severity[code] = None if level == "off" else Severity(level)
    spelling = {}
    for wrong in sheet.table(*SPELLING):
        if right := _free(sheet, SPELLING, wrong, line):
            spelling[wrong] = right
    return CheckSettings(
        severity=severity,
        clients=sheet.take(CHECKS, "clients", names_of(_client), CLIENTS),
        spelling=spelling,
        publications=sheet.take(CHECKS, "publications", names_of(line), ()),
    )


def _free(sheet: Sheet, table: Table, key: str, parse: Callable[[object], str]) -> str:
    """The value of a key that the site chose itself; `""` and a finding when it is wrong."""
    try:
        return parse(sheet.table(*table)[key])
    except Wrong as wrong:
        spot = sheet.found(*table, key).value
        sheet.report("value", f"{key}: {wrong.problem}", wrong.hint, spot)
        return ""


def _client(value: object) -> str:
    text = line(value)
    if not _CLIENT.fullmatch(text):
        raise Wrong(f"{shown(text)} is not a mail program", "gmail, apple-mail, outlook, yahoo …")
    return text


def names_of(parse: Callable[[object], str]) -> Callable[[object], tuple[str, ...]]:
    """A list of texts; of the environment, one text with commas."""

    def read(value: object) -> tuple[str, ...]:
        given = value.split(",") if isinstance(value, str) else value
        if not isinstance(given, list):
            raise Wrong(f"{shown(value)} is not a list", 'write ["…", "…"]')
        return tuple(parse(item.strip() if isinstance(item, str) else item) for item in given)

    return read
