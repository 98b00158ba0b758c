"""How fast a mailing goes, what stops it, and who delivers it."""

from __future__ import annotations

from collections.abc import Mapping

from composer.reading.keys.forms import (
    PERCENT,
    RATES,
    SPAN,
    TRUTH,
    Key,
    Table,
    Words,
    one_of,
    whole,
)

SENDING: Table = ("sending",)
BREAKER: Table = ("breaker",)
GUARDS: Table = ("guards",)
WORKERS: Table = ("workers",)
WARM_UP: Table = ("limits", "warm_up")
PROVIDER_LIMITS: Table = ("limits", "providers")
DOMAIN_LIMITS: Table = ("limits", "domains")

#: Keys of newsletter.toml by their table.
SENDING_KEYS: Mapping[Table, tuple[Key, ...]] = {
    WORKERS: (
        Key(
            "send",
            TRUTH,
            "whether `send` leaves the delivering to `newsletter worker`; `--queue` and "
            "`--no-queue` override it; needs a database on PostgreSQL",
            "`false`",
        ),
    ),
    SENDING: (
        Key(
            "retry_for",
            SPAN,
            "what is put off is tried again so long, from the mailing's beginning; then it waits "
            "for `newsletter resume --now`",
            "`24h`",
        ),
        Key(
            "wait",
            SPAN,
            "a run waits for what is due within this time; `--wait` overrides it",
            "`1h`",
        ),
        Key(
            "processes",
            whole(1, 64),
            "how many processes of this machine deliver one mailing together; `--processes` "
            "overrides it",
            "`1`",
        ),
    ),
    WARM_UP: (
        Key(
            "provider",
            one_of("smtp", "sendgrid"),
            "the provider whose sending address is new; without it, nothing is warmed up",
        ),
        Key("first_day", whole(1, 1_000_000), "messages on the first day", "`200`"),
        Key(
            "growth",
            {"type": "number", "minimum": 1, "maximum": 10},
            "so many times as many on each day that follows",
            "`1.5`",
        ),
        Key(
            "full",
            whole(1, 100_000_000),
            "once a day would allow so many, nothing is limited any more",
            "`50000`",
        ),
    ),
    BREAKER: (
        Key(
            "policy",
            PERCENT,
            "of a receiving domain's answers within ten minutes, refused for reasons of policy: "
            "then it is left alone for a while",
            "`5%`",
        ),
        Key("pause", SPAN, "how long, at first; twice as long each time after", "`30m`"),
        Key(
            "refused",
            PERCENT,
            "of all answers within ten minutes, refused for good: then the mailing is paused",
            "`20%`",
        ),
        Key(
            "unanswered",
            PERCENT,
            "of all messages within ten minutes, never answered: then the mailing is paused",
            "`10%`",
        ),
    ),
    GUARDS: (
        Key(
            "late",
            SPAN,
            "a scheduled mailing that is found so long after its time asks before it goes",
            "`2h`",
        ),
        Key(
            "growth",
            {"type": "number", "minimum": 1},
            "an audience that is so many times as large as the segment's last one asks once more",
            "`1.5`",
        ),
    ),
}


#: Tables whose keys are the site's own words.
SENDING_WORDS: Mapping[Table, Words] = {
    PROVIDER_LIMITS: Words(
        "^(smtp|sendgrid|outbox)$",
        RATES,
        'a provider, and how many messages it takes in any window of that length: `"10000/h"`, or '
        "several limits in a list",
    ),
    DOMAIN_LIMITS: Words(
        r"^[a-z0-9.-]+( [a-z0-9.-]+)*$",
        RATES,
        "a receiving domain, or several that share a limit, and how many messages go to them",
    ),
}
