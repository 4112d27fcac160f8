#!/usr/bin/env python3
"""Writes layers.txt and weighted_layers.txt (dense, conv2d), beside this script: what PyTorch
computes for each layer, forward and backward, in float64.

usage: python3 tests/golden/make_golden.py   (wants torch)

Inputs are multiples of 1/16, so that they are exact in float32 and short in the file. PyTorch keeps
images as (N, C, H, W) and kernels as (CO, CI, KH, KW); here they are turned to (N, H, W, C) and
(KH, KW, CI, CO). The format is described in tests/support/golden.h.
"""
import pathlib
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20240229)


def grid(*shape, steps=16):
    """Multiples of 1/steps in [-1, 1]."""
    return torch.randint(-steps, steps + 1, shape, generator=generator) / steps


def text(tensor):
    return " ".join("%.7g" % v for v in tensor.detach().reshape(-1).tolist())


def open_file(name):
    """Lines printed from here on go there."""
    sys.stdout.flush()
    sys.stdout = open(pathlib.Path(__file__).parent / name, "w")
    print("# Written by tests/golden/make_golden.py with PyTorch; see there. Do not edit.")


def write(name, op, attrs, inputs, out, upstream=None, grads=None, updated=None, dtypes=None):
    print("case", name, op)
    for key, value in attrs.items():
        print("attr", key, value if not isinstance(value, tuple) else "%g %g" % value)
    for key, tensor in inputs.items():
        dtype = (dtypes or {}).get(key, "f32")
        print("in", key, dtype, tensor.dim(), *tensor.shape, ":", text(tensor))
    for key, tensor in (updated or {}).items():
        print("updated", key, ":", text(tensor))
    if out is not None:
        print("out :", text(out))
    if upstream is not None:
        print("upstream :", text(upstream))
    for key, tensor in (grads or {}).items():
        print("grad", key, ":", text(tensor))
    print("end")


def layer(name, op, attrs, inputs, function, constant=(), updated=None):
    """Runs `function` on the inputs (channels last) and writes it with its gradients."""
    for key, tensor in inputs.items():
        tensor.requires_grad_(key not in constant)
    out = function(**inputs)
    upstream = grid(*out.shape)
    out.backward(upstream)
    grads = {k: t.grad for k, t in inputs.items() if k not in constant}
    write(name, op, attrs, inputs, out, upstream, grads, updated)


def first(x):
    """(N, H, W, C) to (N, C, H, W)"""
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


