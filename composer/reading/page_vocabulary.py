"""What the readers' pages and the confirmation mail say: the names of the words."""

from __future__ import annotations

from collections.abc import Mapping

_PLAIN = """
    join_text address topics language example subscribe once_more address_wrong trap
    sent_title sent_text confirm_title confirm_button move_title move_text move_button
    joined_title moved_title moved_text expired_title expired_text
    leave_text leave_button why_leave too_often not_for_me never_asked other_reason
    left_title left_again undo_question undo_button stayed_title not_back tell_button told
    not_left
    preferences_title saved save_button pause pause_text no_pause
    move_heading move_hint new_address move_ask
    data_heading data_text data_button forget_heading forget_text forget_button
    type_address not_yours forgotten_title forgotten_text
    archive missing_title missing_text busy_title busy_text away_title away_text
    error_title error_text puzzle puzzle_works puzzle_done puzzle_script
    mail_button mail_move_button mail_ignore mail_valid mail_link
"""

#: Every word, and the `{…}` that it may hold; `[strings.xx]` may say it anew.
PAGE_WORDS: Mapping[str, frozenset[str]] = {
    **{name: frozenset() for name in _PLAIN.split()},
    **{
        name: frozenset({"newsletter"})
        for name in (
            *("join_title", "consent", "confirm_text", "joined_text"),
            *("leave_title", "left_text", "stayed_text", "preferences_text"),
            *("mail_subject", "mail_text", "mail_move_subject", "mail_move_text"),
        )
    },
    "pause_days": frozenset({"days"}),
    "paused_until": frozenset({"date"}),
    "write_us": frozenset({"address"}),
}
