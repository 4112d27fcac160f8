# Read by scripts that need some data set of images: leaves its name in $set, or, where none can be
# had, says so and ends the script with 77. $clnoise is the program.
set=
for one in mnist fashion-mnist; do
    if "$clnoise" fetch --quiet "$one" >/dev/null 2>&1; then
        set=$one
        break
    fi
done
[ "$set" ] || { echo 'skipped: no data set can be had'; exit 77; }
