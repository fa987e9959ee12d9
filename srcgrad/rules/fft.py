"""The derivatives of the discrete Fourier transforms, which are symmetric matrices: each is its own transpose.

Real transforms leave out half of a spectrum: what they leave out of a real signal's is known from the rest.
"""

from __future__ import annotations

from srcgrad.rules.registry import constant, rule

for name in ("fft", "ifft"):
    text = f"y = np.fft.{name}(a, n=None, axis=-1, norm=None)"
    rule(
        text,
        when="n is None and axis == -1 and norm is None",
        tangent=f"y_dot = np.fft.{name}(a_dot)",
        adjoint=f"a_bar += np.fft.{name}(y_bar)",
        at=("A(4)", "A(2, 3)", "C(4)"),
    )
    rule(
        text,
        when="n is None",
        tangent=f"y_dot = np.fft.{name}(a_dot, axis=axis, norm=norm)",
        adjoint=f"a_bar += np.fft.{name}(y_bar, axis=axis, norm=norm)",
        at=("A(3, 4), axis=0", "C(5), norm='ortho'", "C(2, 3, 4), None, 1, 'forward'"),
    )
    rule(
        text,
        tangent=f"y_dot = np.fft.{name}(a_dot, n, axis, norm)",
        adjoint=f"a_bar += fitted(np.fft.{name}(y_bar, axis=axis, norm=norm), a.shape)",
        at=("A(4), 3", "C(4), 6", "A(3, 4), 5, 0, 'ortho'"),
    )
for name, axes in (("fftn", "None"), ("ifftn", "None"), ("fft2", "(-2, -1)"), ("ifft2", "(-2, -1)")):
    text = f"y = np.fft.{name}(a, s=None, axes={axes}, norm=None)"
    rule(
        text,
        when=f"s is None and norm is None and {'axes is None' if axes == 'None' else f'axes == {axes}'}",
        tangent=f"y_dot = np.fft.{name}(a_dot)",
        adjoint=f"a_bar += np.fft.{name}(y_bar)",
        at=("A(2, 3)", "C(2, 3, 4)"),
    )
    rule(
        text,
        when="s is None",
        tangent=f"y_dot = np.fft.{name}(a_dot, axes=axes, norm=norm)",
        adjoint=f"a_bar += np.fft.{name}(y_bar, axes=axes, norm=norm)",
        at=("C(2, 3), norm='ortho'", "A(2, 3, 4), axes=(0, 2)"),
    )
    rule(
        text,
        when="axes is not None",
        tangent=f"y_dot = np.fft.{name}(a_dot, s, axes, norm)",
        adjoint=f"a_bar += fitted(np.fft.{name}(y_bar, axes=axes, norm=norm), a.shape)",
        at=("A(3, 4), (2, 5), (0, 1)", "C(2, 3, 4), (3, 3), (0, 2)"),
    )

