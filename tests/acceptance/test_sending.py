"""The main job from the outside: plan, rehearse, send, resume, settle, report."""

from __future__ import annotations

import email
import email.policy
import json

import pytest

from tests.acceptance.conftest import ISSUE, SiteFolder
from tests.databases import BOTH


@pytest.fixture(params=BOTH)
def site_database(request: pytest.FixtureRequest) -> str:
    """All of it holds on both kinds of database."""
    return str(request.param)


def test_a_plan_says_who_and_why_not_and_sends_nothing(site: SiteFolder) -> None:
    site.run("subscribers", "suppress", "ben@example.org", "--reason", "unsubscribed")

    ran = site.run("--json", "plan", "2026-014", "--segment", "board")

    assert ran.code == 0, ran.err
    document = ran.document
    assert document["matched"] == 2
    assert document["recipients"] == 1
    assert document["excluded"] == {
        "suppressed": 1,
        "unconfirmed": 0,
        "duplicate": 0,
        "already has this issue": 0,
    }
    assert document["checks"]["errors"] == 0
    assert (site.folder / document["plan"]).is_file()
    assert site.mail == []


def test_a_dry_run_makes_every_message_and_records_no_delivery(site: SiteFolder) -> None:
    ran = site.run("--json", "send", "2026-014", "--segment", "everyone", "--dry-run")

    assert ran.code == 0, ran.err
    assert ran.document["recipients"] == 5
    assert (site.folder / ran.document["plan"]).is_file()
    assert len(site.mail) == 5
    assert site.run("report").code == 2


def test_the_next_step_repeats_the_options_that_a_plan_and_a_rehearsal_were_given(
    site: SiteFolder,
) -> None:
    shared = ("--at", "tomorrow 09:00 UTC", "--rate", "90/min", "--no-count-clicks")
    send = "newsletter send 2026-014 --segment everyone"
    again = '--rate 90/min --at "tomorrow 09:00 UTC" --no-count-clicks'

    planned = site.run("plan", "2026-014", "--segment", "everyone", *shared)
    rehearsed = site.run(
        *("send", "2026-014", "--segment", "everyone", "--dry-run", *shared, "--wait", "5m")
    )

    assert f"Next: {send} {again}\n" in planned.err
    assert rehearsed.err.splitlines()[-1] == (
        f'Next: {send} --rate 90/min --wait 5m --at "tomorrow 09:00 UTC" --no-count-clicks'
    )


def test_a_rehearsal_of_another_letter_than_was_planned_asks_for_a_plan_first(
    site: SiteFolder,
) -> None:
    site.run("plan", "2026-014", "--segment", "everyone")
    site.write("issues/2026-014/issue.md", ISSUE.replace("## Dockers", "## The dockers", 1))

    ran = site.run(
        *("send", "2026-014", "--segment", "everyone", "--dry-run"),
        *("--rate", "90/min", "--wait", "5m"),
    )

    assert ran.err.splitlines()[-1] == (
        "Next: newsletter plan 2026-014 --segment everyone --rate 90/min"
    )


def test_the_main_job(site: SiteFolder) -> None:
    ran = site.run("--json", "send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5")

    assert ran.code == 0, ran.err
    books = ran.document
    assert books["accepted"] == books["matched"] == 5
    assert books["balanced"] is True
    messages = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in site.mail
    ]
    assert sorted(str(m["To"]) for m in messages) == [
        "Ana <ana@example.org>",
        "Cleo <cleo@example.org>",
        "Dan <dan@example.org>",
        "Zoë <eve@example.org>",
        "ben@example.org",
    ]
    for message in messages:
        parts = [part.get_content_type() for part in message.walk()]
        assert parts == ["multipart/alternative", "text/plain", "text/html"]
        text, html = (part.get_content() for part in message.iter_parts())
        name = str(message["To"]).split("@")[0].split(" <")[0].replace("ben", "reader")
        assert f"Dear {name}," in text
        assert f"Dear {name}," in html
        on_board = "ana@" in message["To"] or "ben@" in message["To"]
        assert ("portal.example.org" in text) == on_board
        assert ("portal.example.org" in html) == on_board
        assert "12 Quay Street" in text
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = str(message["List-Unsubscribe"]).split(">")[0].removeprefix("<")
        assert link.startswith("https://news.example.org/u/")
        assert link in text
        assert link in html
    assert len({str(m["Message-ID"]) for m in messages}) == 5
    report = site.run("--json", "report").document
    assert {name: report[name] for name in books} == books


