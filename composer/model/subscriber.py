"""Someone on the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from composer.model.address import Address

#: text, number, date, boolean or set, as the site declares; undeclared fields are text.
FieldValue = str | float | date | bool | frozenset[str]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`fields` holds only the values that are there: no None, no empty text, no empty set.

    `address`, `status`, `locale` and the consent columns are fields of every site and are
    not repeated in `fields`.
    """

    id: int
    address: Address
    fields: Mapping[str, FieldValue]
    confirmed: bool = True
    locale: str = ""  #: `""` means the newsletter's own
    consent_source: str = ""
    consent_time: str = ""  #: ISO 8601 as the list gave it

    @property
    def display_name(self) -> str:
        """For the `To` header: `name`, else first and last name, else nothing."""
        name = self.fields.get("name")
        if isinstance(name, str):
            return name
        names = (self.fields.get("first_name"), self.fields.get("last_name"))
        return " ".join(part for part in names if isinstance(part, str))
