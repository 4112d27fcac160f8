#!/usr/bin/env python3
"""compare_cells.py A B: the cells of two runs side by side, the same experiment on two platforms.

Fails unless the losses of the training agree to LOSS and the weights to WEIGHT. Needs nothing but
Python itself.

Both platforms draw the same noise, dropout and first weights, to the bit; only sums are rounded in
another order. A float32 sum of some thousand products is off by about 1e-6 of its size, and so are
losses. Weights may differ by more in single places: RMSprop divides a gradient by the root of its
own mean square, so one that is nothing but rounding (of a unit that is nearly off) still moves its
weight by up to learning_rate / sqrt(1 - rho) = 0.0032 a step, to either side. Such places must stay
few, so the root of the mean square of all differences is held to a hundredth of that.
"""
import array
import json
import math
import pathlib
import sys

LOSS = 1e-4         # relative
STEP = 0.001 / math.sqrt(0.1)  # RMSprop's largest first step
STEPS = 4           # of the cells that are compared


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


def main(a, b):
    worst = {"loss": 0.0, "weight": 0.0, "rms": 0.0}
    cells = sorted(path.parent.name for path in pathlib.Path(a).glob("cells/*/model.safetensors"))
    if not cells:
        sys.exit(f"{a}: no cell was trained")
    for cell in cells:
        here, there = pathlib.Path(a, "cells", cell), pathlib.Path(b, "cells", cell)
        pairs = list(zip(losses(here / "metrics.jsonl"), losses(there / "metrics.jsonl"), strict=True))
        if not pairs:
            sys.exit(f"{here}: no losses")
        for x, y in pairs:
            worst["loss"] = max(worst["loss"], abs(x - y) / (1 + abs(x)))
        mine, theirs = weights(here / "model.safetensors"), weights(there / "model.safetensors")
        if not mine or mine.keys() != theirs.keys():
            sys.exit(f"{cell}: the runs have different variables")
        for name in mine:
            squares = 0.0
            for x, y in zip(mine[name], theirs[name], strict=True):
                worst["weight"] = max(worst["weight"], abs(x - y))
                squares += (x - y) ** 2
            worst["rms"] = max(worst["rms"], math.sqrt(squares / len(mine[name])))
    print(f"{len(cells)} cells: largest differences: loss {worst['loss']:.2g}, "
          f"weight {worst['weight']:.2g}, root of the mean square of a variable {worst['rms']:.2g}")
    if not (worst["loss"] <= LOSS and worst["weight"] <= 2 * STEPS * STEP
            and worst["rms"] <= STEP / 100):
        sys.exit(f"too much: accepted are {LOSS:g}, {2 * STEPS * STEP:.2g} and {STEP / 100:.2g}")


main(*sys.argv[1:])
