"""The table `[dkim]` of newsletter.toml: with which keys messages are signed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from composer.model.settings import DkimKey, DkimSettings, Secret
from composer.reading import site_urls
from composer.reading import site_values as values
from composer.reading.keys import DKIM
from composer.reading.site_sheet import Sheet, variable_for
from composer.reading.site_values import Wrong

_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_VARIABLE = re.compile("[A-Z_][A-Z0-9_]*")
_FORMS = '{{ file = "keys/2026a.pem" }} or {{ env = "{}" }}'


def read_dkim(sheet: Sheet, folder: Path, sender_domain: str) -> tuple[DkimSettings | None, str]:
    """The settings, and the variable of a key that is not set (`""` when all is well).

    A file is relative to `folder`. `sender_domain` is signed for when no domain is given.
    """
    domain = sheet.take(DKIM, "domain", site_urls.host_name, sender_domain)
    if sender_domain and f".{sender_domain}".removesuffix(f".{domain}") == f".{sender_domain}":
        sheet.report(
            "value",
            f"a signature of {domain} says nothing about mail from {sender_domain}",
            f'domain = "{sender_domain}", or the domain above it',
            sheet.found(*DKIM, "domain").value,
        )
    found = [_read_key(sheet, folder, prefix) for prefix in ("", "second_")]
    keys = tuple(key for key, _ in found if key)
    unset = next((variable for _, variable in found if variable), "")
    if not keys and not unset:
        return None, ""
    return DkimSettings(domain, keys), unset


def _read_key(sheet: Sheet, folder: Path, prefix: str) -> tuple[DkimKey | None, str]:
    selector = sheet.take(DKIM, f"{prefix}selector", _selector, "")
    given = sheet.is_given(DKIM, f"{prefix}key")
    source = _source(sheet, folder, prefix, selector) if given else (None, "")
    named = sheet.is_given(DKIM, f"{prefix}selector")
    if named != given:
        has, lacks = ("selector", "key") if named else ("key", "selector")
        example = _FORMS.format("DKIM_KEY") if lacks == "key" else '"2026a"'
        sheet.report(
            "missing",
            f"[dkim] has a {prefix}{has} and no {prefix}{lacks}",
            f"{prefix}{lacks} = {example}",
            sheet.found(*DKIM, f"{prefix}{has}").key,
        )
        return None, ""
    return source


def _source(sheet: Sheet, folder: Path, prefix: str, selector: str) -> tuple[DkimKey | None, str]:
    """Where the key is; no error repeats what stands in the file, it may be the key itself."""
    name = f"{prefix}key"
    variable = variable_for(DKIM, name)
    if spoken := sheet.environ.get(variable):
        return DkimKey(selector, secret=Secret(spoken, variable)), ""
    held = sheet.table(*DKIM).get(name)
    if not isinstance(held, Mapping):
        problem, code = f"{name} is a secret and stands in the file", "secret-in-file"
    elif set(held) == {"file"} and isinstance(held["file"], str) and held["file"]:
        return DkimKey(selector, file=str(folder / held["file"])), ""
    elif set(held) == {"env"} and _VARIABLE.fullmatch(str(held["env"])):
        variable = str(held["env"])
        value = sheet.environ.get(variable, "")
        key = DkimKey(selector, secret=Secret(value, variable)) if value else None
        return key, "" if value else variable
    else:
        problem, code = f"{name} must name a file or a variable, and nothing else", "value"
    hint = f"{name} = {_FORMS.format('DKIM_KEY')}"
    sheet.report(code, problem, hint, sheet.found(*DKIM, name).value)
    return None, ""


def _selector(value: object) -> str:
    text = values.line(value)
    if not _SELECTOR.fullmatch(text):
        raise Wrong(f"{values.shown(text)} is not a selector", "letters, digits and dashes: 2026a")
    return text.lower()
