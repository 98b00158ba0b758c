"""What each verdict of the network is called in a finding."""

from __future__ import annotations

from collections.abc import Mapping

from composer.links.answer import Verdict
from composer.model.finding import Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING

#: Verdicts that are a finding by themselves: code, severity and hint.
TROUBLES: Mapping[Verdict, tuple[str, Severity, str]] = {
    Verdict.DEAD: ("link/dead", ERROR, "find its new address, or take the link away"),
    Verdict.NAMELESS: ("link/dead", ERROR, "look for a slip in the name, or take the link away"),
    Verdict.TLS: ("link/tls", ERROR, "readers see a warning there; link to another page"),
    Verdict.PRIVATE: ("link/private", ERROR, "link to an address that every reader can reach"),
    Verdict.CREDENTIALS: ("link/credentials", ERROR, "take name and password out of the link"),
    Verdict.LOOP: ("link/loop", WARNING, "open it in a browser"),
    Verdict.TIMEOUT: ("link/timeout", WARNING, "open it in a browser, or check again later"),
    Verdict.UNCLEAR: ("link/unclear", WARNING, "open it in a browser"),
    Verdict.OFFLINE: ("link/unclear", WARNING, "check again later"),
    Verdict.UNASKED: ("link/unasked", WARNING, "open it in a browser"),
}
