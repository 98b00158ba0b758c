"""The tables `[personas.NAME]` of newsletter.toml: sample readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from composer.model.persona import PERSONAS as BUILT_IN
from composer.model.persona import Persona
from composer.model.settings import FieldType
from composer.model.subscriber import FieldValue
from composer.reading import site_values as values
from composer.reading.field_values import read_value
from composer.reading.keys import PERSONAS
from composer.reading.site_sheet import Sheet
from composer.reading.site_values import Wrong, shown
from composer.reading.suggest import near

#: What a persona may say beside the site's fields; a field of the same name goes before it.
OWN_KEYS = ("address", "locale", "variant")

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
T = TypeVar("T")


def read_personas(sheet: Sheet, fields: Mapping[str, FieldType]) -> dict[str, Persona]:
    """Every persona by its name; the built-in ones when the site declares none."""
    personas: dict[str, Persona] = {}
    for name in sheet.table(*PERSONAS):
        if not _NAME.fullmatch(name):
            better = values.slug(name) or "board-member"
            sheet.report(
                "persona-name",
                f"{shown(name)} cannot name a persona",
                f"write it as {better}: small letters, digits, - and _",
                sheet.found(*PERSONAS, name).key,
            )
        personas[name] = _Reader(sheet, name, fields).persona()
    return personas or dict(BUILT_IN)


class _Reader:
    """One table, key after key."""

    def __init__(self, sheet: Sheet, name: str, fields: Mapping[str, FieldType]) -> None:
        self._sheet = sheet
        self._name = name
        self._fields = fields
        self._held = sheet.table(*PERSONAS, name)

    def persona(self) -> Persona:
        given: dict[str, FieldValue] = {}
        for key in self._held:
            kind = self._fields.get(key)
            if kind is not None:
                value = self._read(key, partial(field_value, kind=kind), None)
                if value is not None:
                    given[key] = value
            elif key not in OWN_KEYS:
                self._unknown(key)
        return Persona(
            name=self._name,
            fields=given,
            address=self._own("address", values.address, None),
            locale=self._own("locale", values.locale, ""),
            variant=self._own("variant", values.word, ""),
        )

    def _own(self, key: str, parse: Callable[[object], T], default: T) -> T:
        absent = key in self._fields or key not in self._held
        return default if absent else self._read(key, parse, default)

    def _read(self, key: str, parse: Callable[[object], T], default: T) -> T:
        try:
            return parse(self._held[key])
        except Wrong as wrong:
            spot = self._sheet.found(*PERSONAS, self._name, key).value
            self._sheet.report("value", f"{key}: {wrong.problem}", wrong.hint, spot)
            return default

    def _unknown(self, key: str) -> None:
        spot = self._sheet.found(*PERSONAS, self._name, key).key
        hint = f'declare it: [subscribers.fields] {key} = "text"'
        hint = near(key, (*self._fields, *OWN_KEYS), otherwise=hint)
        self._sheet.report("persona-field", f"subscribers have no field {shown(key)}", hint, spot)


def field_value(raw: object, kind: FieldType) -> FieldValue | None:
    """A field of that type, from TOML's own types or from text as a CSV has it.

    Raises:
        Wrong: it is neither.
    """
    match kind, raw:
        case FieldType.BOOLEAN, bool():
            return raw
        case FieldType.NUMBER, int() | float() if not isinstance(raw, bool):
            return float(raw)
        case FieldType.DATE, date() if not isinstance(raw, datetime):
            return raw
        case FieldType.SET, list() if all(isinstance(item, str) for item in raw):
            return frozenset(item.strip() for item in raw) - {""} or None
        case _, str():
            try:
                return read_value(raw, kind)
            except ValueError as error:
                raise Wrong(str(error)) from error
        case _:
            raise Wrong(f"{shown(raw)} is not {_WORDS[kind]}", _EXAMPLES[kind])


_WORDS = {
    FieldType.TEXT: "text",
    FieldType.NUMBER: "a number",
    FieldType.DATE: "a date",
    FieldType.BOOLEAN: "true or false",
    FieldType.SET: "a list of texts",
}
_EXAMPLES = {
    FieldType.TEXT: 'write it in quotes: "…"',
    FieldType.NUMBER: "write 1250 or 12.5",
    FieldType.DATE: "write 2026-11-20",
    FieldType.BOOLEAN: "write it without quotes",
    FieldType.SET: 'write ["policy", "energy"]',
}
