"""Which tumours are malignant?  Logistic regression with scipy's optimiser.

scikit-learn's bundled breast-cancer data, `scipy.optimize.minimize` with `jac=True`,
and the gradient that srcgrad writes.

    python examples/logistic.py [--quick]
"""

import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import reporting
import srcgrad


def loss(w, X, y, penalty):
    """Mean logistic loss of the weights w, with a quadratic penalty."""
    z = X @ w
    return np.mean(np.log(1 + np.exp(-y * z))) + penalty * np.sum(w**2)


def load():
    """Standardised measurements with a column of ones; y is 1 or -1 (malignant)."""
    data = load_breast_cancer()
    X, X_test, y, y_test = train_test_split(data.data, 2.0 * data.target - 1, test_size=0.25, random_state=0)
    mean, spread = X.mean(axis=0), X.std(axis=0)
    X, X_test = (X - mean) / spread, (X_test - mean) / spread
    X = np.column_stack([X, np.ones(len(X))])
    X_test = np.column_stack([X_test, np.ones(len(X_test))])
    return X, X_test, y, y_test, [*data.feature_names, "(constant)"]


def plot(history, w, names, margins):
    figure, (left, middle, right) = reporting.new_figure(3, width=5.0)
    left.semilogy(history)
    left.set(xlabel="iteration", title="loss")
    order = np.argsort(abs(w))[-10:]
    middle.barh([names[i] for i in order], w[order])
    middle.set(title="largest weights (positive: benign)")
    right.hist([margins[True], margins[False]], bins=30, label=["benign", "malignant"])
    right.set(xlabel="X @ w on the test set", title="separation")
    right.legend()
    reporting.save_plot(figure, "logistic")


def main():
    quick = reporting.arguments(__doc__).quick
    X, X_test, y, y_test, names = load()
    w = np.zeros(X.shape[1])

    reporting.show_functions(loss)
    loss_and_gradient = srcgrad.value_and_grad(loss)
    start, _ = loss_and_gradient(w, X, y, 1e-3)
    reporting.show_gradient(loss_and_gradient)

    reporting.heading(f"Fitting {len(y)} patients, testing on {len(y_test)}")
    history = [start]
    result = minimize(
        loss_and_gradient,
        w,
        args=(X, y, 1e-3),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 10 if quick else 200},
        callback=lambda w: history.append(loss(w, X, y, 1e-3)),
    )
    z = X_test @ result.x
    accuracy = np.mean((z > 0) == (y_test > 0))
    print(f"loss {result.fun:.6f} after {result.nit} iterations", end="; ")
    print(f"{result.nfev} evaluations, |gradient| {np.linalg.norm(result.jac):.1e}")
    print(f"test accuracy: {accuracy:.2%}")
    plot(history, result.x, names, {True: z[y_test > 0], False: z[y_test < 0]})
    if accuracy < 0.93:
        raise SystemExit("the fit is worse than it should be")


if __name__ == "__main__":
    main()
