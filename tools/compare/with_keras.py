"""Keras's part of tools/compare_frameworks, on TensorFlow; common.py says what is asked of it.

Keras gets every chance: with and without XLA, eight steps to an execution, batches that lie ready,
and logits instead of a softmax in front of the loss. Its layouts are those of clnoise.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy
import tensorflow

from common import STEPS_A_ROUND, serve


def padding(layer):
    return "same" if layer.same else "valid"


def make_layers(layer, dropout):
    """What a layer becomes; a last softmax is part of the loss."""
    options, name = layer.options, layer.name
    if layer.kind == "flatten":
        return [keras.layers.Flatten()]
    if layer.kind in ("conv2d", "dense"):
        drop = layer.activation == "softmax" and layer.last
        activation = None if drop or layer.activation == "none" else layer.activation
        if layer.kind == "dense":
            return [keras.layers.Dense(layer.shape_out[0], activation, layer.bias, name=name)]
        return [keras.layers.Conv2D(layer.shape_out[2], layer.window, layer.stride, padding(layer),
                                    activation=activation, use_bias=layer.bias, name=name)]
    if layer.kind in ("max_pool2d", "average_pool2d"):
        kind = keras.layers.MaxPooling2D if layer.kind[0] == "m" else keras.layers.AveragePooling2D
        return [kind(layer.window, layer.stride, padding(layer))]
    if layer.kind == "dropout":
        return [keras.layers.Dropout(options["rate"])] if dropout else []
    if layer.kind == "batch_norm":
        return [keras.layers.BatchNormalization(momentum=options.get("momentum", 0.99),
                                                epsilon=options.get("epsilon", 1e-3), name=name)]
    if layer.kind == "softmax" and layer.last:
        return []
    return [keras.layers.Activation(layer.kind)]


class RMSprop(keras.optimizers.RMSprop):
    """The rule that Keras had at first, PyTorch has and clnoise takes: epsilon beside the root. Keras
    3 puts it below, which is another step where gradients are small."""

    def update_step(self, gradient, variable, learning_rate):
        velocity = self._velocities[self._get_variable_index(variable)]
        square = keras.ops.square(gradient)
        self.assign(velocity, self.rho * velocity + (1 - self.rho) * square)
        step = learning_rate * gradient / (keras.ops.sqrt(velocity) + self.epsilon)
        self.assign_sub(variable, step)


def build(layers, optimizer, jit, weights=None, dropout=True, steps=1):
    """A compiled model; `steps` training steps are one execution."""
    keras.utils.set_random_seed(1)
    made = [made for layer in layers for made in make_layers(layer, dropout)]
    net = keras.Sequential([keras.Input(layers[0].shape_in), *made])
    for name, values in (weights or {}).items():
        order = ("kernel", "gamma", "beta", "bias", "moving_mean", "moving_variance")
        net.get_layer(name).set_weights([values[key] for key in order if key in values])
    kind, options = optimizer
    kinds = {"sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop,
             "adadelta": keras.optimizers.Adadelta, "adam": keras.optimizers.Adam}
    net.compile(kinds[kind](**options), keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["sparse_categorical_accuracy"], jit_compile=jit, steps_per_execution=steps)
    return net


class Variant:
    """One way to run a model."""

    def __init__(self, layers, optimizer, batch, timed, tested, jit):
        self.net = build(layers, optimizer, jit, steps=STEPS_A_ROUND)
        ready = tensorflow.data.Dataset.from_tensor_slices(timed).batch(batch, drop_remainder=True)
        self.batches = iter(ready.cache().repeat())
        self.tested = tensorflow.data.Dataset.from_tensor_slices(tested).batch(batch).cache()
        self.net.make_train_function()

    def steps(self, count):
        """At least so many: the next multiple of a round."""
        for _ in range(0, count, STEPS_A_ROUND):
            self.net.reset_metrics()
            logs = self.net.train_function(self.batches)
        return float(logs["loss"])

    def evaluate(self):
        return tuple(self.net.evaluate(self.tested, verbose=0))

    def parameters(self):
        return self.net.count_params()


class Batches(keras.utils.PyDataset):
    """Batches of images that stay bytes until they are due."""

    def __init__(self, images, labels, batch, order):
        super().__init__()
        self.images, self.labels, self.batch, self.order = images, labels, batch, order

    def __len__(self):
        return -(-len(self.labels) // self.batch)

    def __getitem__(self, index):
        chosen = self.order[index * self.batch:(index + 1) * self.batch]
        return self.images[chosen] / numpy.float32(255), self.labels[chosen]


class Keras:
    def __init__(self, threads):
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        self.version = f"Keras {keras.__version__}, TensorFlow {tensorflow.__version__}"

    @staticmethod
    def variants(layers):
        return {"no XLA": lambda *given: Variant(*given, False),
                "XLA": lambda *given: Variant(*given, True)}

    @staticmethod
    def check(layers, optimizer, weights, first, steps):
        net, losses = build(layers, optimizer, False, weights, dropout=False), []
        if optimizer[0] == "rmsprop" and not optimizer[1]["momentum"]:
            net.compile(RMSprop(**optimizer[1]), net.loss, jit_compile=False)
        for _ in range(steps):
            net.reset_metrics()
            losses.append(float(net.train_on_batch(*first, return_dict=True)["loss"]))
        return losses

    @staticmethod
    def test(layers, optimizer, weights, tested, batch):
        net = build(layers, optimizer, False, weights)
        return tuple(net.evaluate(*tested, batch_size=batch, verbose=0))

    @staticmethod
    def train(layers, optimizer, batch, data):
        net = build(layers, optimizer, "auto")
        order = numpy.random.default_rng(1).permutation(len(data.train[1]))
        history = net.fit(Batches(*data.train, batch, order), verbose=0, shuffle=False)
        tested = Batches(*data.test, batch, numpy.arange(len(data.test[1])))
        return (history.history["loss"][-1], *net.evaluate(tested, verbose=0))


if __name__ == "__main__":
    serve(Keras)
