#!/usr/bin/env python3
"""compare_cells.py A B: the cells of two runs side by side, the same experiment on two platforms.

Fails unless losses and weights agree to LOSS and WEIGHT. Needs nothing but Python itself.

Both platforms draw the same noise, dropout and first weights, to the bit; only sums are rounded in
another order, which in float32 moves a sum of some hundred products by about 1e-7 of its size, and
1e-7 was the largest difference seen after four steps. WEIGHT leaves room for gradients that nearly
cancel, whose rounding RMSprop makes larger: its steps have one size, whatever the gradient's.
"""
import array
import json
import pathlib
import sys

LOSS = 1e-6    # of 1 + loss
WEIGHT = 1e-5  # absolute


def weights(path):
    blob = path.read_bytes()
    size = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8:8 + size])
    found = {}
    for name, tensor in header.items():
        if name != "__metadata__" and tensor["dtype"] == "F32":
            begin, end = tensor["data_offsets"]
            found[name] = array.array("f", blob[8 + size + begin:8 + size + end])
    return found


def losses(path):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [value for row in rows for key, value in sorted(row.items())
            if "loss" in key and isinstance(value, (int, float))]


def larger(worst, difference):
    return difference if difference != difference or difference > worst else worst


def main(a, b):
    worst = {"loss": 0.0, "weight": 0.0}
    cells = sorted(path.parent.name for path in pathlib.Path(a).glob("cells/*/model.safetensors"))
    if not cells:
        sys.exit(f"{a}: no cell was trained")
    for cell in cells:
        here, there = pathlib.Path(a, "cells", cell), pathlib.Path(b, "cells", cell)
        pairs = list(zip(losses(here / "metrics.jsonl"), losses(there / "metrics.jsonl"), strict=True))
        if not pairs:
            sys.exit(f"{here}: no losses")
        for x, y in pairs:
            worst["loss"] = larger(worst["loss"], abs(x - y) / (1 + abs(x)))
        mine, theirs = weights(here / "model.safetensors"), weights(there / "model.safetensors")
        if not mine or mine.keys() != theirs.keys():
            sys.exit(f"{cell}: the runs have different variables")
        for name in mine:
            for x, y in zip(mine[name], theirs[name], strict=True):
                worst["weight"] = larger(worst["weight"], abs(x - y))
    print(f"{len(cells)} cells: largest differences: loss {worst['loss']:.2g}, "
          f"weight {worst['weight']:.2g}")
    if not (worst["loss"] <= LOSS and worst["weight"] <= WEIGHT):
        sys.exit(f"too much: accepted are {LOSS:g} and {WEIGHT:g}")


main(*sys.argv[1:])
