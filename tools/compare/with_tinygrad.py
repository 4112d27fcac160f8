"""tinygrad's part of tools/compare_frameworks, on its OpenCL backend, which takes the first OpenCL
device: on a machine without a GPU the same that clnoise takes. common.py says what is asked of it.

The whole step is one TinyJit. Variants are widths of BEAM, its search for fast kernels: none, and
those that TINYGRAD_BEAM lists ("2" or "1,2"; a search may take many minutes). It has neither
Adadelta nor RMSprop; the two here are as short as its own optimizers.
"""

import os

os.environ.setdefault("DEV", "CL")
os.environ.setdefault("TRAINING", "1")

from importlib.metadata import version

import numpy
from tinygrad import Device, Tensor, TinyJit, nn
from tinygrad.helpers import BEAM, Context
from tinygrad.nn.optim import Optimizer

from common import serve


class Adadelta(Optimizer):
    def __init__(self, params, options):
        super().__init__(params, options["learning_rate"])
        self.rho, self.epsilon = options["rho"], options["epsilon"]
        self.squares, self.deltas = self._new_optim_param(), self._new_optim_param()

    def _step(self, params, grads):
        updates = []
        for i, grad in enumerate(grads):
            self.squares[i].assign(self.rho * self.squares[i] + (1 - self.rho) * grad * grad)
            delta = ((self.deltas[i] + self.epsilon).sqrt() /
                     (self.squares[i] + self.epsilon).sqrt() * grad)
            self.deltas[i].assign(self.rho * self.deltas[i] + (1 - self.rho) * delta * delta)
            updates.append(self.lr * delta)
        return updates, self.squares + self.deltas


class RMSprop(Optimizer):
    def __init__(self, params, options):
        super().__init__(params, options["learning_rate"])
        self.rho, self.epsilon = options["rho"], options["epsilon"]
        self.squares = self._new_optim_param()

    def _step(self, params, grads):
        updates = []
        for i, grad in enumerate(grads):
            self.squares[i].assign(self.rho * self.squares[i] + (1 - self.rho) * grad * grad)
            updates.append(self.lr * grad / (self.squares[i].sqrt() + self.epsilon))
        return updates, self.squares


def make_optimizer(optimizer, parameters):
    name, options = optimizer
    rate = options["learning_rate"]
    if name == "adadelta":
        return Adadelta(parameters, options)
    if name == "rmsprop" and not options["momentum"]:
        return RMSprop(parameters, options)
    if name == "adam":
        return nn.optim.Adam(parameters, rate, options["beta_1"], options["beta_2"],
                             options["epsilon"])
    if name == "sgd" and not options["nesterov"]:
        return nn.optim.SGD(parameters, rate, options["momentum"], classic=True)
    raise ValueError(f"no counterpart for {name} with {options}")


class Net:
    """The layers of a model; `dropout` is off in checks."""

    def __init__(self, layers, weights=None, dropout=True):
        self.dropout, self.steps, self.variables = dropout, [], []
        image = None  # the shape before a flatten, where clnoise had its channels last
        for layer in layers:
            values = (weights or {}).get(layer.name)
            if layer.kind == "flatten" and len(layer.shape_in) == 3:
                image = layer.shape_in
            if layer.kind == "conv2d":
                self.add_conv(layer, values)
            elif layer.kind == "dense":
                self.add_dense(layer, values, image)
                image = None
            elif layer.kind == "batch_norm" or (layer.kind != "conv2d" and
                                                any(getattr(layer, "padding", ()))):
                raise ValueError(f"{layer.name} has no counterpart here")
            else:
                self.steps.append(self.plain(layer))

    def keep(self, array):
        tensor = Tensor(numpy.ascontiguousarray(array)).realize()
        self.variables.append(tensor.is_param_(True))
        return tensor

    def activated(self, layer, function):
        name = layer.activation
        if name in (None, "none") or (name == "softmax" and layer.last):
            return function
        return lambda x: getattr(function(x), name)()

    def add_conv(self, layer, values):
        module = nn.Conv2d(layer.shape_in[2], layer.shape_out[2], layer.window, layer.stride,
                           layer.padding, bias=layer.bias)
        if values:
            kernel, bias = values["kernel"].transpose(3, 2, 0, 1), values.get("bias")
        else:
            kernel, bias = module.weight.numpy(), module.bias.numpy() if layer.bias else None
        module.weight = self.keep(kernel)
        module.bias = self.keep(bias) if layer.bias else None
        self.steps.append(self.activated(layer, module))

    def add_dense(self, layer, values, image):
        module = nn.Linear(layer.shape_in[0], layer.shape_out[0], bias=layer.bias)
        if values:
            kernel, bias = values["kernel"], values.get("bias")
            if image:
                kernel = kernel.reshape(*image, -1).transpose(2, 0, 1, 3)
            kernel = kernel.reshape(layer.shape_in[0], -1).T
        else:
            kernel, bias = module.weight.numpy(), module.bias.numpy() if layer.bias else None
        module.weight = self.keep(kernel)
        module.bias = self.keep(bias) if layer.bias else None
        self.steps.append(self.activated(layer, module))

    def plain(self, layer):
        if layer.kind == "flatten":
            return lambda x: x.flatten(1)
        if layer.kind == "max_pool2d":
            return lambda x: x.max_pool2d(layer.window, layer.stride)
        if layer.kind == "average_pool2d":
            return lambda x: x.avg_pool2d(layer.window, layer.stride)
        if layer.kind == "dropout":
            return lambda x: x.dropout(layer.options["rate"]) if self.dropout else x
        if layer.kind == "softmax" and layer.last:
            return lambda x: x
        return lambda x: getattr(x, layer.kind)()

    def __call__(self, x):
        for step in self.steps:
            x = step(x)
        return x


