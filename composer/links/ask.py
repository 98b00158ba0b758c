"""One question to the network: HEAD, then GET where HEAD is refused, along redirects."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from email.message import Message as Headers
from importlib.metadata import version

from composer.links.answer import Answer, Question, Verdict
from composer.links.network import Network
from composer.links.page import absent_from
from composer.links.request import Deadline, Demand, Response, Trouble, request
from composer.links.target import PORTS, Refused, Target, parse_target, redirected

PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410})
BUSY = 429
#: What is read of a page whose anchors are asked for, and of an image of untold size.
MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how far and how fast. `threads` and `per_host` count requests under way."""

    request_s: float = 10.0
    link_s: float = 25.0
    total_s: float = 300.0
    redirects: int = 5
    threads: int = 8
    per_host: int = 2
    pause_s: float = 0.25  #: between two links of one host
    ports: frozenset[int] = PORTS


def agent_of(base_url: str) -> str:
    """How we call ourselves: the tool, and whom to write to about it."""
    contact = base_url if base_url.isascii() and base_url.isprintable() else ""
    return f"newsletter-composer/{version('newsletter-composer')} (link check; +{contact})"


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Where the redirects ended. `moved_to` is the end of the permanent ones at their start."""

    target: Target
    response: Response
    moved_to: str
    hops: int


@dataclass(frozen=True)
class Asker:
    """Safe to use from several threads. `agent` names us to the servers."""

    network: Network
    limits: Limits
    agent: str
    #: Hosts that asked us to slow down: not asked again in this run.
    _busy: dict[str, str] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ask(self, question: Question) -> Answer:
        """Everything that can be known of one URL; never raises for what a server does."""
        deadline = Deadline(self.limits.link_s)
        try:
            arrival = self._walk(question, deadline)
            answer = self._judge(question, arrival)
            if answer.verdict is Verdict.ALIVE and arrival.target.scheme == "http":
                answer = replace(answer, https=self._https_too(arrival.target, deadline))
        except (Refused, Trouble) as no:
            return Answer(no.verdict, no.reason)
        except TimeoutError:
            return Answer(Verdict.TIMEOUT, "did not answer in time")
        return answer

    # --- on the way -------------------------------------------------------------------

    def _walk(self, question: Question, deadline: Deadline) -> _Arrival:
        """Follow redirects; every hop is judged anew.

        Raises:
            Refused, Trouble, TimeoutError: there is no end to judge.
        """
        target = parse_target(question.url, self.limits.ports)
        seen = {target.url}
        moved_to = ""
        permanent = True
        for hops in range(self.limits.redirects + 1):
            try:
                response = self._response(question, target, deadline)
            except (Refused, Trouble) as no:
                raise _after(no, target) if hops else no from None
            location = response.headers.get("location", "")
            if response.status not in REDIRECTS or not location:
                return _Arrival(target, response, moved_to, hops)
            try:
                target = redirected(target, location, self.limits.ports)
            except Refused as no:
                raise Refused(
                    no.verdict, f"is redirected, and the new address {no.reason}"
                ) from None
            permanent = permanent and response.status in PERMANENT
            moved_to = target.url if permanent else moved_to
            if target.url in seen:
                raise Trouble(Verdict.LOOP, f"is redirected in a circle, to {target.url} again")
            seen.add(target.url)
        raise Trouble(Verdict.LOOP, f"is redirected more than {self.limits.redirects} times")

    def _response(self, question: Question, target: Target, deadline: Deadline) -> Response:
        """HEAD where that is enough and allowed, else GET; once more after a lost connection."""
        with self._lock:
            busy = self._busy.get(target.name)
        if busy:
            raise Trouble(Verdict.UNCLEAR, busy)
        lost = False
        for method in ("GET", "GET") if question.fragments else ("HEAD", "GET", "GET"):
            try:
                response = self._request(method, question, target, deadline)
            except Trouble as trouble:
                if lost or not trouble.again:
                    raise
                lost = True
                continue
            if method == "GET" or self._is_enough(question, response):
                return self._noted(target, response)
        raise Trouble(Verdict.UNCLEAR, "dropped the connection")

    def _is_enough(self, question: Question, response: Response) -> bool:
        if response.status >= 400:
            return response.status == BUSY
        untold = question.image and "content-length" not in response.headers
        return response.status in REDIRECTS or not untold

    def _request(
        self, method: str, question: Question, target: Target, deadline: Deadline
    ) -> Response:
        accept = "image/*,*/*;q=0.5" if question.image else "text/html,*/*;q=0.8"
        wants_body = question.image or bool(question.fragments)
        demand = Demand(method, self.agent, accept, MAX_BODY_BYTES if wants_body else 0)
        return request(self.network, target, demand, deadline.within(self.limits.request_s))

    def _noted(self, target: Target, response: Response) -> Response:
        if response.status == BUSY:
            with self._lock:
                self._busy[target.name] = f"is not told: {target.name} asks us to slow down (429)"
        return response

    def _https_too(self, target: Target, deadline: Deadline) -> bool:
        if target.port != 80:
            return False
        secure = replace(target, scheme="https", port=443)
        try:
            response = self._request("HEAD", Question(secure.url), secure, deadline)
        except (Refused, Trouble, TimeoutError):
            return False
        return 200 <= response.status < 300

    # --- at the end -------------------------------------------------------------------

    def _judge(self, question: Question, arrival: _Arrival) -> Answer:
        response, status = arrival.response, arrival.response.status
        where = f"is redirected to {arrival.target.url}, which " if arrival.hops else ""
        if status in GONE:
            return Answer(Verdict.DEAD, f"{where}answers {status}: the page is gone")
        if not 200 <= status < 300:
            return Answer(Verdict.UNCLEAR, f"{where}answers {status}")
        media_type, charset = _content_type(response)
        absent: frozenset[str] = frozenset()
        if question.fragments and response.whole and _is_html(response, media_type):
            absent = absent_from(response.body, charset, question.fragments)
        return Answer(
            Verdict.ALIVE,
            moved_to=arrival.moved_to,
            media_type=media_type,
            size_bytes=_size(response) if question.image else None,
            absent=absent,
        )


def _after(no: Refused | Trouble, target: Target) -> Refused | Trouble:
    """The same trouble, at the end of a redirect."""
    reason = f"is redirected to {target.url}, which {no.reason}"
    if isinstance(no, Refused):
        return Refused(no.verdict, reason)
    return Trouble(no.verdict, reason)


def _content_type(response: Response) -> tuple[str, str]:
    headers = Headers()
    headers["Content-Type"] = response.headers.get("content-type", "")
    charset = headers.get_content_charset("utf-8")
    return response.headers.get("content-type", "").partition(";")[0].strip().lower(), charset


def _is_html(response: Response, media_type: str) -> bool:
    """A body that is compressed in spite of what we asked for is left alone, bomb or not."""
    encoded = response.headers.get("content-encoding", "identity").strip().lower()
    return media_type in ("text/html", "application/xhtml+xml") and encoded in ("", "identity")


def _size(response: Response) -> int:
    """As told, or as read: one byte more than the most that is read when there was more."""
    told = response.headers.get("content-length", "").strip()
    if told.isdecimal() and len(told) < 16:
        return int(told)
    return len(response.body) + (not response.whole)
