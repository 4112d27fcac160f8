"""Times an experiment's models in clnoise and in other frameworks, in turn, on the same cores.

Called by tools/compare_frameworks and tools/compare_pytorch. This process needs nothing but Python;
each framework lives in a worker of its own (common.py) with an interpreter of its own. What is
measured, for each model:

- one training step, and the evaluation of all test images: in every round `clnoise bench` and then
  each variant of the framework, so that all see the machine in the same state. A ratio is the
  median, over the rounds, of the framework's time over clnoise's; the variant with the best median
  counts, and all are shown. One that is far behind after a round is left out of the others. Where a
  framework allocates in every step, it runs as installed and with an allocator told to keep memory,
  which its users must set themselves. `clnoise bench` times a step of evaluation; the test images
  are as many steps as they have batches, the last one counted as if it were full.
- the peak resident memory and the time of two programs that read the data set, train one epoch and
  evaluate: `clnoise run`, and a fresh worker.
- that both compute the same: from the same weights, without dropout, the same losses, and on the
  test images the loss and accuracy that clnoise reports for the weights it trained.

Frameworks are given batches that lie ready; our step also gathers, scales and adds noise to images
and counts correct answers.
"""

import argparse
import csv
import glob
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from tables import print_markdown, print_tables

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CHECK_STEPS = 3
LOSS_TOLERANCE = 1e-5  # float32 sums of 128 losses in another order
LATER_TOLERANCE = 2e-3  # an optimizer's step turns the rounding of small gradients into more

TENSORFLOW = "tensorflow-cpu" if sys.platform == "linux" and os.uname().machine == "x86_64" \
    else "tensorflow"
# name: modules to import, packages of PyPI that bring them
FRAMEWORKS = {
    "pytorch": ("torch", ["torch"]),
    "tinygrad": ("tinygrad", ["tinygrad"]),
    "keras": ("keras, tensorflow", ["keras", TENSORFLOW]),
}
# Those that take and give back the memory of every tensor in every step. glibc hands large pieces
# back to the system, which clears them anew; told to keep them it makes such a step a fifth faster.
ALLOCATING = ("pytorch", "keras")
KEEPING = ", memory kept"
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(4 << 30),
               "MALLOC_TOP_PAD_": str(256 << 20)}
HOPELESS = 1.2  # times the best


def say(text):
    print(f"compare: {text}", file=sys.stderr, flush=True)


def fail(text, status=1):
    say(text)
    sys.exit(status)


