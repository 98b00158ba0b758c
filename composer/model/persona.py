"""Sample readers: who a letter is looked at as, before it reaches anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from composer.model.address import Address
from composer.model.subscriber import FieldValue


@dataclass(frozen=True, slots=True)
class Persona:
    """A named reader who is on no list; the segments follow from the rules, as everybody's do.

    `locale` and `variant` are `""` where the persona has none: then the newsletter's own, and
    every variant in turn.
    """

    name: str
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    address: Address | None = None
    locale: str = ""
    variant: str = ""

    @property
    def mailbox(self) -> Address:
        """The address, or one below example.org that nobody has (RFC 2606)."""
        return self.address or Address(self.name, "example.org")


#: Of a site that declares none: nothing known, more than a line can hold, and right to left.
PERSONAS = {
    persona.name: persona
    for persona in (
        Persona("no-name"),
        Persona(
            "long-name",
            {
                "first_name": "Wolfeschlegelsteinhausenbergerdorff-Maximiliana",
                "last_name": "von Katzenellenbogen-Rheingrafenstein",
            },
        ),
        Persona("rtl", {"first_name": "عبد الرحمن", "last_name": "الهاشمي"}),
    )
}
