"""What the workers share: an experiment's models, its data, and the questions a worker answers.

A worker is a program that knows one framework (with_pytorch.py and its neighbours). It reads one
JSON object a line on stdin and answers each with one on stdout:

    {"do": "start", "model": M}                         -> {"variants": [...], "failed": {...}, ...}
    {"do": "step", "model": M, "variant": V, "rounds": n} -> {"ms": one training step}
    {"do": "evaluate", "model": M, "variant": V}        -> {"ms": the 10,000 images}
    {"do": "check", "model": M, "weights": FILE, ...}   -> {"losses": [...], "val_loss": ...}
    {"do": "train", "model": M}                         -> {"loss": ..., "val_loss": ..., ...}

An answer {"error": TEXT} says what went wrong. A framework is a class with the methods that `Worker`
calls; images are NHWC float32 arrays in [0, 1], labels int64.
"""

import argparse
import gzip
import json
import os
import resource
import statistics
import struct
import sys
import time

import numpy
import yaml

STEPS_A_ROUND = 8  # as `clnoise bench`: one time is that of so many steps, waited for at the end
TIMED_BATCHES = 16  # the timed steps go round so many batches
CLASSES = 10


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


def split(item):
    """(name, options) of `name`, `{name: value}` or `{name: {...}}`."""
    bare = {"conv2d": "filters", "dense": "units", "dropout": "rate", "max_pool2d": "size",
            "average_pool2d": "size"}
    if isinstance(item, str):
        return item, {}
    (name, options), = item.items()
    return name, options if isinstance(options, dict) else {bare.get(name, "value"): options}


