"""Messages as mail servers, providers and people send them to a mailbox for bounces."""

from __future__ import annotations

RETURNED = "1f-89abcdef01234567"
DELIVERY = "1f-0123456789abcdef"
TOKEN = "tok_en-4Zq8Xw2LrT9vBn1c"  # noqa: S105
BOX = f"bounces+{RETURNED}@news.example.org"

ORIGINAL = f"""\
Return-Path: <{BOX}>
From: Harbour Watch <desk@news.example.org>
To: ana@example.net
Subject: Harbour Watch 14: 550 5.1.1 is the number of the day
Message-ID: <{DELIVERY}@news.example.org>
List-Unsubscribe: <https://news.example.org/u/{TOKEN}>,
 <mailto:leave+{TOKEN}@news.example.org?subject=unsubscribe>
Content-Type: text/plain; charset=utf-8

Dear reader,
"""


def status_report(
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <ana@example.net>: Recipient address rejected: User unknown",
    *,
    action: str = "failed",
    to: str = BOX,
    original: str = ORIGINAL,
    more: str = "",
    newline: str = "\n",
) -> bytes:
    """As Postfix writes it; Exchange, Google and Sendmail differ in words alone."""
    text = f"""\
Return-Path: <>
Delivered-To: {to}
Date: Thu, 26 Nov 2026 10:00:00 +0100 (CET)
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="b1/mx.example.org"
Message-Id: <20261126090000.B1@mx.example.org>

This is a MIME-encapsulated message.

--b1/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

I'm sorry to have to inform you that your message could not be delivered.

--b1/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: B1
Arrival-Date: Thu, 26 Nov 2026 09:59:58 +0100 (CET)

Final-Recipient: rfc822; ana@example.net
Original-Recipient: rfc822;ana@example.net
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.net
Diagnostic-Code: {diagnostic}
{more}
--b1/mx.example.org
Content-Description: Undelivered Message
Content-Type: message/rfc822

{original}
--b1/mx.example.org--
"""
    return text.replace("\n", newline).encode()


def feedback(kind: str = "abuse", *, sender: str = BOX, redacted: bool = False) -> bytes:
    """As RFC 5965 shows it; many receivers redact the reader's address."""
    original = ORIGINAL.replace("ana@example.net", "redacted@example.net") if redacted else ORIGINAL
    recipient = "" if redacted else "Original-Rcpt-To: <ana@example.net>\n"
    mail_from = f"Original-Mail-From: <{sender}>\n" if sender else ""
    return f"""\
From: <fbl@example.net>
Date: Thu, 26 Nov 2026 09:00:00 +0000
Subject: FW: Harbour Watch 14
To: <abuse@news.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report for a message received from 192.0.2.1.

--part
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
{mail_from}{recipient}Source-IP: 192.0.2.1

--part
Content-Type: message/rfc822

{original if sender else original.partition(chr(10))[2]}
--part--
""".encode()


EXIM = f"""\
Return-path: <>
Envelope-to: {BOX}
X-Failed-Recipients: ana@example.net
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@exim.example.net>
To: {BOX}
Subject: Mail delivery failed: returning message to sender
Date: Thu, 26 Nov 2026 09:00:00 +0000

This message was created automatically by mail delivery software.

  ana@example.net
    SMTP error from remote mail server after RCPT TO:<ana@example.net>:
    host mx.example.net [198.51.100.2]: 550 5.1.1 <ana@example.net>: no such user

------ This is a copy of the message, including all the headers. ------

{ORIGINAL}
""".encode()

QMAIL = f"""\
Return-Path: <>
From: MAILER-DAEMON@qmail.example.net
To: {BOX}
Subject: failure notice
Date: Thu, 26 Nov 2026 09:00:00 +0000

Hi. This is the qmail-send program at qmail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ana@example.net>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{ORIGINAL}
""".encode()

AWAY = f"""\
From: Ana <ana@example.net>
To: {BOX}
Subject: Out of office: Harbour Watch 14
Auto-Submitted: auto-replied
In-Reply-To: <{DELIVERY}@news.example.org>

I am away until 5.1.2027 and read no mail.
""".encode()

AWAY_IN_GERMAN = f"""\
From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.net>
To: {BOX}
Subject: Abwesenheitsnotiz: Harbour Watch 14

Ich bin bis Montag nicht im Haus.
""".encode()

REPLY = f"""\
From: Ben <ben@example.net>
To: {BOX}
Subject: Re: Harbour Watch 14
In-Reply-To: <{DELIVERY}@news.example.org>

Thank you, a fine issue. My mother's mail bounces with 550 5.1.1, by the way.
""".encode()

LEAVING = f"""\
From: Ana <ana@example.net>
To: leave+{TOKEN}@news.example.org
Subject: unsubscribe

This message was automatically generated by a mail program.
""".encode()

LEAVING_BY_SUBJECT = f"""\
From: Ana <ana@example.net>
To: Leave <leave@news.example.org>
Subject: unsubscribe {TOKEN}

""".encode()

#: Each kind of message once: what the fuzzing starts from.
ALL = (
    status_report(),
    status_report(newline="\r\n"),
    feedback(),
    EXIM,
    QMAIL,
    AWAY,
    REPLY,
    LEAVING,
    LEAVING_BY_SUBJECT,
)