def same_padding(size, kernel, stride):
    """Keras's: more after than before."""
    count = -(-size // stride)
    total = max((count - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def padded(x, kernel, stride, padding, value=0.0):
    if padding == "valid":
        return x
    top, bottom = same_padding(x.shape[2], kernel[0], stride[0])
    left, right = same_padding(x.shape[3], kernel[1], stride[1])
    return F.pad(x, (left, right, top, bottom), value=value)


ACTIVATIONS = {
    "none": lambda x: x,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def conv2d(name, n, h, w, ci, co, kernel, stride=(1, 1), padding="valid", activation="none"):
    def run(x, weights, bias):
        image = padded(first(x), kernel, stride, padding)
        y = F.conv2d(image, weights.permute(3, 2, 0, 1), bias, stride)
        return ACTIVATIONS[activation](last(y))

    attrs = dict(filters=co, kernel=kernel, stride=stride, padding=padding, activation=activation)
    inputs = dict(x=grid(n, h, w, ci), weights=grid(*kernel, ci, co), bias=grid(co))
    layer(name, "conv2d", attrs, inputs, run)


def dense(name, n, inputs, units, activation="none"):
    def run(x, weights, bias):
        return ACTIVATIONS[activation](x @ weights + bias)

    layer(name, "dense", dict(units=units, activation=activation),
          dict(x=grid(n, inputs), weights=grid(inputs, units), bias=grid(units)), run)


def max_pool2d(name, n, h, w, c, size, stride, padding="valid", steps=16):
    """With few steps there are ties, which go to the first maximum."""
    def run(x):
        image = padded(first(x), size, stride, padding, -float("inf"))
        return last(F.max_pool2d(image, size, stride))

    layer(name, "max_pool2d", dict(size=size, stride=stride, padding=padding),
          dict(x=grid(n, h, w, c, steps=steps)), run)


def average_pool2d(name, n, h, w, c, size, stride, padding="valid"):
    def run(x):
        image = padded(first(x), size, stride, padding)
        inside = padded(torch.ones_like(first(x)), size, stride, padding)
        area = size[0] * size[1]
        count = F.avg_pool2d(inside, size, stride) * area
        return last(F.avg_pool2d(image, size, stride) * area / count)

    layer(name, "average_pool2d", dict(size=size, stride=stride, padding=padding),
          dict(x=grid(n, h, w, c)), run)


def batch_norm(name, shape, momentum=0.99, epsilon=1e-3):
    """Moving variance is biased, as in Keras 3: PyTorch's own running variance is not."""
    c = shape[-1]
    inputs = dict(x=grid(*shape), gamma=1 + grid(c) / 2, beta=grid(c), moving_mean=grid(c),
                  moving_variance=1 + grid(c) / 2)
    flat = inputs["x"].reshape(-1, c)
    mean, variance = flat.mean(0), flat.var(0, unbiased=False)
    updated = dict(moving_mean=inputs["moving_mean"] * momentum + mean * (1 - momentum),
                   moving_variance=inputs["moving_variance"] * momentum + variance * (1 - momentum))

    def run(x, gamma, beta, moving_mean, moving_variance):
        y = F.batch_norm(x.reshape(-1, c), None, None, gamma, beta, True, 0.0, epsilon)
        return y.reshape(shape)

    layer(name, "batch_norm", dict(momentum=momentum, epsilon=epsilon), inputs, run,
          constant=("moving_mean", "moving_variance"), updated=updated)


def cross_entropy(name, n, classes, scale):
    logits = (grid(n, classes) * scale).requires_grad_(True)
    labels = torch.randint(0, classes, (n,), generator=generator)
    losses = F.cross_entropy(logits, labels, reduction="none")
    losses.mean().backward()
    correct = int((logits.argmax(1) == labels).sum())
    total = round(float(losses.detach().sum()) * 2**24)
    metrics = torch.tensor([total % 2**32, total // 2**32, correct, 0, n, 0, 0, 0, 0, 0])
    write(name, "softmax_cross_entropy", {},
          dict(logits=logits, labels=labels, metrics=torch.zeros(10, dtype=torch.int64)), None,
          grads=dict(logits=logits.grad), updated=dict(metrics=metrics),
          dtypes=dict(labels="u32", metrics="u32"))


open_file("layers.txt")
for kind in ("relu", "tanh", "sigmoid"):
    layer(kind, kind, {}, dict(x=grid(3, 29) * 4), lambda x, k=kind: ACTIVATIONS[k](x))
layer("softmax", "softmax", {}, dict(x=grid(5, 11) * 4), lambda x: torch.softmax(x, -1))
cross_entropy("cross_entropy", 13, 10, 4)
cross_entropy("cross_entropy_large_logits", 7, 3, 64)
max_pool2d("max_pool2d_2x2", 1, 6, 6, 17, (2, 2), (2, 2))
max_pool2d("max_pool2d_ties", 1, 7, 5, 20, (2, 2), (2, 2), steps=1)
max_pool2d("max_pool2d_overlap", 2, 7, 6, 4, (3, 3), (2, 2))
max_pool2d("max_pool2d_overlap_ties", 1, 7, 7, 19, (3, 2), (1, 1), steps=1)
max_pool2d("max_pool2d_same", 1, 7, 5, 5, (3, 3), (2, 2), "same")
max_pool2d("max_pool2d_same_tiles", 1, 7, 5, 16, (2, 3), (2, 3), "same")
average_pool2d("average_pool2d_2x2", 1, 6, 6, 17, (2, 2), (2, 2))
average_pool2d("average_pool2d_same", 1, 7, 5, 5, (3, 3), (2, 2), "same")
average_pool2d("average_pool2d_overlap", 1, 5, 6, 16, (3, 2), (1, 2))
batch_norm("batch_norm_2d", (13, 5))
batch_norm("batch_norm_4d", (3, 3, 4, 16), 0.9, 1e-5)
open_file("weighted_layers.txt")
dense("dense", 7, 19, 10)
dense("dense_relu", 5, 33, 17, "relu")
dense("dense_tanh", 3, 16, 16, "tanh")
dense("dense_sigmoid", 2, 5, 3, "sigmoid")
conv2d("conv2d_valid", 2, 6, 7, 3, 5, (3, 3))
conv2d("conv2d_relu", 1, 7, 6, 4, 16, (3, 3), activation="relu")
conv2d("conv2d_same", 2, 5, 6, 2, 3, (3, 3), padding="same", activation="tanh")
conv2d("conv2d_same_even", 1, 5, 5, 2, 4, (2, 4), padding="same", activation="sigmoid")
conv2d("conv2d_stride", 2, 7, 8, 3, 4, (3, 2), (2, 3))
conv2d("conv2d_same_stride", 1, 8, 7, 2, 4, (5, 3), (2, 2), "same", "relu")
conv2d("conv2d_1x1", 1, 3, 4, 5, 6, (1, 1))
conv2d("conv2d_one_channel", 1, 8, 8, 1, 8, (3, 3), activation="relu")
sys.stdout.close()