# Zeros stand where the other half of the spectrum was left out.
RFFT = "y = np.fft.rfft(a, n=None, axis=-1, norm=None)"
rule(
    RFFT,
    when="n is None and axis == -1 and norm is None",
    tangent="y_dot = np.fft.rfft(a_dot)",
    adjoint="a_bar += np.real(np.fft.fft(y_bar, a.shape[-1]))",
    at=("A(4)", "A(2, 5)"),
)
rule(
    RFFT,
    when="n is None",
    tangent="y_dot = np.fft.rfft(a_dot, axis=axis, norm=norm)",
    adjoint="a_bar += np.real(np.fft.fft(y_bar, a.shape[axis], axis, norm))",
    at=("A(4, 3), axis=0", "A(5), norm='ortho'"),
)
rule(
    RFFT,
    when="n is not None",
    tangent="y_dot = np.fft.rfft(a_dot, n, axis, norm)",
    adjoint="a_bar += fitted(np.real(np.fft.fft(y_bar, n, axis, norm)), a.shape)",
    at=("A(5), 4", "A(5), 8", "A(4, 3), 5, 0"),
)
for name, axes in (("rfftn", "None"), ("rfft2", "(-2, -1)")):
    text = f"y = np.fft.{name}(a, s=None, axes={axes}, norm=None)"
    rule(
        text,
        when=f"s is None and norm is None and {'axes is None' if axes == 'None' else f'axes == {axes}'}",
        tangent=f"y_dot = np.fft.{name}(a_dot)",
        adjoint=f"a_bar += np.real(np.fft.{name[1:]}(fitted(y_bar, a.shape)))",
        at=("A(2, 3)", "A(2, 3, 4)"),
    )
    rule(
        text,
        when="s is None and (axes is None or distinct(axes, a.ndim))",
        tangent=f"y_dot = np.fft.{name}(a_dot, axes=axes, norm=norm)",
        adjoint="a_bar += np.real(np.fft.fftn(fitted(y_bar, a.shape), axes=axes, norm=norm))",
        at=("A(2, 3, 4), axes=(0, 1)", "A(4, 3), axes=(1, 0), norm='forward'", "A(2, 3), None, None, 'ortho'"),
    )

# A coefficient stands for its conjugate too, but for that of the mean and of the highest frequency.
# The transpose of a transform that divides by n divides by n: in the other direction that is norm="forward".
for when, given, norm in (
    ("(norm is None or norm == 'backward')", "norm=None", "'forward'"),
    ("norm == 'ortho'", "norm='ortho'", "'ortho'"),
    ("norm == 'forward'", "norm='forward'", "'backward'"),
):
    rule(
        "y = np.fft.irfft(a, n=None, axis=-1, norm=None)",
        when=when,
        tangent="y_dot = np.fft.irfft(a_dot, n, axis, norm)",
        adjoint=f"a_bar += fitted(half_weights(y, axis) * np.conj(np.fft.rfft(y_bar, axis=axis, norm={norm})), a.shape)",
        at=(f"C(4), {given}", f"C(4), 5, {given}", f"C(3, 4), axis=0, {given}", f"C(3), 8, {given}"),
    )
    for name, axes in (("irfftn", "None"), ("irfft2", "(-2, -1)")):
        rule(
            f"y = np.fft.{name}(a, s=None, axes={axes}, norm=None)",
            when=f"{when} and s is None and axes is None",
            tangent=f"y_dot = np.fft.{name}(a_dot, axes=None, norm=norm)",
            adjoint=f"a_bar += half_weights(y, -1) * np.conj(np.fft.rfftn(y_bar, norm={norm}))",
            at=f"C(2, 3), None, None, {given}",
        )
        rule(
            f"y = np.fft.{name}(a, s=None, axes={axes}, norm=None)",
            when=f"{when} and axes is not None and distinct(axes, a.ndim)",
            tangent=f"y_dot = np.fft.{name}(a_dot, s, axes, norm)",
            adjoint=f"a_bar += fitted(half_weights(y, axes[-1]) * np.conj(np.fft.rfftn(y_bar, axes=axes, norm={norm})), a.shape)",
            at=(f"C(2, 3, 4), axes=(0, 1), {given}", f"C(3, 4), (3, 4), (0, 1), {given}"),
        )

for name, inverse in (("fftshift", "ifftshift"), ("ifftshift", "fftshift")):
    rule(
        f"y = np.fft.{name}(x, axes=None)",
        when="axes is None",
        tangent=f"y_dot = np.fft.{name}(x_dot)",
        adjoint=f"x_bar += np.fft.{inverse}(y_bar)",
        at=("A(5)", "A(2, 3)"),
    )
    rule(
        f"y = np.fft.{name}(x, axes=None)",
        tangent=f"y_dot = np.fft.{name}(x_dot, axes)",
        adjoint=f"x_bar += np.fft.{inverse}(y_bar, axes)",
        at=("A(2, 3), 1", "A(2, 3, 5), axes=(0, 2)"),
    )

constant("half_weights")
