"""Whatever a server says, in whatever order: what we tell is what its own log says."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import ProviderError
from composer.model.settings import SmtpSettings
from composer.providers.smtp import SmtpProvider
from composer.sending.provider import Answer, Outcome
from tests.servers.smtp_sink import (
    PIPELINED,
    STEP_BY_STEP,
    Drop,
    Hang,
    Raw,
    Rule,
    SmtpServer,
    Then,
)
from tests.unit.providers.letters import batch_of

PATIENCE_S = 10.0  #: with a server that does not go silent
IMPATIENCE_S = 0.15
USUAL = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "DOT": "250 queued"}

#: Proper answers at any step; what they mean is known.
NO = ("450 4.2.0 greylisted", "451 later", "452-4.3.1 no\n452 4.3.1 room", "550 5.1.1 no such user")
GONE = (Drop(), Drop(reset=True), Hang(), "421 4.7.0 too many")
#: What may come where nothing was asked. Not 421: `550, 250, 421` is what a refusal, an
#: envelope and a good-bye look like, and nobody could tell that the 550 was one too many.
STRAY = (b"250 ok", b"354 go on", b"550 5.1.1 no such user", b"451 later", b"what?", b"\0", b"25")


@dataclass
class Script(SmtpServer):
    """Takes the next of `acts` at every step; `None` is what is usual.

    `log` has what was done at the end of each message, by recipient.
    """

    acts: Sequence[Then | None] = ()
    pipelining: bool = True
    log: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(extensions=PIPELINED if self.pipelining else STEP_BY_STEP)
        self._left = iter(self.acts)

    def rule_for(self, step: str, line: str) -> Rule | None:
        if step not in USUAL:
            return None
        with self.lock:
            act = next(self._left, None)
        keep = False
        if step == "DOT":
            said = self._said(act)
            # Who says yes has taken it, who says no has not; who says neither may have.
            keep = said == "yes" or b"250" in wire_of(act) or (said == "odd" and self._even())
            self.log.setdefault(line.rsplit(maxsplit=1)[-1], []).append(said)
        return None if act is None else Rule(step, act, keep=keep)

    def _even(self) -> bool:
        return sum(map(len, self.log.values())) % 2 == 0

    @staticmethod
    def _said(act: Then | None) -> str:
        if act is None:
            return "yes"
        if isinstance(act, str):
            return "yes" if act.startswith("2") else "no"
        return "odd"


def wire_of(act: Then | None) -> bytes:
    return act.wire if isinstance(act, Raw) else b""


def stray(before: bytes, usual: str, after: bytes) -> Raw:
    return Raw(b"".join(line + b"\r\n" for line in (before, usual.encode(), after) if line))


usual = st.none()
proper = st.one_of(usual, usual, usual, st.sampled_from([*NO, *GONE]))
strays = st.builds(
    stray,
    st.sampled_from([b"", *STRAY]),
    st.sampled_from(sorted(USUAL.values())),
    st.sampled_from([b"", *STRAY]),
)
#: Mostly behind whole messages: there a wrong answer does harm.
babble = st.lists(
    st.tuples(*[st.one_of(usual, usual, usual, strays, st.sampled_from(NO))] * 3, strays | usual),
    min_size=1,
    max_size=5,
).map(lambda messages: [act for message in messages for act in message])


def sent_through(script: Script, readers: int) -> Sequence[Outcome]:
    """The outcomes of a run, none where the whole batch was given back."""
    timeout_s = IMPATIENCE_S if Hang() in script.acts else PATIENCE_S
    with script:
        provider = SmtpProvider(
            SmtpSettings(port=script.port, security="none", timeout_s=timeout_s),
            answer_timeout_s=timeout_s,
        )
        try:
            return provider.deliver(batch_of(readers))
        except ProviderError:
            return ()
        finally:
            provider.close()


def told_by_reader(outcomes: Sequence[Outcome]) -> dict[str, Answer]:
    return {f"reader{int(o.delivery_id[1:])}@example.org": o.answer for o in outcomes}


@settings(max_examples=60, deadline=None)
@given(st.lists(proper, max_size=24), st.booleans())
def test_every_outcome_is_what_the_server_did(acts: list[Then | None], pipelining: bool) -> None:
    script = Script(acts=acts, pipelining=pipelining)
    outcomes = sent_through(script, readers=5)

    taken = [transaction.recipient for transaction in script.taken]
    told = told_by_reader(outcomes)
    assert len(taken) == len(set(taken)), "somebody was mailed twice"
    assert all(transaction.content.endswith(b"--\r\n") for transaction in script.taken)
    if not outcomes:
        assert not taken
        return
    assert len(told) == 5
    for reader, answer in told.items():
        ends = script.log.get(reader, [])
        said = ends[-1] if ends else "no"
        if answer is Answer.ACCEPTED:
            assert said == "yes"
            assert reader in taken
        elif answer is Answer.UNKNOWN:
            # A reset destroys what is on its way, and silence may be slowness.
            assert said == "odd" or (said == "yes" and {Drop(reset=True), Hang()} & {*acts})
        else:
            assert reader not in taken
            assert said == "no"


@settings(max_examples=60, deadline=None)
@given(babble, st.booleans())
def test_a_server_that_babbles_never_makes_us_lie(
    acts: list[Then | None], pipelining: bool
) -> None:
    script = Script(acts=acts, pipelining=pipelining)
    outcomes = sent_through(script, readers=5)

    taken = {transaction.recipient for transaction in script.taken}
    assert len(taken) == len(script.taken), "somebody was mailed twice"
    assert all(transaction.content.endswith(b"--\r\n") for transaction in script.taken)
    told = told_by_reader(outcomes)
    assert outcomes or not taken
    for reader, answer in told.items():
        if answer is not Answer.UNKNOWN:
            assert (answer is Answer.ACCEPTED) == (reader in taken), (reader, answer)


def test_the_unknown_are_told_while_others_go_on() -> None:
    """Many threads, one provider, a server that loses one message in seven."""
    with SmtpServer(
        [Rule("DOT", Drop(), match=f"reader{n}@", keep=True) for n in range(7, 200, 7)],
    ) as server:
        provider = SmtpProvider(SmtpSettings(port=server.port, security="none", timeout_s=5))
        outcomes: list[Outcome] = []
        threads = [
            threading.Thread(
                target=lambda start=start: outcomes.extend(
                    provider.deliver(batch_of(32, start=start))
                )
            )
            for start in range(1, 161, 32)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        provider.close()

    told = told_by_reader(outcomes)
    unknown = {reader for reader, answer in told.items() if answer is Answer.UNKNOWN}
    assert unknown == {f"reader{n}@example.org" for n in range(7, 161, 7)}
    assert sorted(t.recipient for t in server.taken) == sorted(told)