class Layer:
    """A layer with everything a framework needs to know; shapes are (height, width, channels)."""

    def __init__(self, item, number, shape, last):
        self.kind, options = split(item)
        self.name = f"{self.kind}_{number}"  # as clnoise names it, from 1 within its kind
        self.last = last
        self.shape_in = self.shape_out = shape
        self.activation = options.get("activation")
        self.bias = options.get("use_bias", True)
        self.options = options
        if self.kind == "flatten":
            self.shape_out = (int(numpy.prod(shape)),)
        elif self.kind == "dense":
            if len(shape) != 1:
                raise ValueError("dense behind an image: put flatten between them")
            self.shape_out = (options["units"],)
        elif self.kind in ("conv2d", "max_pool2d", "average_pool2d"):
            self.slide(options, options.get("filters", shape[2]))

    def slide(self, options, channels):
        """The window of a convolution or a pool, Keras's padding as (left, right, top, bottom)."""
        self.window = pair(options["kernel"] if self.kind == "conv2d" else options.get("size", 2))
        default = 1 if self.kind == "conv2d" else list(self.window)
        self.stride = pair(options.get("stride") or default)
        self.same = options.get("padding") == "same"
        sides, out = [], []
        for k, s, n in zip(self.window, self.stride, self.shape_in):
            total = max((-(-n // s) - 1) * s + k - n, 0) if self.same else 0
            sides.append((total // 2, total - total // 2))
            out.append((n + total - k) // s + 1)
        self.padding = (*sides[1], *sides[0])
        self.shape_out = (*out, channels)


def plan_layers(spec, shape):
    """The layers of a model as the experiment file has it."""
    layers, counts = [], {}
    for index, item in enumerate(spec["layers"]):
        kind = split(item)[0]
        counts[kind] = counts.get(kind, 0) + 1
        layer = Layer(item, counts[kind], shape, index == len(spec["layers"]) - 1)
        layers.append(layer)
        shape = layer.shape_out
    if shape != (CLASSES,):
        raise ValueError(f"the model ends with shape {shape}, not {CLASSES} classes")
    return layers


def optimizer_options(spec):
    """(name, options) of the optimizer, Keras's defaults filled in."""
    name, given = split(spec)
    defaults = {
        "sgd": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
        "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7},
        "adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
        "adam": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    }
    if name not in defaults:
        raise ValueError(f"no counterpart for optimizer '{name}'")
    options = dict(defaults[name])
    for key, value in given.items():
        options[key] = value if isinstance(value, bool) else float(value)
    return name, options


def read_idx(folder, name):
    """A file of MNIST's format, plain or gzip'd, as an array of bytes."""
    path = os.path.join(folder, name)
    opener = open
    if not os.path.exists(path):
        path, opener = path + ".gz", gzip.open
    with opener(path, "rb") as stream:
        rank = struct.unpack(">I", stream.read(4))[0] & 255
        shape = struct.unpack(f">{rank}I", stream.read(4 * rank))
        return numpy.frombuffer(stream.read(), numpy.uint8).reshape(shape)


class Data:
    """Images as bytes (n, height, width, 1) and labels; random ones where there is no folder."""

    def __init__(self, folder):
        self.real = folder is not None
        if self.real:
            self.train = self.read(folder, "train")
            self.test = self.read(folder, "t10k")
        else:
            self.train, self.test = self.random(60000), self.random(10000)
        self.shape = self.train[0].shape[1:]

    @staticmethod
    def read(folder, which):
        images = read_idx(folder, f"{which}-images-idx3-ubyte")[..., None]
        return images, read_idx(folder, f"{which}-labels-idx1-ubyte").astype(numpy.int64)

    @staticmethod
    def random(count):
        draw = numpy.random.default_rng(1)
        return (draw.integers(0, 256, (count, 28, 28, 1), numpy.uint8),
                draw.integers(0, CLASSES, count, numpy.int64))


def scaled(images):
    """Bytes as floats in [0, 1]."""
    return images.astype(numpy.float32) / numpy.float32(255)


def read_weights(path, layers):
    """{layer's name: {variable: array}} of a model.safetensors, in clnoise's layouts."""
    with open(path, "rb") as stream:
        header = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
        body = stream.read()
    names, weights = {layer.name for layer in layers}, {}
    for key, entry in header.items():
        if key == "__metadata__":
            continue
        layer, variable = key.split("/")
        if layer not in names:
            raise ValueError(f"{path}: no layer '{layer}' in the model")
        begin, end = entry["data_offsets"]
        array = numpy.frombuffer(body[begin:end], numpy.float32).reshape(entry["shape"])
        weights.setdefault(layer, {})[variable] = array.copy()
    return weights


def peak_bytes():
    """The most memory this process ever had resident."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Worker:
    """Answers the questions with a framework: an object with `version`, `start`, `check`, `train`."""

    def __init__(self, framework, options):
        self.framework = framework
        self.import_bytes = peak_bytes()
        with open(options.file, encoding="utf-8") as stream:
            experiment = yaml.safe_load(stream)
        self.models = experiment["models"]
        self.batch = experiment.get("train", {}).get("batch", 128)
        self.data = Data(options.data)
        self.running = {}

    def plan(self, model):
        spec = self.models[model]
        return plan_layers(spec, self.data.shape), optimizer_options(spec["optimizer"])

    def start(self, model):
        layers, optimizer = self.plan(model)
        count = self.batch * TIMED_BATCHES
        timed = scaled(self.data.train[0][:count]), self.data.train[1][:count]
        tested = scaled(self.data.test[0]), self.data.test[1]
        variants, failed = {}, {}
        for name, build in self.framework.variants(layers).items():
            print(f"  {model}: {name}", file=sys.stderr, flush=True)
            try:
                variant = build(layers, optimizer, self.batch, timed, tested)
                loss = variant.steps(STEPS_A_ROUND)
                variant.evaluate()
                if not numpy.isfinite(loss):
                    raise ValueError(f"its loss is {loss}")
                variants[name] = variant
            except Exception as error:  # whatever a compiler below the framework runs into
                failed[name] = f"{type(error).__name__}: {str(error).strip()}"[:400]
                print(f"  {model}: {name} failed: {failed[name]}", file=sys.stderr, flush=True)
        self.running[model] = variants
        parameters = next(iter(variants.values())).parameters() if variants else 0
        return {"variants": list(variants), "failed": failed, "parameters": parameters,
                "version": self.framework.version, "batch": self.batch,
                "real_data": self.data.real, "test_images": len(self.data.test[1])}

    def step(self, model, variant, rounds):
        runner = self.running[model][variant]
        runner.steps(1)  # wake the threads and caches up after the other program
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            runner.steps(STEPS_A_ROUND)
            times.append((time.perf_counter() - began) / STEPS_A_ROUND)
        return {"ms": 1000 * statistics.median(times)}

    def evaluate(self, model, variant):
        began = time.perf_counter()
        self.running[model][variant].evaluate()
        return {"ms": 1000 * (time.perf_counter() - began)}

    def check(self, model, weights, trained, steps):
        """Without dropout: the losses of a few steps of the first images, one batch again and
        again, from the weights in a file; and what other weights give on the test images."""
        layers, optimizer = self.plan(model)
        first = scaled(self.data.train[0][:self.batch]), self.data.train[1][:self.batch]
        losses = self.framework.check(layers, optimizer, read_weights(weights, layers), first, steps)
        answer = {"losses": losses}
        if trained:
            tested = scaled(self.data.test[0]), self.data.test[1]
            loss, accuracy = self.framework.test(layers, optimizer, read_weights(trained, layers),
                                                 tested, self.batch)
            answer.update(val_loss=loss, val_accuracy=accuracy)
        return answer

    def train(self, model):
        """One epoch and an evaluation, as a program that does nothing else would do it."""
        layers, optimizer = self.plan(model)
        loss, val_loss, val_accuracy = self.framework.train(layers, optimizer, self.batch, self.data)
        return {"loss": loss, "val_loss": val_loss, "val_accuracy": val_accuracy,
                "import_bytes": self.import_bytes}

    def answer(self, line):
        request = json.loads(line)
        do = request.pop("do")
        try:
            return getattr(self, do)(**request)
        except Exception as error:
            return {"error": f"{do}: {type(error).__name__}: {str(error).strip()}"[:600]}


def serve(create):
    """The main of a worker. `create(threads)` imports the framework and returns it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", help="experiment file")
    parser.add_argument("--data", help="folder of the data set's files; random images without")
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    worker = Worker(create(options.threads), options)
    for line in sys.stdin:
        print(json.dumps(worker.answer(line)), file=answers, flush=True)
