"""Can a multilayer perceptron in plain NumPy learn handwritten digits?

A hidden layer of 100 units, softmax and cross-entropy, trained with Adam on
scikit-learn's bundled digits.  The gradient is the source that srcgrad writes.

    python examples/digits.py [--quick]
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tqdm import tqdm

import reporting
import srcgrad


def cross_entropy(W1, b1, W2, b2, X, Y):
    """Mean cross-entropy of the network's answers to images X; Y is one-hot."""
    hidden = np.tanh(X @ W1 + b1)
    logits = hidden @ W2 + b2
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.sum(Y * (shifted - log_total)) / len(X)


def classify(parameters, X):
    W1, b1, W2, b2 = parameters
    return np.argmax(np.tanh(X @ W1 + b1) @ W2 + b2, axis=1)


def accuracy(parameters, X, labels):
    return np.mean(classify(parameters, X) == labels)


def initial_parameters(rng, inputs=64, hidden=100, outputs=10):
    return [
        rng.normal(size=(inputs, hidden)) / np.sqrt(inputs),
        np.zeros(hidden),
        rng.normal(size=(hidden, outputs)) / np.sqrt(hidden),
        np.zeros(outputs),
    ]


def adam_step(parameters, gradients, means, squares, step, rate):
    """One step of Adam, in place (Kingma and Ba, 2015)."""
    for p, g, m, s in zip(parameters, gradients, means, squares):
        m += 0.1 * (g - m)
        s += 0.001 * (g**2 - s)
        p -= rate * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)


def train(loss_and_gradients, parameters, X, labels, test, epochs, rng, batch=32):
    """Minibatch training; the loss and the test accuracy after every epoch."""
    means = [np.zeros_like(p) for p in parameters]
    squares = [np.zeros_like(p) for p in parameters]
    losses, accuracies = [], []
    step = 0
    progress = tqdm(range(epochs), desc="training", unit="epoch")
    for epoch in progress:
        rate = 4e-3 * (1 - epoch / epochs)
        order = rng.permutation(len(X))
        batches = [order[i : i + batch] for i in range(0, len(X), batch)]
        total = 0.0
        for rows in batches:
            loss, gradients = loss_and_gradients(*parameters, X[rows], np.eye(10)[labels[rows]])
            step += 1
            adam_step(parameters, gradients, means, squares, step, rate)
            total += loss * len(rows)
        losses.append(total / len(X))
        accuracies.append(accuracy(parameters, *test))
        progress.set_postfix(loss=f"{losses[-1]:.4f}", test=f"{accuracies[-1]:.3f}")
    return losses, accuracies


def plot(losses, accuracies, parameters, X, labels):
    figure, (left, middle, right) = reporting.new_figure(3)
    left.semilogy(losses)
    left.set(xlabel="epoch", title="training loss")
    middle.plot(accuracies)
    middle.set(xlabel="epoch", title="test accuracy")
    answers = classify(parameters, X)
    wrong = np.flatnonzero(answers != labels)[:9]
    tiles = np.zeros((33, 33))
    for k, row in enumerate(wrong):
        r, c = 11 * (k // 3) + 3, 11 * (k % 3) + 1
        tiles[r : r + 8, c : c + 8] = X[row].reshape(8, 8)
        right.text(c, r - 1, f"{labels[row]}, not {answers[row]}", color="tab:red")
    right.imshow(tiles, cmap="gray_r")
    right.set(title="misread test images", xticks=[], yticks=[])
    reporting.save_plot(figure, "digits")


def main():
    quick = reporting.arguments(__doc__).quick
    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(images / 16, labels, test_size=0.25, random_state=0, stratify=labels)

    reporting.show_functions(cross_entropy)
    parameters = initial_parameters(rng)
    loss_and_gradients = srcgrad.value_and_grad(cross_entropy, argnums=(0, 1, 2, 3))
    loss_and_gradients(*parameters, X[:32], np.eye(10)[y[:32]])
    reporting.show_gradient(loss_and_gradients)

    reporting.heading(f"Training on {len(X)} images, testing on {len(X_test)}")
    losses, accuracies = train(loss_and_gradients, parameters, X, y, (X_test, y_test), 5 if quick else 40, rng)
    print(f"test accuracy: {accuracies[-1]:.2%}")
    plot(losses, accuracies, parameters, X_test, y_test)
    if accuracies[-1] < (0.90 if quick else 0.97):
        raise SystemExit("the network has not learnt what it should have")


if __name__ == "__main__":
    main()
