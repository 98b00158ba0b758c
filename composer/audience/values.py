"""A subscriber's fields as the list holds them: text, typed when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from composer.model.settings import FieldType
from composer.model.subscriber import FieldValue
from composer.reading.field_values import read_value


class TypedFields(Mapping[str, FieldValue]):
    """A subscriber's values, each read from its text when it is first asked for.

    A plan walks a million subscribers and asks each for one or two of their fields. Texts
    that are blank or do not fit their type count as missing: the declaration changed since
    they were imported, and they are kept as they are.
    """

    __slots__ = ("_raw", "_read", "_types")

    def __init__(self, raw: Mapping[str, str], types: Mapping[str, FieldType]) -> None:
        self._raw = raw
        self._types = types
        self._read: dict[str, FieldValue | None] = {}

    def __getitem__(self, name: str) -> FieldValue:
        if name not in self._read:
            try:
                kind = self._types.get(name, FieldType.TEXT)
                self._read[name] = read_value(self._raw.get(name, ""), kind)
            except ValueError:
                self._read[name] = None
        value = self._read[name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._raw if self.get(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))