def test_nothing_is_sent_without_confirmation(site: SiteFolder) -> None:
    for words in ([], ["--confirm", "everyone 4"], ["--confirm", "yes"]):
        ran = site.run("send", "2026-014", "--segment", "everyone", *words)
        assert ran.code == 3
        assert "othing was sent" in ran.err
    assert site.mail == []
    assert site.run("status").code == 2


def test_a_reader_gets_an_issue_once_whatever_the_segments(site: SiteFolder) -> None:
    assert site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2").code == 0

    again = site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2")
    assert again.code == 3
    assert "already sent" in again.err

    rest = site.run(
        "--json", "send", "2026-014", "--segment", "everyone", "--confirm", "everyone 3"
    )
    assert rest.code == 0, rest.err
    assert rest.document["excluded"]["already has this issue"] == 2
    assert len(site.mail) == 5


def test_a_send_is_held_to_its_plan(site: SiteFolder) -> None:
    assert site.run("plan", "2026-014", "--segment", "board").code == 0
    site.write("issues/2026-014/issue.md", ISSUE.replace("nine hours", "ten hours"))

    stale = site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2")

    assert stale.code == 3
    assert "the letter changed" in stale.err
    assert "newsletter plan 2026-014 --segment board" in stale.err
    assert site.mail == []
    assert site.run("plan", "2026-014", "--segment", "board").code == 0
    assert site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2").code == 0


def test_a_list_that_grew_since_the_plan_is_a_stale_plan(site: SiteFolder) -> None:
    assert site.run("plan", "2026-014", "--segment", "board").code == 0
    site.subscribe(["fay@example.org,Fay,board"])

    stale = site.run("send", "2026-014", "--segment", "board", "--confirm", "board 3")

    assert stale.code == 3
    assert "the list changed (2 → 3 recipients)" in stale.err


def test_errors_in_the_issue_stop_the_plan_and_the_send(site: SiteFolder) -> None:
    site.write("issues/2026-014/issue.md", ISSUE + "\n[the paper](https://)\n")

    for words in (
        ["plan", "2026-014", "--segment", "board"],
        ["send", "2026-014", "--segment", "board", "--confirm", "board 2"],
        ["send", "2026-014", "--segment", "board", "--dry-run"],
    ):
        ran = site.run(*words)
        assert ran.code in {1, 3}
        assert "issue.md:20:1: error[link/" in ran.err
    assert site.mail == []


def test_a_plan_is_not_pushed_off_the_screen_by_warnings(site: SiteFolder) -> None:
    insecure = "".join(
        f"See [the tables of week {n}](http://example.org/{n}).\n\n" for n in range(9)
    )
    text = ISSUE.replace("## Dockers", f"{insecure}## Dockers", 1)
    site.write("issues/2026-014/issue.md", text)

    for words in (("plan",), ("send", "--dry-run")):
        ran = site.run(words[0], "2026-014", "--segment", "board", *words[1:])
        assert ran.err.count(": warning[") == 5
        assert "… and 5 warnings more: newsletter check 2026-014" in ran.err
    assert (
        len(site.run("--json", "plan", "2026-014", "--segment", "board").document["findings"]) == 10
    )


def test_a_value_that_somebody_lacks_stops_the_send_and_names_the_place(site: SiteFolder) -> None:
    site.write("issues/2026-014/issue.md", ISSUE.replace(' | default("reader")', ""))

    ran = site.run("send", "2026-014", "--segment", "everyone", "--confirm", "everyone 5")

    assert ran.code == 3
    assert "issue.md:10:6: error[merge/missing-value] 1 recipient has no 'first_name'" in ran.err
    assert site.mail == []


def test_without_a_postal_address_a_live_send_is_refused(site: SiteFolder) -> None:
    site.configure('[provider]\nkind = "smtp"\n[provider.smtp]\nport = 9\nsecurity = "none"\n')
    config = (site.folder / "newsletter.toml").read_text()
    site.write("newsletter.toml", config.replace("postal_address", "# postal_address"))

    ran = site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2")

    assert ran.code == 3
    assert "error[footer/postal-address]" in ran.err


