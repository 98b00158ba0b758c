#!/bin/sh
# The main job on a sample issue, in a folder of its own: check, plan, send to the outbox, report.
set -eu
cd "$(dirname "$0")/.."
site=build/demo
PATH="$PWD/.venv/bin:$PATH"
rm -rf "$site"
mkdir -p build

# A command is shown as it can be typed: words with a space in quotes.
run() {
    shown=
    for word; do
        case $word in *[!A-Za-z0-9@%+=:,./_-]*) word="'$word'" ;; esac
        shown="$shown $word"
    done
    printf '\n\033[1m$ newsletter%s\033[0m\n' "$shown" | { [ -t 1 ] && cat || sed 's/\x1b\[[0-9;]*m//g'; }
    newsletter "$@"
}

run init "$site"
cd "$site"
run subscribers import subscribers.example.csv
run subscribers suppress marcus.w@example.net --reason unsubscribed
run check
run segments
run plan 2026-014 --segment members
count=$(newsletter --json --quiet plan 2026-014 --segment members 2>/dev/null |
    sed -n 's/^  "recipients": \([0-9]*\),$/\1/p')
run send 2026-014 --segment members --confirm "members $count"
run report
run render 2026-014

cat <<TXT

That was the main job: an issue file became mail, and the books balance.
Look next at
  $site/.newsletter/render/2026-014/message.html   the letter, in a browser (try it narrow, and dark)
  $site/.newsletter/render/2026-014/message.txt    the same as plain text
  $site/.newsletter/outbox/                        one .eml for each reader, as a server would get it
  $site/issues/2026-014/issue.md                   the source: change it, and run 'newsletter check'
The command is .venv/bin/newsletter (or: source .venv/bin/activate); README.md has a five-minute tour.
TXT
