"""Does a derivative notice what is redefined between its calls, as in a notebook?"""

import numpy as np
import pytest

import srcgrad

X = 0.5


class Net:
    scale = 2.0

    def forward(self, x):
        return np.sin(x) * self.scale

    @staticmethod
    def cube(x):
        return x**3

    @classmethod
    def doubled(cls, x):
        return cls.cube(x) * 2

    @property
    def rate(self):
        return self.scale + 1

    def __call__(self, x):
        return self.forward(x)

    def __mul__(self, x):
        return x * self.scale


class Deep(Net):
    def forward(self, x):
        return super().forward(x) ** 2


SHARED = Net()
FORMS = {
    "method": lambda x, net: net.forward(x),
    "static method": lambda x, net: net.cube(x),
    "static method of the class": lambda x, net: Net.cube(x),
    "class method": lambda x, net: net.doubled(x),
    "property": lambda x, net: net.rate * x,
    "call": lambda x, net: net(x),
    "operator": lambda x, net: net * x,
    "object in a global": lambda x, net: SHARED.forward(x),
    "hasattr": lambda x, net: net.extra * x if hasattr(net, "extra") else x**2,
    "getattr": lambda x, net: getattr(net, "extra", x) * x,
}


def slope(f, net):
    return (f(X + 1e-6, net) - f(X - 1e-6, net)) / 2e-6


def changes():
    return {
        "method": (Net, "forward", lambda self, x: x**4),
        "static method": (Net, "cube", staticmethod(lambda x: np.cos(x))),
        "class method": (Net, "doubled", classmethod(lambda cls, x: x**5)),
        "property": (Net, "rate", property(lambda self: self.scale**2)),
        "call": (Net, "__call__", lambda self, x: x**6),
        "operator": (Net, "__mul__", lambda self, x: x**7),
        "data of the class": (Net, "scale", 3.5),
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", changes())
@pytest.mark.parametrize("cls", [Net, Deep])
def test_class_changed(form, change, cls, monkeypatch):
    f, net = FORMS[form], cls()
    df = srcgrad.grad(f)
    assert df(X, net) == pytest.approx(slope(f, net))
    owner, name, new = changes()[change]
    monkeypatch.setattr(owner, name, new)
    assert df(X, net) == pytest.approx(slope(f, net))
    monkeypatch.undo()
    assert df(X, net) == pytest.approx(slope(f, net))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "new"), [("forward", np.cos), ("cube", lambda x: x**2), ("scale", 0.7), ("extra", 1.5), ("doubled", np.exp)]
)
def test_attribute_that_hides(form, name, new):
    f, net = FORMS[form], Net()
    df = srcgrad.grad(f)
    assert df(X, net) == pytest.approx(slope(f, net))
    setattr(net, name, new)
    assert df(X, net) == pytest.approx(slope(f, net))
    delattr(net, name)
    assert df(X, net) == pytest.approx(slope(f, net))


def test_attribute_given_to_the_class():
    f, net = FORMS["hasattr"], Net()
    df = srcgrad.grad(f)
    assert df(X, net) == pytest.approx(slope(f, net))
    Net.extra = 2.0
    try:
        assert df(X, net) == pytest.approx(2.0)
    finally:
        del Net.extra
    assert df(X, net) == pytest.approx(slope(f, net))
