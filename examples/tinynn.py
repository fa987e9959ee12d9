"""Can a network of objects be differentiated as it stands?

Layers hold their parameters as attributes, a network holds its layers; the gradient
of the loss with respect to the network is a network of the same structure, and Adam
walks both.  Dense 200-100-70-30-10 with ReLU on scikit-learn's bundled digits.

    python examples/tinynn.py [--quick]
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tqdm import tqdm

import reporting
import srcgrad


def relu(x):
    return np.maximum(x, 0.0)


class Dense:
    """A fully connected layer."""

    def __init__(self, inputs, outputs, rng):
        self.W = rng.normal(size=(inputs, outputs)) * np.sqrt(2 / inputs)
        self.b = np.zeros(outputs)

    def forward(self, x):
        return x @ self.W + self.b


class Network:
    """Dense layers with ReLU between them."""

    def __init__(self, sizes, rng):
        self.layers = [Dense(inputs, outputs, rng) for inputs, outputs in zip(sizes, sizes[1:])]

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = relu(layer.forward(x))
        return self.layers[-1].forward(x)


def cross_entropy(network, x, labels):
    """Mean softmax cross-entropy of the network's answers to the rows of x."""
    logits = network.forward(x)
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(log_total - shifted[np.arange(len(labels)), labels])


class Adam:
    """Adam over the layers of a network (Kingma and Ba, 2015)."""

    def __init__(self, rate=1e-3):
        self.rate = rate
        self.steps = 0
        self.moments = {}

    def step(self, network, gradient):
        self.steps += 1
        for i, (layer, layer_bar) in enumerate(zip(network.layers, gradient.layers)):
            for name in ("W", "b"):
                parameter, g = getattr(layer, name), getattr(layer_bar, name)
                zeros = np.zeros_like(g), np.zeros_like(g)
                mean, square = self.moments.setdefault((i, name), zeros)
                mean += 0.1 * (g - mean)
                square += 0.001 * (g**2 - square)
                mean_now = mean / (1 - 0.9**self.steps)
                square_now = square / (1 - 0.999**self.steps)
                parameter -= self.rate * mean_now / (np.sqrt(square_now) + 1e-8)


def accuracy(network, x, labels):
    return np.mean(np.argmax(network.forward(x), axis=1) == labels)


def train(loss_and_gradient, network, x, labels, test, epochs, rng, batch=32):
    """Minibatch training; the loss and the test accuracy after every epoch."""
    adam = Adam()
    losses, accuracies = [], []
    progress = tqdm(range(epochs), desc="training", unit="epoch")
    for _ in progress:
        order = rng.permutation(len(x))
        total = 0.0
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            loss, gradient = loss_and_gradient(network, x[rows], labels[rows])
            adam.step(network, gradient)
            total += loss * len(rows)
        losses.append(total / len(x))
        accuracies.append(accuracy(network, *test))
        progress.set_postfix(loss=f"{losses[-1]:.4f}", test=f"{accuracies[-1]:.3f}")
    return losses, accuracies


def describe(network, gradient):
    reporting.heading("The gradient is a network too")
    print(f"{type(gradient).__name__} with {len(gradient.layers)} layers")
    for i, (layer, layer_bar) in enumerate(zip(network.layers, gradient.layers)):
        assert layer_bar.W.shape == layer.W.shape and layer_bar.b.shape == layer.b.shape
        print(f"layers[{i}].W {layer.W.shape!s:10}  |gradient| {np.linalg.norm(layer_bar.W):.4f}")


def plot(losses, accuracies):
    figure, (left, right) = reporting.new_figure(2)
    left.semilogy(losses)
    left.set(xlabel="epoch", title="training loss")
    right.plot(accuracies)
    right.set(xlabel="epoch", title="test accuracy")
    reporting.save_plot(figure, "tinynn")


def main():
    quick = reporting.arguments(__doc__).quick
    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(images / 16, labels, test_size=0.25, random_state=0, stratify=labels)

    reporting.show_functions(relu, Dense, Network, cross_entropy)
    network = Network([64, 200, 100, 70, 30, 10], rng)
    loss_and_gradient = srcgrad.value_and_grad(cross_entropy)
    _, gradient = loss_and_gradient(network, x[:32], y[:32])
    reporting.show_gradient(loss_and_gradient)
    describe(network, gradient)

    reporting.heading(f"Training on {len(x)} images, testing on {len(x_test)}")
    losses, accuracies = train(loss_and_gradient, network, x, y, (x_test, y_test), 4 if quick else 25, rng)
    print(f"test accuracy: {accuracies[-1]:.2%}")
    plot(losses, accuracies)
    if accuracies[-1] < (0.90 if quick else 0.96):
        raise SystemExit("the network has not learnt what it should have")


if __name__ == "__main__":
    main()