def interpreter(name, given):
    """The path of a Python that has the framework; made below the checkout unless one is given."""
    if given:
        return given
    folder = os.path.join(ROOT, f".venv-{name}")
    python = os.path.join(folder, "bin", "python")
    imports, packages = FRAMEWORKS[name]
    if not os.path.exists(python):
        say(f"making {os.path.basename(folder)}")
        if subprocess.run([sys.executable, "-m", "venv", folder], stdout=sys.stderr).returncode:
            fail("python3 cannot make a virtual environment; on Debian: apt-get install python3-venv")
    seen = subprocess.run([python, "-c", f"import numpy, yaml, {imports}"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if seen.returncode != 0:
        say(f"installing {', '.join(packages)} from PyPI into {os.path.basename(folder)}")
        done = subprocess.run([python, "-m", "pip", "install", "--quiet",
                               "--disable-pip-version-check", "numpy", "pyyaml", *packages],
                              stdout=sys.stderr)
        if done.returncode != 0:
            fail(f"{name} could not be installed")
    return python


def data_folder(dataset):
    """Where the files of a data set lie, or None."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    roots = os.environ.get("CLNOISE_DATA", "").split(":") + [os.path.join(cache, "clnoise", "data")]
    upper = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}.get(dataset, dataset)
    for root in filter(None, roots):
        for layout in ("", dataset, os.path.join(upper, "raw")):
            folder = os.path.join(root, layout)
            if glob.glob(os.path.join(folder, "train-images-idx3-ubyte*")):
                return folder
    return None


def run_measured(command, text=None):
    """Runs a program to its end: (status, its output, seconds, peak resident bytes). The system
    counts what this process held when it started the program, some 16 MB, as the program's."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as output:
        given.write(text or "")
        given.seek(0)
        process = subprocess.Popen(command, stdin=given, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return process.returncode, output.read(), time.perf_counter() - began, peak


class Clnoise:
    """Our side. The only place that knows what `clnoise` prints and writes."""

    def __init__(self, program, file, scratch):
        self.program, self.file, self.scratch = program, file, scratch
        self.device = self.dataset = None

    def bench(self, steps):
        """{model: {"step", "evaluation step": ms, "batch"}}"""
        command = [self.program, "bench", self.file, "--json", "--steps", str(steps)]
        status, output, _, _ = run_measured(command)
        if status != 0:
            fail(f"{' '.join(command)} exited {status}")
        result = json.loads(output)
        self.device = result["device"]
        return {name: {"step": model["step_ms"], "evaluation step": model["evaluation_step_ms"],
                       "batch": model["batch"]} for name, model in result["models"].items()}

    def run(self, name, *settings):
        """Trains: (rows of metrics.csv, summary, weights' path, seconds, peak bytes)."""
        out = os.path.join(self.scratch, name)
        command = [self.program, "run", self.file, *settings, "--out", out, "--quiet"]
        status, _, seconds, peak = run_measured(command)
        if status != 0:
            fail(f"{' '.join(command)} exited {status}")
        with open(os.path.join(out, "metrics.csv"), encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        with open(os.path.join(out, "summary.json"), encoding="utf-8") as stream:
            summary = json.load(stream)
        weights = glob.glob(os.path.join(out, "cells", "*", "model.safetensors"))
        if len(weights) != 1:
            fail(f"{' '.join(command)} trained {len(weights)} cells: the file sweeps more than "
                 "the model and noise.scale; put single values there")
        self.dataset = summary["data"]["dataset"]
        return rows, summary, weights[0], seconds, peak


class Worker:
    """The other side: a process or two, each at the end of a pipe."""

    def __init__(self, name, python, file, threads):
        self.name = name
        self.command = [python, os.path.join(HERE, f"with_{name}.py"), file,
                        "--threads", str(threads)]
        self.processes = {}  # by what their variants' names end with

    def start(self, folder):
        self.command += ["--data", folder]
        self.processes[""] = self.spawn({})
        if self.name in ALLOCATING and platform.libc_ver()[0] == "glibc":
            self.processes[KEEPING] = self.spawn(KEEP_MEMORY)

    def spawn(self, settings):
        return subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True, env={**os.environ, **settings})

    def answer(self, line):
        try:
            answer = json.loads(line)
        except ValueError:
            fail(f"{self.name}: its worker ended; what it said stands above")
        if "error" in answer:
            fail(f"{self.name}: {answer['error']}")
        return answer

    def ask(self, ending, do, **rest):
        process = self.processes[ending]
        try:
            process.stdin.write(json.dumps({"do": do, **rest}) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.answer(process.stdout.readline())

    def build(self, model):
        """A model in every process: the answers as one."""
        both = None
        for ending in self.processes:
            say(f"{self.name}: building {model}{ending}")
            answer = self.ask(ending, "start", model=model)
            both = both or {**answer, "variants": [], "failed": {}}
            both["variants"] += [name + ending for name in answer["variants"]]
            both["failed"].update({name + ending: why for name, why in answer["failed"].items()})
        return both

    def ask_variant(self, do, model, variant, **rest):
        ending = KEEPING if variant.endswith(KEEPING) else ""
        variant = variant[:len(variant) - len(ending)]
        return self.ask(ending, do, model=model, variant=variant, **rest)["ms"]

    def ask_fresh(self, do, **rest):
        """The same of a process of its own: (answer, seconds, peak bytes)."""
        request = json.dumps({"do": do, **rest}) + "\n"
        _, output, seconds, peak = run_measured(self.command, request)
        return self.answer(output), seconds, peak

    def stop(self):
        for process in self.processes.values():
            process.stdin.close()
            process.wait()


def way(variant):
    """How a variant's process was started."""
    return "memory kept" if variant.endswith(KEEPING) else "as installed"


def summarise_way(ours, theirs):
    """The medians of paired rounds; `theirs` by variant. Some were measured in the first only."""
    whole = {variant: ms for variant, ms in theirs.items() if len(ms) == len(ours)}
    best = min(whole, key=lambda variant: statistics.median(whole[variant]))
    ratios = [b / a for a, b in zip(ours, whole[best])]
    return {"ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios),
            "clnoise_ms": statistics.median(ours), "ms": statistics.median(whole[best]),
            "best": best, "rounds": len(ratios)}


def summarise(ours, theirs):
    """The best of all ways, and each of them by itself."""
    ways = {name: summarise_way(ours, {v: ms for v, ms in theirs.items() if way(v) == name})
            for name in dict.fromkeys(map(way, theirs))}
    medians = {variant: statistics.median(ms) for variant, ms in theirs.items()}
    return {**min(ways.values(), key=lambda row: row["ms"]), "ways": ways, "variants_ms": medians}


def hopeless(theirs, variant):
    """Whether a variant was so much slower in the first round that others need not be spent on it."""
    first = {v: ms[0] for v, ms in theirs.items() if ms and way(v) == way(variant)}
    return variant in first and first[variant] > HOPELESS * min(first.values())


def measure_speed(clnoise, worker, started, options):
    """{model: {"step": ..., "evaluation": ...}}"""
    ours = {name: {"step": [], "evaluation": []} for name in started}
    theirs = {name: {what: {v: [] for v in answer["variants"]} for what in ("step", "evaluation")}
              for name, answer in started.items()}
    rest = {"step": {"rounds": max(1, options.steps // 8)}, "evaluation": {}}
    for number in range(options.rounds):
        say(f"{worker.name}: round {number + 1} of {options.rounds}")
        bench = clnoise.bench(options.steps)
        for name, answer in started.items():
            batches = -(-answer["test_images"] // bench[name]["batch"])
            ours[name]["step"].append(bench[name]["step"])
            ours[name]["evaluation"].append(bench[name]["evaluation step"] * batches)
            for what, times in theirs[name].items():
                out = {v for v in times if number and hopeless(times, v)}
                for variant in (v for v in times if v not in out):
                    do = "evaluate" if what == "evaluation" else what
                    times[variant].append(worker.ask_variant(do, name, variant, **rest[what]))
    return {name: {what: summarise(ours[name][what], theirs[name][what]) for what in ours[name]}
            for name in started}


class Trained:
    """What clnoise trained of one model: the same for every framework, so done once."""

    def __init__(self, clnoise, model, spec, options):
        said = [f"model={model}", "noise.scale=0"]
        still = []  # without dropout
        for index, item in enumerate(spec["layers"]):
            if item == "dropout" or (isinstance(item, dict) and "dropout" in item):
                still.append(f"models.{model}.layers.{index}.dropout=0")
        optimizer = spec["optimizer"]
        name = optimizer if isinstance(optimizer, str) else next(iter(optimizer))
        once = [*said, *still, f"data.train_limit={spec['batch']}", "data.test_limit=128"]
        rate = f"models.{model}.optimizer.{name}.learning_rate=1e-30"  # leaves weights as they are
        _, summary, self.first_weights, _, _ = clnoise.run(f"{model}-first", *once, rate,
                                                           "train.epochs=1")
        rows, _, _, _, _ = clnoise.run(f"{model}-steps", *once, f"train.epochs={CHECK_STEPS}")
        self.losses = [float(row["loss"]) for row in rows]
        self.parameters = summary["cells"][0]["parameters"]
        self.epoch_weights = None
        if options.epochs:
            say(f"clnoise: one epoch of {model}")
            rows, _, self.epoch_weights, self.seconds, self.peak = clnoise.run(
                f"{model}-epoch", *said, "train.epochs=1")
            self.epoch = {key: float(rows[-1][key]) for key in ("loss", "val_loss", "val_accuracy")}


def relative(ours, theirs):
    return abs(ours - theirs) / max(abs(ours), 1e-30)


def check_same(worker, model, trained, parameters):
    """Whether both compute the same; a difference ends the program."""
    answer = worker.ask("", "check", model=model, weights=trained.first_weights,
                        trained=trained.epoch_weights, steps=CHECK_STEPS)
    differences = [relative(a, b) for a, b in zip(trained.losses, answer["losses"])]
    wrong = []
    if parameters != trained.parameters:
        wrong.append(f"{parameters} parameters, clnoise {trained.parameters}")
    if not differences[0] <= LOSS_TOLERANCE:
        wrong.append(f"first loss {answer['losses'][0]}, clnoise {trained.losses[0]}")
    if not max(differences) <= LATER_TOLERANCE:
        wrong.append(f"losses {answer['losses']}, clnoise {trained.losses}")
    result = {"parameters": parameters, "losses": answer["losses"], "clnoise_losses": trained.losses,
              "first_loss_difference": differences[0], "later_loss_difference": max(differences)}
    if trained.epoch_weights:
        difference = relative(trained.epoch["val_loss"], answer["val_loss"])
        if not difference <= LOSS_TOLERANCE:
            wrong.append(f"loss of the test images {answer['val_loss']}, clnoise "
                         f"{trained.epoch['val_loss']}")
        result.update(test_loss_difference=difference, test_accuracy=answer["val_accuracy"],
                      clnoise_test_accuracy=trained.epoch["val_accuracy"])
    if wrong:
        fail(f"{worker.name} does not compute what clnoise does on {model}: {'; '.join(wrong)}")
    return result


def measure_epoch(worker, model, trained):
    """Both as whole programs: reading the data, an epoch, an evaluation."""
    say(f"{worker.name}: one epoch of {model}")
    answer, seconds, peak = worker.ask_fresh("train", model=model)
    return {"clnoise_peak_bytes": trained.peak, "peak_bytes": peak, "ratio": peak / trained.peak,
            "import_bytes": answer["import_bytes"], "clnoise_seconds": trained.seconds,
            "seconds": seconds, "loss": answer["loss"], "val_loss": answer["val_loss"],
            "clnoise_loss": trained.epoch["loss"], "clnoise_val_loss": trained.epoch["val_loss"]}


def compare(clnoise, worker, options, trained):
    folder = data_folder(clnoise.dataset)
    if not folder:
        fail(f"the files of {clnoise.dataset} were not found in $CLNOISE_DATA")
    worker.start(folder)
    result, started = {"models": {}}, {}
    for model in options.models:
        started[model] = worker.build(model)
        if not started[model]["variants"]:
            fail(f"{worker.name}: no variant of {model} works: {started[model]['failed']}")
        result["version"] = started[model]["version"]
    checks = {model: check_same(worker, model, trained[model], started[model]["parameters"])
              for model in options.models}
    speed = measure_speed(clnoise, worker, started, options)
    worker.stop()
    for model in options.models:
        result["models"][model] = {**speed[model], "check": checks[model],
                                   "failed": started[model]["failed"]}
        if options.epochs:
            result["models"][model]["epoch"] = measure_epoch(worker, model, trained[model])
    return result


def describe(python, file):
    """The models of an experiment file; this process has no YAML, a worker's interpreter has."""
    code = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)"
    done = subprocess.run([python, "-c", code, file], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        fail(f"{file} cannot be read")
    experiment = json.loads(done.stdout)
    batch = experiment.get("train", {}).get("batch", 128)
    return {name: {**spec, "batch": batch} for name, spec in experiment["models"].items()}


def arguments():
    parser = argparse.ArgumentParser(
        prog="compare_frameworks",
        description="Compares the experiment's models in clnoise with other frameworks on the same "
        "cores: training step, evaluation, memory. A framework is installed from PyPI into "
        ".venv-NAME in this checkout (PyTorch takes some gigabytes; set PIP_EXTRA_INDEX_URL to a "
        "CPU-only index for less), unless --python names an interpreter that has it, numpy and "
        "pyyaml.")
    parser.add_argument("file", nargs="?", metavar="FILE",
                        default=os.path.join(ROOT, "experiments", "sweep.yaml"),
                        help="experiment file (default: experiments/sweep.yaml)")
    parser.add_argument("--with", dest="names", metavar="NAME,...", default=",".join(FRAMEWORKS),
                        help="frameworks to compare with (default: %(default)s)")
    parser.add_argument("--models", metavar="NAME,...", help="only these models of the file")
    parser.add_argument("--rounds", type=int, default=5, metavar="N",
                        help="pairs of measurements (default 5)")
    parser.add_argument("--steps", type=int, default=16, metavar="N",
                        help="training steps a measurement, in eights (default 16)")
    parser.add_argument("--no-epoch", dest="epochs", action="store_false",
                        help="leave out the whole epochs, and with them memory")
    parser.add_argument("--python", action="append", default=[], metavar="[NAME=]PATH",
                        help="the interpreter of a framework")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--markdown", action="store_true", help="print the README's table")
    parser.add_argument("--saved", nargs="+", metavar="FILE.json",
                        help="measure nothing; print what --json wrote before")
    parser.add_argument("--clnoise", default=os.path.join(ROOT, "build", "clnoise"),
                        metavar="PATH", help="the program to compare with (default: build/clnoise)")
    options = parser.parse_args()
    if options.rounds < 1 or options.steps < 1:
        parser.error("--rounds and --steps must be at least 1")
    options.names = options.names.split(",")
    for name in options.names:
        if name not in FRAMEWORKS:
            parser.error(f"--with {name}: accepted: {', '.join(FRAMEWORKS)}")
    options.pythons = {}
    for given in options.python:
        name, _, path = given.rpartition("=")
        if not name and len(options.names) > 1:
            parser.error(f"--python {given}: which framework's? say NAME={given}")
        options.pythons[name or options.names[0]] = path
    return options


def measure(options):
    if not os.access(options.clnoise, os.X_OK):
        fail(f"{options.clnoise} is not there; run tools/setup first")
    # As many as this process may use: what OpenCL's CPU devices use as well.
    threads = (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
               else os.cpu_count())
    pythons = {name: interpreter(name, options.pythons.get(name)) for name in options.names}
    specs = describe(pythons[options.names[0]], options.file)
    options.models = options.models.split(",") if options.models else list(specs)
    for model in options.models:
        if model not in specs:
            fail(f"no model '{model}' in {options.file}; there: {', '.join(specs)}", 2)
    scratch = tempfile.mkdtemp(prefix="clnoise-compare-")
    try:
        clnoise = Clnoise(options.clnoise, options.file, scratch)
        say("clnoise: warming up, and tuning where this was not done before")
        clnoise.bench(8)
        trained = {model: Trained(clnoise, model, specs[model], options)
                   for model in options.models}
        frameworks = {name: compare(clnoise, Worker(name, pythons[name], options.file, threads),
                                    options, trained) for name in options.names}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return {"device": clnoise.device, "data": clnoise.dataset, "threads": threads,
            "batch": next(iter(specs.values()))["batch"], "date": time.strftime("%Y-%m-%d"),
            "frameworks": frameworks}


def load(paths):
    """Saved results as one: what differs in framework or model stands side by side, later files win."""
    merged = None
    for path in paths:
        with open(path, encoding="utf-8") as stream:
            try:
                result = json.load(stream)
                result["frameworks"].items()
            except (ValueError, KeyError, AttributeError, TypeError):
                fail(f"{path}: not what --json writes", 2)
        if merged is None:
            merged = result
            continue
        for name, framework in result["frameworks"].items():
            models = merged["frameworks"].setdefault(name, framework)["models"]
            models.update(framework["models"])
    return merged


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    options = arguments()
    result = load(options.saved) if options.saved else measure(options)
    if options.json:
        print(json.dumps(result, indent=2))
    elif options.markdown:
        print_markdown(result)
    else:
        print_tables(result)


if __name__ == "__main__":
    main()