def test_an_unreachable_server_is_exit_5_and_nothing_is_marked(site: SiteFolder) -> None:
    site.configure('[provider]\nkind = "smtp"\n[provider.smtp]\nport = 9\nsecurity = "none"\n')

    ran = site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2")

    assert ran.code == 5, ran.err
    assert "127.0.0.1:9" in ran.err
    assert "Nothing was sent" in ran.err
    site.configure("")
    again = site.run("--json", "send", "2026-014", "--segment", "board", "--confirm", "board 2")
    assert again.code == 0, again.err
    assert again.document["accepted"] == 2


def test_what_was_typed_wrong_is_named_with_what_was_meant(site: SiteFolder) -> None:
    cases = {
        ("plan", "2026-041", "--segment", "board"): "did you mean '2026-014'?",
        ("plan", "2026-014", "--segment", "bord"): "did you mean 'board'?",
        ("plann",): "Did you mean 'plan'?",
        ("plan", "2026-014"): "Missing option '--segment'",
        ("plan", "2026-014", "--segment", "board", "--rate", "fast"): "write 600/min",
        (
            "plan",
            "2026-014",
            "--segment",
            "board",
            "--provider",
            "pigeon",
        ): "outbox, smtp or sendgrid",
        ("send", "2026-014", "--segment", "board", "--dryrun"): "--dry-run",
        ("status", "2026-014-board"): "there is no mailing",
    }
    for words, told in cases.items():
        ran = site.run(*words)
        assert ran.code in {2, 4}, (words, ran)
        assert told in ran.err, (words, ran.err)


def test_an_issue_names_its_mailing_as_long_as_it_is_the_only_one(site: SiteFolder) -> None:
    first = site.run("--json", "send", "2026-014", "--segment", "board", "--confirm", "board 2")
    assert first.code == 0, first.err
    assert site.run("--json", "status", "2026-014").document["mailing"] == first.document["mailing"]

    rest = site.run("send", "2026-014", "--segment", "everyone", "--confirm", "everyone 3")
    assert rest.code == 0, rest.err
    ran = site.run("report", "2026-014")
    assert ran.code == 2
    assert "2026-014 has 2 mailings" in ran.err
    assert first.document["mailing"] in ran.err


def test_render_writes_the_same_bytes_every_time(site: SiteFolder) -> None:
    contents = []
    for folder in ("one", "two"):
        ran = site.run(
            "render", "2026-014", "-o", str(site.folder / folder), "--as", "eve@example.org"
        )
        assert ran.code == 0, ran.err
        files = sorted((site.folder / folder).iterdir())
        assert [f.name for f in files] == [
            *("message.eml", "message.html", "message.mjml", "message.txt"),
        ]
        contents.append([f.read_bytes() for f in files])
    assert contents[0] == contents[1]
    assert "Dear Zoë," in (site.folder / "one" / "message.txt").read_text()


def test_a_test_message_is_marked_and_recorded_nowhere(site: SiteFolder) -> None:
    ran = site.run("test", "2026-014", "--to", "me@example.net", "--as", "ana@example.org")

    assert ran.code == 0, ran.err
    (path,) = site.mail
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "[TEST] Harbour Watch 14: a quiet strike"
    assert "me@example.net" in message["To"]
    assert "Dear Ana," in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    token = json.dumps(site.run("--json", "subscribers", "show", "ana@example.org").document)
    assert "sample-not-a-real-token" not in token
    assert "sample-not-a-real-token" in message["List-Unsubscribe"]
    assert site.run("status").code == 2


def test_an_empty_file_is_not_imported(site: SiteFolder) -> None:
    ran = site.run("import", str(site.write("old.txt", "")))

    assert ran.code == 1
    assert "no text to import" in ran.err
    assert sorted(p.name for p in (site.folder / "issues").iterdir()) == ["2026-014"]


def test_a_new_issue_cannot_be_sent_before_it_is_written(site: SiteFolder) -> None:
    assert site.run("new", "2026-015").code == 0

    ran = site.run("send", "2026-015", "--segment", "board", "--confirm", "board 2")

    assert ran.code == 3
    assert "error[issue/draft]" in ran.err
    assert site.mail == []


