"""PyTorch's part of tools/compare_frameworks; common.py says what is asked of it.

PyTorch gets every chance: both memory layouts, eager and compiled, whichever optimizer loop is
faster, batches that lie ready as float tensors, and no figure is fetched from a step.
"""

import sys
import time

import numpy
import torch
from torch import nn

from common import STEPS_A_ROUND, serve

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def activation(name, last):
    """The modules of an activation; a last softmax is part of the loss."""
    if name in (None, "none") or (name == "softmax" and last):
        return []
    return [nn.Softmax(dim=1) if name == "softmax" else ACTIVATIONS[name]()]


def padded(layer, value=0.0):
    return [nn.ConstantPad2d(layer.padding, value)] if any(layer.padding) else []


def modules(layer):
    """What a layer becomes."""
    if layer.kind == "flatten":
        return [nn.Flatten()]
    if layer.kind == "conv2d":
        conv = nn.Conv2d(layer.shape_in[2], layer.shape_out[2], layer.window, layer.stride,
                         bias=layer.bias)
        return padded(layer) + [conv] + activation(layer.activation, layer.last)
    if layer.kind == "dense":
        return [nn.Linear(layer.shape_in[0], layer.shape_out[0], bias=layer.bias),
                *activation(layer.activation, layer.last)]
    if layer.kind == "max_pool2d":
        return padded(layer, float("-inf")) + [nn.MaxPool2d(layer.window, layer.stride)]
    if layer.kind == "average_pool2d":
        if any(layer.padding):
            raise ValueError("average_pool2d with padding 'same' has no counterpart in PyTorch")
        return [nn.AvgPool2d(layer.window, layer.stride)]
    if layer.kind == "dropout":
        return [nn.Dropout(layer.options["rate"])]
    if layer.kind == "batch_norm":
        kind = nn.BatchNorm2d if len(layer.shape_in) == 3 else nn.BatchNorm1d
        return [kind(layer.shape_in[-1], eps=layer.options.get("epsilon", 1e-3),
                     momentum=1 - layer.options.get("momentum", 0.99))]
    return activation(layer.kind, layer.last)


def build(layers):
    torch.manual_seed(1)
    return nn.Sequential(*[module for layer in layers for module in modules(layer)])


def make_optimizer(optimizer, parameters, foreach):
    name, options = optimizer
    rate = options["learning_rate"]
    if name == "sgd":
        return torch.optim.SGD(parameters, rate, momentum=options["momentum"],
                               nesterov=options["nesterov"], foreach=foreach)
    if name == "rmsprop":
        return torch.optim.RMSprop(parameters, rate, alpha=options["rho"], eps=options["epsilon"],
                                   momentum=options["momentum"], foreach=foreach)
    if name == "adadelta":
        return torch.optim.Adadelta(parameters, rate, rho=options["rho"], eps=options["epsilon"],
                                    foreach=foreach)
    return torch.optim.Adam(parameters, rate, (options["beta_1"], options["beta_2"]),
                            eps=options["epsilon"], foreach=foreach)


def tensor(images, channels_last):
    """NHWC as the NCHW that PyTorch wants, in either order in memory."""
    images = torch.from_numpy(images).permute(0, 3, 1, 2)
    return images.contiguous(
        memory_format=torch.channels_last if channels_last else torch.contiguous_format)


def evaluate(run, net, x, y, batch):
    """Mean loss and accuracy, as `clnoise` reports them after an epoch."""
    net.eval()
    loss, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
    with torch.inference_mode():
        for begin in range(0, len(y), batch):
            labels = y[begin:begin + batch]
            logits = run(x[begin:begin + batch])
            loss += nn.functional.cross_entropy(logits, labels, reduction="sum")
            right += (logits.argmax(1) == labels).sum()
    net.train()
    return loss.item() / len(y), right.item() / len(y)


