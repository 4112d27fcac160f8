#!/bin/sh
# schema.py with the first Python that has what it needs: schema.sh CLNOISE ROOT
for python in python3 /usr/bin/python3; do
    if "$python" -c 'import jsonschema, yaml' 2>/dev/null; then
        exec "$python" "$2/tests/experiment/schema.py" "$1" "$2"
    fi
done
echo 'skipped: no python3 with jsonschema and yaml (Debian: python3-jsonschema python3-yaml)'
exit 77
