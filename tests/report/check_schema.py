#!/usr/bin/env python3
"""Does a JSON file keep to a JSON Schema? Exit 0: yes; 1: no, said on stderr; 77: cannot tell.

usage: check_schema.py SCHEMA FILE
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("Python's jsonschema is not installed", file=sys.stderr)
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as stream:
    schema = json.load(stream)
with open(sys.argv[2], encoding="utf-8") as stream:
    value = json.load(stream)
jsonschema.Draft7Validator.check_schema(schema)
errors = list(jsonschema.Draft7Validator(schema).iter_errors(value))
for error in errors:
    print("/".join(map(str, error.absolute_path)), error.message[:300], file=sys.stderr)
sys.exit(1 if errors else 0)
