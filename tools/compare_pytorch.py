"""Times the training step of an experiment's models in clnoise and in PyTorch, in turn.

Called by tools/compare_pytorch, which finds an interpreter with torch and yaml. One round runs
`clnoise bench` and then PyTorch's variants, so that both see the machine in the same state; the
ratio of a model is the median, over the rounds, of PyTorch's time over ours. PyTorch gets its batch
as ready float tensors and computes no accuracy, while our step gathers, scales and adds noise to
the images and counts correct answers: where the two differ, PyTorch has less to do.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import torch
import yaml
from torch import nn

IMAGE = (1, 28, 28)  # channels, height, width of the data sets that experiments name
CLASSES = 10


def fail(message):
    sys.exit(f"compare_pytorch: {message}")


def pair(value):
    return tuple(value) if isinstance(value, list) else (value, value)


ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def activation(name, last):
    """The modules of an activation; a last softmax is part of the loss, in PyTorch as here."""
    if name in (None, "none") or (name == "softmax" and last):
        return []
    if name == "softmax":
        return [nn.Softmax(dim=1)]
    if name not in ACTIVATIONS:
        fail(f"no PyTorch counterpart for activation '{name}'")
    return [ACTIVATIONS[name]()]


def same_padding(kernel, stride, size):
    """Keras's 'same': left, right, top, bottom."""
    sides = []
    for k, s, n in zip(kernel, stride, size):
        total = max((-(-n // s) - 1) * s + k - n, 0)
        sides += [[total // 2, total - total // 2]]
    return [*sides[1], *sides[0]]


def windowed(shape, kernel, stride, padding, value=0.0):
    """A padding module where one is needed, and the height and width after it."""
    if padding != "same":
        return [], shape[1:]
    left, right, top, bottom = same_padding(kernel, stride, shape[1:])
    size = (shape[1] + top + bottom, shape[2] + left + right)
    return ([nn.ConstantPad2d((left, right, top, bottom), value)] if size != shape[1:] else []), size


def convolution(options, shape, last):
    kernel, stride = pair(options["kernel"]), pair(options.get("stride", 1))
    pad, size = windowed(shape, kernel, stride, options.get("padding"))
    module = nn.Conv2d(shape[0], options["filters"], kernel, stride, bias=options.get("use_bias", True))
    out = [(n - k) // s + 1 for n, k, s in zip(size, kernel, stride)]
    return pad + [module] + activation(options.get("activation"), last), (options["filters"], *out)


def pooling(kind, options, shape):
    size = pair(options.get("size", 2))
    stride = pair(options.get("stride") or list(size))
    if options.get("padding") == "same" and kind is nn.AvgPool2d:
        fail("average_pool2d with padding 'same' has no counterpart in PyTorch")
    pad, padded = windowed(shape, size, stride, options.get("padding"), float("-inf"))
    out = [(n - k) // s + 1 for n, k, s in zip(padded, size, stride)]
    return pad + [kind(size, stride)], (shape[0], *out)


def dense(options, shape, last):
    if len(shape) != 1:
        fail("dense behind an image: put flatten between them")
    module = nn.Linear(shape[0], options["units"], bias=options.get("use_bias", True))
    return [module] + activation(options.get("activation"), last), (options["units"],)


def batch_norm(options, shape):
    kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
    momentum = 1 - options.get("momentum", 0.99)
    return [kind(shape[0], eps=options.get("epsilon", 1e-3), momentum=momentum)], shape


BARE = {"conv2d": "filters", "dense": "units", "dropout": "rate", "max_pool2d": "size",
        "average_pool2d": "size"}


def split(item):
    """(name, options) of `name`, `{name: value}` or `{name: {...}}`."""
    if isinstance(item, str):
        return item, {}
    (name, options), = item.items()
    return name, options if isinstance(options, dict) else {BARE.get(name, "value"): options}


def layer(item, shape, last):
    name, options = split(item)
    if name == "flatten":
        elems = 1
        for n in shape:
            elems *= n
        return [nn.Flatten()], (elems,)
    if name == "conv2d":
        return convolution(options, shape, last)
    if name == "dense":
        return dense(options, shape, last)
    if name == "max_pool2d":
        return pooling(nn.MaxPool2d, options, shape)
    if name == "average_pool2d":
        return pooling(nn.AvgPool2d, options, shape)
    if name == "dropout":
        return [nn.Dropout(options["rate"])], shape
    if name == "batch_norm":
        return batch_norm(options, shape)
    return activation(name, last), shape


def build(layers):
    modules, shape = [], IMAGE
    for index, item in enumerate(layers):
        added, shape = layer(item, shape, index == len(layers) - 1)
        modules += added
    if shape != (CLASSES,):
        fail(f"the model ends with shape {shape}, not {CLASSES} classes")
    return nn.Sequential(*modules)


def optimizer(spec, parameters, foreach):
    name, given = split(spec)
    options = {key: float(value) if not isinstance(value, bool) else value for key, value in given.items()}
    rate = options.get("learning_rate", 0.01 if name == "sgd" else 0.001)
    eps = options.get("epsilon", 1e-7)
    if name == "sgd":
        return torch.optim.SGD(parameters, rate, momentum=options.get("momentum", 0.0),
                               nesterov=options.get("nesterov", False), foreach=foreach)
    if name == "rmsprop":
        return torch.optim.RMSprop(parameters, rate, alpha=options.get("rho", 0.9), eps=eps, foreach=foreach)
    if name == "adadelta":
        return torch.optim.Adadelta(parameters, rate, rho=options.get("rho", 0.95), eps=eps, foreach=foreach)
    if name == "adam":
        betas = (options.get("beta_1", 0.9), options.get("beta_2", 0.999))
        return torch.optim.Adam(parameters, rate, betas, eps=eps, foreach=foreach)
    return fail(f"no PyTorch counterpart for optimizer '{name}'")


class Variant:
    """One way to run a model's step in PyTorch."""

    def __init__(self, spec, batch, channels_last, foreach, compiled):
        torch.manual_seed(1)
        self.net = build(spec["layers"]).train()
        self.x = torch.rand(batch, *IMAGE)
        self.y = torch.randint(CLASSES, (batch,))
        if channels_last:
            self.net = self.net.to(memory_format=torch.channels_last)
            self.x = self.x.contiguous(memory_format=torch.channels_last)
        self.optimizer = optimizer(spec["optimizer"], self.net.parameters(), foreach)
        self.loss = nn.CrossEntropyLoss()
        self.run = torch.compile(self.net) if compiled else self.net

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.run(self.x), self.y).backward()
        self.optimizer.step()

    def time_ms(self, steps):
        """The median of that many steps."""
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            self.step()
            times.append(time.perf_counter() - start)
        return 1000 * statistics.median(times)


def variants(spec, batch, compiled, steps):
    """PyTorch's variants of a model by name, each with the optimizer loop that is faster here."""
    layouts = {"default": (False, False)}
    has_images = any(split(item)[0] != "flatten" for item in spec["layers"][:1])
    if has_images:
        layouts["channels-last"] = (True, False)
    if compiled:
        layouts.update({f"{name}, compiled": (last, True) for name, (last, _) in list(layouts.items())})
    best = {}
    for name, (channels_last, compile_it) in layouts.items():
        tried = [Variant(spec, batch, channels_last, foreach, compile_it) for foreach in (False, True)]
        for variant in tried:
            variant.time_ms(3)  # warm up, and compile where that was asked for
        best[name] = min(tried, key=lambda variant: variant.time_ms(steps))
    return best


def clnoise_bench(program, file, steps):
    """{model: ms of one step} and the device. The only place that knows what bench prints."""
    command = [program, "bench", file, "--json", "--steps", str(steps)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        fail(f"{' '.join(command)} exited {done.returncode}")
    result = json.loads(done.stdout)
    return {name: model["step_ms"] for name, model in result["models"].items()}, result["device"]


def measure(options, experiment):
    batch = experiment.get("train", {}).get("batch", 128)
    models = experiment["models"]
    torch_variants = {name: variants(spec, batch, options.compile, options.steps)
                      for name, spec in models.items()}
    ours = {name: [] for name in models}
    theirs = {name: {v: [] for v in torch_variants[name]} for name in models}
    device = None
    for number in range(options.rounds):
        print(f"compare_pytorch: round {number + 1} of {options.rounds}", file=sys.stderr)
        step_ms, device = clnoise_bench(options.clnoise, options.file, options.steps)
        for name in models:
            if name not in step_ms:
                fail(f"clnoise bench says nothing about model '{name}'")
            ours[name].append(step_ms[name])
            for variant, runner in torch_variants[name].items():
                runner.step()  # wake the threads and caches up after the other program
                theirs[name][variant].append(runner.time_ms(options.steps))
    return ours, theirs, device


def summarise(ours, theirs):
    result = {}
    for name, our_ms in ours.items():
        medians = {variant: statistics.median(ms) for variant, ms in theirs[name].items()}
        best = min(medians, key=medians.get)
        ratios = [b / a for a, b in zip(our_ms, theirs[name][best])]
        result[name] = {
            "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios),
            "clnoise_ms": statistics.median(our_ms), "pytorch_ms": medians[best],
            "pytorch_best": best, "pytorch_variants_ms": medians, "rounds": len(ratios)}
    return result


def print_table(result, threads):
    print(f"one training step, ms (PyTorch {torch.__version__}, {threads} threads)\n")
    print(f"{'model':<16}{'clnoise':>10}{'PyTorch':>10}{'ratio':>8}   {'range':<14}PyTorch's best")
    for name, row in result.items():
        spread = f"{row['ratio_min']:.2f}-{row['ratio_max']:.2f}"
        print(f"{name:<16}{row['clnoise_ms']:>10.2f}{row['pytorch_ms']:>10.2f}{row['ratio']:>8.2f}   "
              f"{spread:<14}{row['pytorch_best']}")
    print("\nratio: PyTorch's best time over clnoise's, median of paired rounds; above 1 clnoise is faster")


def arguments():
    parser = argparse.ArgumentParser(prog="compare_pytorch")
    parser.add_argument("file", help="experiment file")
    parser.add_argument("--clnoise", required=True, help="the program to compare with")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--compile", action="store_true", help="try torch.compile as well")
    parser.add_argument("--rounds", type=int, default=7, help="pairs of measurements (default 7)")
    parser.add_argument("--steps", type=int, default=20, help="steps a measurement (default 20)")
    options = parser.parse_args()
    if options.rounds < 1 or options.steps < 1:
        parser.error("--rounds and --steps must be at least 1")
    return options


def main():
    options = arguments()
    # As many as this process may use: what OpenCL's CPU devices use as well.
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    torch.set_num_threads(threads)
    with open(options.file, encoding="utf-8") as stream:
        experiment = yaml.safe_load(stream)
    ours, theirs, device = measure(options, experiment)
    result = summarise(ours, theirs)
    if options.json:
        result.update(device=device, torch=torch.__version__, threads=threads)
        print(json.dumps(result, indent=2))
    else:
        print_table(result, threads)


if __name__ == "__main__":
    main()
