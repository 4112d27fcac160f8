"""The JSON Schema of experiment files against clnoise itself: schema.py CLNOISE ROOT

Needs jsonschema and PyYAML; exits with 77 where Python does not have them. Every experiment that is
shipped must pass, and every mistake of the table below must fail, in the schema and in clnoise. What
only clnoise can see (shapes, names of models) is not in the table.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars, as editors read them: 1e-7 is a number, off is a word."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))

BASE = """
name: t
data: {dataset: mnist, train_limit: 100}
noise: {kind: gaussian, scale: 0.5, draw: once}
train: {epochs: 2, batch: 32, seed: 1}
models:
  mlp:
    layers: [flatten, {dense: {units: 10, activation: softmax}}]
    optimizer: {rmsprop: {learning_rate: 1e-3}}
  net:
    layers:
      - conv2d: {filters: 4, kernel: [3, 5], padding: same}
      - max_pool2d: 2
      - dropout: 0.25
      - flatten: {}
      - dense: 10
      - softmax
    optimizer: sgd
"""

GOOD = [
    "sweep: {model: [mlp]}",
    "model: net",
    "model: mlp\nfusion: off",
    "model: mlp\nkernel_variant: conv2d=reference",
    "model: mlp\nevaluate: {noise.scale: [0, 0.5, 1e0]}",
    "sweep: {model: [mlp, net], noise.scale: [0, .5], seeds: 3}",
    "sweep: {model: [mlp], seeds: [4, 5], zip: {train.epochs: [1, 2], train.batch: [64, 32]}}",
    "sweep: {model: [mlp], zip: [{train.epochs: [1, 2], noise.scale: [0, 1]}, {noise.draw: [once]}]}",
    "sweep: {model: [mlp, net], noise.scale: [0, 1, 2], exclude: [{model: net, noise.scale: [1, 2]}]}",
    "sweep: {models.mlp.optimizer: [sgd, {adam: {learning_rate: 0.1}}], model: [mlp]}",
    "sweep: {model: [mlp], noise: [{scale: 1}, {scale: 2, draw: epoch}]}",
]

# A text of BASE and what stands in its place, or a line that is added.
BAD = [
    ("name: t", "name: a/b"),
    ("name: t", "name: 3"),
    ("name: t\n", ""),
    ("name: t", "nmae: t"),
    ("dataset: mnist", "dataset: mnits"),
    ("train_limit: 100", "train_limit: -1"),
    ("train_limit: 100", "train_limit: 1.5"),
    ("train_limit: 100", "train_limt: 100"),
    ("data: {dataset: mnist, train_limit: 100}", "data: mnist"),
    ("kind: gaussian", "kind: gausian"),
    ("scale: 0.5", "scale: much"),
    ("scale: 0.5", 'scale: "0.5"'),
    ("scale: 0.5", "scale: -0.5"),
    ("scale: 0.5", "scale: [0.5]"),
    ("draw: once", "draw: true"),
    ("draw: once", "clip: 1"),
    ("epochs: 2", "epochs: 0"),
    ("epochs: 2", "epochs: two"),
    ("batch: 32", "batch: 65537"),
    ("seed: 1", "seeds: 1"),
    ("  mlp:", "  m.p:"),
    ("    optimizer: sgd", ""),
    ("optimizer: sgd", "optimiser: sgd"),
    ("optimizer: sgd", "optimizer: sdg"),
    ("optimizer: sgd", "optimizer: {sgd: {lr: 0.1}}"),
    ("optimizer: sgd", "optimizer: [sgd]"),
    ("optimizer: sgd", "optimizer: {sgd: {}, adam: {}}"),
    ("learning_rate: 1e-3", "learning_rate: fast"),
    ("learning_rate: 1e-3", "learning_rate: -1"),
    ("dropout: 0.25", "dropout: 1"),
    ("dropout: 0.25", "dropout: yes"),
    ("dropout: 0.25", "dropuot: 0.25"),
    ("max_pool2d: 2", "max_pool2d: [2, 2, 2]"),
    ("max_pool2d: 2", "max_pool2d: 0"),
    ("filters: 4, ", ""),
    ("filters: 4", "filters: 0"),
    ("filters: 4", "filter: 4"),
    ("padding: same", "padding: full"),
    ("kernel: [3, 5]", "kernel: [3, 5.5]"),
    ("activation: softmax", "activation: sotfmax"),
    ("dense: 10", "dense: ten"),
    ("      - softmax", "      - conv2d"),
    ("      - softmax", "      - "),
    ("layers: [flatten, {dense: {units: 10, activation: softmax}}]", "layers: []"),
    ("", "model: [mlp]"),
    ("", "model: 3"),
    ("", "fusion: true"),
    ("", "evaluate: {}"),
    ("", "evaluate: {noise.scale: 1}"),
    ("", "evaluate: {noise.scale: []}"),
    ("", "evaluate: {noise.scale: [-1]}"),
    ("", "evaluate: {noise.sclae: [1]}"),
    ("", "evaluate: {noise.scale: [1, 1]}"),
    ("", "sweep: [model]"),
    ("", "sweep: {model: mlp}"),
    ("", "sweep: {model: [mlp], noise.scale: []}"),
    ("", "sweep: {model: [mlp], noise.scael: [1]}"),
    ("", "sweep: {model: [mlp], noise.scale: [a]}"),
    ("", "sweep: {model: [mlp], train.epochs: [0]}"),
    ("", "sweep: {model: [mlp], name: [a, b]}"),
    ("", "sweep: {model: [mlp], models: [a, b]}"),
    ("", "sweep: {model: [mlp], evaluate: [{}]}"),
    ("", "sweep: {model: [mlp], seeds: 0}"),
    ("", "sweep: {model: [mlp], seeds: many}"),
    ("", "sweep: {model: [mlp], seeds: []}"),
    ("", "sweep: {model: [mlp], zip: {}}"),
    ("", "sweep: {model: [mlp], zip: {seeds: [1]}}"),
    ("", "sweep: {model: [mlp], zip: {noise.scale: 1}}"),
    ("", "sweep: {model: [mlp], exclude: {model: mlp}}"),
    ("", "sweep: {model: [mlp], exclude: [{}]}"),
    ("", "sweep: {model: [mlp], exclude: [mlp]}"),
]

program, root = sys.argv[1], pathlib.Path(sys.argv[2])
failures = 0


def fail(what):
    global failures
    failures += 1
    print(what)


def run(*arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


schema = json.loads(run("schema").stdout)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)

if json.loads((root / "experiments/schema.json").read_text()) != schema:
    fail("experiments/schema.json is not what clnoise schema prints")

shipped = sorted(root.glob("experiments/*.yaml"))
for path in shipped:
    text = path.read_text()
    for error in validator.iter_errors(yaml.load(text, Loader)):
        fail(f"{path}: {error.json_path}: {error.message}")
    if not text.startswith("# yaml-language-server: $schema=schema.json\n"):
        fail(f"{path}: the first line is not the editor's modeline")
if not shipped:
    fail("no experiments found")

with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "t.yaml"

    def judge(text):
        """Whether the schema and clnoise accept it, and what clnoise says."""
        file.write_text(text)
        told = run("validate", "--quiet", file)
        return validator.is_valid(yaml.load(text, Loader)), told.returncode == 0, told.stderr

    for line in GOOD:
        in_schema, in_clnoise, told = judge(BASE + line + "\n")
        if not in_schema:
            fail(f"the schema refuses: {line}")
        if not in_clnoise:
            fail(f"clnoise refuses: {line}: {told}")
    for old, new in BAD:
        if old and old not in BASE:
            fail(f"not in the base: {old}")
        text = BASE.replace(old, new, 1) + "sweep: {model: [mlp]}\n" if old else BASE + new + "\n"
        in_schema, in_clnoise, _ = judge(text)
        if in_schema or in_clnoise:
            who = " and ".join(["the schema"] * in_schema + ["clnoise"] * in_clnoise)
            fail(f"accepted by {who}: {new or 'without ' + old}")

print(f"{len(shipped)} experiments, {len(GOOD)} good and {len(BAD)} bad files, {failures} failures")
sys.exit(1 if failures else 0)