class Variant:
    """One way to run a model."""

    def __init__(self, layers, optimizer, batch, timed, tested, channels_last, compiled):
        self.net, self.batch = build(layers).train(), batch
        if channels_last:
            self.net = self.net.to(memory_format=torch.channels_last)
        self.x, self.y = tensor(timed[0], channels_last), torch.from_numpy(timed[1])
        self.test_x, self.test_y = tensor(tested[0], channels_last), torch.from_numpy(tested[1])
        loss, net = nn.CrossEntropyLoss(), self.net
        self.loss = lambda x, y: loss(net(x), y)
        self.run, self.at = net, 0
        if compiled:
            self.loss = torch.compile(self.loss, dynamic=False)
            self.run = torch.compile(net, dynamic=False)
        self.choose_optimizer(optimizer, compiled)

    def choose_optimizer(self, optimizer, compiled):
        """Of the optimizer's loops the one that is fastest here."""
        tried = []
        for foreach in (False, True):
            self.optimizer = make_optimizer(optimizer, self.net.parameters(), foreach)
            self.update = self.optimizer.step
            tried.append((self.time_steps(), self.optimizer, self.update))
            if compiled and foreach:
                self.update = torch.compile(self.optimizer.step)
                tried.append((self.time_steps(), self.optimizer, self.update))
        _, self.optimizer, self.update = min(tried, key=lambda entry: entry[0])

    def time_steps(self):
        self.steps(2)
        began = time.perf_counter()
        self.steps(STEPS_A_ROUND)
        return time.perf_counter() - began

    def steps(self, count):
        for _ in range(count):
            x, y = self.x[self.at:self.at + self.batch], self.y[self.at:self.at + self.batch]
            self.at = (self.at + self.batch) % len(self.y)
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(x, y)
            loss.backward()
            self.update()
        return loss.item()

    def evaluate(self):
        return evaluate(self.run, self.net, self.test_x, self.test_y, self.batch)

    def parameters(self):
        return sum(p.numel() for p in self.net.parameters())


def set_weights(net, layers, weights):
    """Puts clnoise's weights into the net; a dense layer behind an image saw NHWC there."""
    holders = iter([m for m in net if list(m.parameters())])
    image = None
    with torch.no_grad():
        for layer in layers:
            if layer.kind == "flatten" and len(layer.shape_in) == 3:
                image = layer.shape_in
            if layer.name not in weights:
                continue
            values, module = weights[layer.name], next(holders)
            if layer.kind == "batch_norm":
                names = ("gamma", "beta", "moving_mean", "moving_variance")
                targets = (module.weight, module.bias, module.running_mean, module.running_var)
                for target, name in zip(targets, names):
                    target.copy_(torch.from_numpy(values[name]))
                continue
            kernel = values["kernel"]
            if layer.kind == "conv2d":
                kernel = kernel.transpose(3, 2, 0, 1)
            else:
                if image:
                    kernel = kernel.reshape(*image, -1).transpose(2, 0, 1, 3)
                kernel = kernel.reshape(layer.shape_in[0], -1).T
                image = None
            module.weight.copy_(torch.from_numpy(numpy.ascontiguousarray(kernel)))
            if layer.bias:
                module.bias.copy_(torch.from_numpy(values["bias"]))


class PyTorch:
    def __init__(self, threads):
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision("highest")
        self.version = f"PyTorch {torch.__version__}"

    @staticmethod
    def variants(layers):
        layouts = {"default": False}
        if any(layer.kind == "conv2d" for layer in layers):
            layouts["channels-last"] = True
        made = {}
        for compiled in (False, True):
            for layout, last in layouts.items():
                made[f"{layout}, compiled" if compiled else f"{layout}, eager"] = (
                    lambda *given, last=last, compiled=compiled: Variant(*given, last, compiled))
        return made

    @staticmethod
    def check(layers, optimizer, weights, first, steps):
        net = build(layers).train()
        for module in net:
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        set_weights(net, layers, weights)
        update = make_optimizer(optimizer, net.parameters(), False)
        x, y, losses = tensor(first[0], False), torch.from_numpy(first[1]), []
        for _ in range(steps):
            update.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            update.step()
            losses.append(loss.item())
        return losses

    @staticmethod
    def test(layers, optimizer, weights, tested, batch):
        net = build(layers)
        set_weights(net, layers, weights)
        return evaluate(net, net, tensor(tested[0], False), torch.from_numpy(tested[1]), batch)

    @staticmethod
    def train(layers, optimizer, batch, data):
        """Eager and channels-last where there are images: what holds the least memory. Images stay
        bytes until their batch is due."""
        last = any(layer.kind == "conv2d" for layer in layers)
        net = build(layers).train()
        if last:
            net = net.to(memory_format=torch.channels_last)
        update = make_optimizer(optimizer, net.parameters(), False)
        images = torch.from_numpy(data.train[0].copy()).permute(0, 3, 1, 2)
        labels, total = torch.from_numpy(data.train[1]), torch.zeros(())
        order = torch.randperm(len(labels))
        for begin in range(0, len(labels), batch):
            chosen = order[begin:begin + batch]
            x = images[chosen].float().div_(255)
            if last:
                x = x.contiguous(memory_format=torch.channels_last)
            update.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(net(x), labels[chosen])
            loss.backward()
            update.step()
            total += loss.detach() * len(chosen)
            if begin // batch % 100 == 0:
                print(f"  step {begin // batch}", file=sys.stderr, flush=True)
        test = torch.from_numpy(data.test[0].copy()).permute(0, 3, 1, 2)
        run = lambda x: net(x.float().div_(255))
        return (total.item() / len(labels),
                *evaluate(run, net, test, torch.from_numpy(data.test[1]), batch))


if __name__ == "__main__":
    serve(PyTorch)
