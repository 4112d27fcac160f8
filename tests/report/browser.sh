#!/bin/sh
# The reports of committed runs, drawn afresh and looked at in headless Chromium: browser.sh CLNOISE. The
# second has few epochs and noise scales, so that the places which show values are wide. And that the check would notice: a page made worse in several ways does not pass.
set -u
clnoise=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v python3 >/dev/null || { echo 'skipped: no python3 here'; exit 77; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/clnoise-page.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
cp -r "$root/experiments/results/notebook" "$tmp/run"
"$clnoise" report "$tmp/run" || exit 1
"$root/tools/check_report" "$tmp/run/report.html"
code=$?
[ $code = 0 ] || exit $code

cp -r "$root/experiments/results/fair-rates" "$tmp/few"
"$clnoise" report "$tmp/few" || exit 1
"$root/tools/check_report" "$tmp/few/report.html" || exit 1

sed -e 's/--soft: #555c68/--soft: #b5bcc8/' -e 's|<main>|<main><img src="missing.png"><p style="width:1600px">wide</p>|' \
    -e 's/alt="Line chart[^"]*"/alt=""/' "$tmp/run/report.html" >"$tmp/run/worse.html"
said=$("$root/tools/check_report" "$tmp/run/worse.html")
[ $? = 1 ] || { echo 'a page made worse passes'; exit 1; }
for what in 'contrast ' 'says nothing in words' 'px wide in a window of 400' 'asks for '; do
    case $said in *"$what"*) ;; *) echo "not noticed: $what"; exit 1 ;; esac
done