def test_a_draft_is_not_published_and_the_archive_says_so(site: SiteFolder) -> None:
    assert site.run("new", "2026-015").code == 0

    built = site.run("archive", "build")

    assert built.code == 0, built.err
    assert "Left out: 2026-015 is still a draft (issue/draft)." in built.err
    assert (site.folder / "public/archive/2026-014/index.html").is_file()
    assert not (site.folder / "public/archive/2026-015").exists()
    assert "2026-015" not in (site.folder / "public/feed.xml").read_text("utf-8")
    assert site.run("--json", "archive", "build").document["drafts"] == ["2026-015"]
    looked_at = site.run("archive", "build", "--drafts")
    assert "Left out" not in looked_at.err
    assert (site.folder / "public/archive/2026-015/index.html").is_file()


def test_an_older_mailing_that_is_not_finished_stays_in_sight(site: SiteFolder) -> None:
    sent = ["send", "2026-014", "--segment", "board", "--confirm", "board 2"]
    assert site.run(*sent).code == 0
    site.change("UPDATE deliveries SET status = 'deferred', due = 0")
    older = site.run("--json", "status").document["mailing"]
    site.write("issues/2026-015/issue.md", ISSUE.replace("14", "15"))
    sent = ["send", "2026-015", "--segment", "board", "--confirm", "board 2"]
    assert site.run(*sent).code == 0
    told = f"1 older mailing is not finished: {older}. newsletter status {older}, newsletter "

    status = site.run("status")
    assert f"{told}resume {older}" in status.err
    document = site.run("--json", "status").document
    assert document["others_unfinished"] == [older] != [document["mailing"]]
    assert "not finished:" not in site.run("status", older).err
    resumed = site.run("resume")
    assert resumed.code == 0
    assert f"{told}resume {older}" in resumed.err
    assert f"Nothing was left to deliver of {document['mailing']}." in resumed.err
    paused = site.run("pause")
    assert paused.code == 3
    assert f"{told}pause {older}" in paused.err

    assert site.run("resume", older, "--now").code == 0
    assert "not finished:" not in site.run("status").err


def test_who_was_forgotten_while_unknown_is_never_written_to_again(site: SiteFolder) -> None:
    assert site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2").code == 0
    site.change("UPDATE deliveries SET status = 'unknown'")
    name = str(site.run("--json", "report").document["mailing"])
    assert site.run("subscribers", "forget", "ana@example.org", "--yes").code == 0
    assert site.run("resolve", name, "--as", "resend").code == 0
    for path in site.mail:
        path.unlink()

    ran = site.run("--json", "resume")

    assert ran.code == 0, ran.err
    assert ran.document["balanced"] is True
    assert ran.document["excluded"]["suppressed"] == 1
    assert [path.name.split("_")[0] for path in site.mail] == ["ben@example.org"]


def test_what_is_unknown_is_settled_without_a_name_where_one_mailing_has_some(
    site: SiteFolder,
) -> None:
    for words in (("resume",), ("resolve", "--as", "accepted")):
        none = site.run(*words)
        assert none.code == 2
        assert "there is no mailing yet" in none.err
        assert "report" not in none.err
    assert site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2").code == 0
    nothing = site.run("resolve", "--as", "accepted")
    assert nothing.code == 3
    assert "no delivery of any mailing is unknown" in nothing.err
    site.change("UPDATE deliveries SET status = 'unknown' WHERE status = 'accepted'")

    settled = site.run("--json", "resolve", "--as", "accepted")

    assert settled.code == 0, settled.err
    assert (settled.document["unknown"], settled.document["accepted"]) == (0, 2)


def test_a_plan_saved_elsewhere_binds_too(site: SiteFolder) -> None:
    where = site.folder / "approved.json"
    assert site.run("plan", "2026-014", "--segment", "board", "-o", str(where)).code == 0
    site.write("issues/2026-014/issue.md", ISSUE.replace("nine hours", "ten hours"))

    assert where.is_file()
    ran = site.run("send", "2026-014", "--segment", "board", "--confirm", "board 2")
    assert ran.code == 3


def test_the_database_is_for_its_owners_eyes_only(site: SiteFolder) -> None:
    state = site.folder / ".newsletter"

    assert state.stat().st_mode & 0o077 == 0
    for file in state.iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_an_export_holds_nobody_who_must_not_be_mailed(site: SiteFolder) -> None:
    site.run("subscribers", "suppress", "ben@example.org", "--reason", "unsubscribed")

    ran = site.run("subscribers", "export")

    assert "ben@example.org" not in ran.out
    assert "ana@example.org" in ran.out
    assert "4 exported; 1 suppressed left out" in ran.err