def tensor(images):
    """NHWC as NCHW."""
    return numpy.ascontiguousarray(images.transpose(0, 3, 1, 2))


def batches(data, batch):
    """The data as ready tensors, a batch each."""
    images, labels = tensor(data[0]), data[1].astype(numpy.int32)
    return [(Tensor(images[i:i + batch]).realize(), Tensor(labels[i:i + batch]).realize())
            for i in range(0, len(labels), batch)]


def training_step(net, update):
    def step(x, y):
        update.zero_grad()
        loss = net(x).sparse_categorical_crossentropy(y).backward()
        return loss.realize(*update.schedule_step())
    return step


def testing_step(net):
    def step(x, y):
        with Context(TRAINING=0):
            logits = net(x)
            loss = logits.sparse_categorical_crossentropy(y, reduction="sum")
            right = (logits.argmax(1) == y).sum()
            loss.realize(right)
            return loss, right
    return step


def evaluate(steps, ready):
    """Mean loss and accuracy. `steps` has a jitted function for each size of a batch."""
    sums = [tuple(t.clone().realize() for t in steps[len(y)](x, y)) for x, y in ready]
    count = sum(len(y) for _, y in ready)
    return (sum(loss.item() for loss, _ in sums) / count,
            sum(right.item() for _, right in sums) / count)


class Variant:
    """One width of BEAM."""

    def __init__(self, layers, optimizer, batch, timed, tested, beam):
        self.beam, self.at = beam, 0
        self.net = Net(layers)
        self.jit = TinyJit(training_step(self.net, make_optimizer(optimizer, self.net.variables)))
        self.ready, self.tested = batches(timed, batch), batches(tested, batch)
        self.tests = {len(y): TinyJit(testing_step(self.net)) for _, y in self.tested}
        self.steps(3)  # TinyJit records at the second call
        with Context(BEAM=self.beam):
            for _ in range(3):
                evaluate(self.tests, [self.tested[0], self.tested[-1]])

    def steps(self, count):
        with Context(BEAM=self.beam):
            for _ in range(count):
                x, y = self.ready[self.at]
                self.at = (self.at + 1) % len(self.ready)
                loss = self.jit(x, y)
            return loss.item()

    def evaluate(self):
        with Context(BEAM=self.beam):
            return evaluate(self.tests, self.tested)

    def parameters(self):
        return sum(int(numpy.prod(t.shape)) for t in self.net.variables)


class Tinygrad:
    def __init__(self, threads):
        self.version = f"tinygrad {version('tinygrad')} ({Device.DEFAULT})"

    @staticmethod
    def variants(layers):
        widths = [0, *(int(width) for width in os.environ.get("TINYGRAD_BEAM", "").split(",") if width)]
        return {f"BEAM={width}": lambda *given, width=width: Variant(*given, width)
                for width in widths}

    @staticmethod
    def check(layers, optimizer, weights, first, steps):
        net = Net(layers, weights, dropout=False)
        step = training_step(net, make_optimizer(optimizer, net.variables))
        (x, y), = batches(first, len(first[1]))
        return [step(x, y).item() for _ in range(steps)]

    @staticmethod
    def test(layers, optimizer, weights, tested, batch):
        step = testing_step(Net(layers, weights))
        ready = batches(tested, batch)
        return evaluate({len(y): TinyJit(step) for _, y in ready}, ready)

    @staticmethod
    def train(layers, optimizer, batch, data):
        """Images stay bytes on the device until their batch is due; the last, smaller batch of an
        epoch has a step of its own."""
        net = Net(layers)
        update = make_optimizer(optimizer, net.variables)
        images = tensor(data.train[0])
        labels = data.train[1].astype(numpy.int32)
        order, total = numpy.random.default_rng(1).permutation(len(labels)), []
        body = training_step(net, update)
        jits = {}
        for begin in range(0, len(labels), batch):
            chosen = order[begin:begin + batch]
            size = len(chosen)
            if size not in jits:
                jits[size] = TinyJit(lambda x, y: body(x.float() / 255, y))
            loss = jits[size](Tensor(images[chosen]).realize(), Tensor(labels[chosen]).realize())
            total.append(loss.item() * size)
        tested = data.test[0].astype(numpy.float32) / numpy.float32(255)
        ready = batches((tested, data.test[1]), batch)
        tests = {len(y): TinyJit(testing_step(net)) for _, y in ready}
        return (sum(total) / len(labels), *evaluate(tests, ready))


if __name__ == "__main__":
    serve(Tinygrad)
