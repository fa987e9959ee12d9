"""Do imports go one way, from the language up to the API?"""

import ast
import pathlib
import subprocess
import sys

import srcgrad

ROOT = pathlib.Path(srcgrad.__file__).parent
# A part imports from itself and from those before it.
LAYERS = [
    "errors", "lang", "runtime", "rules", "analysis", "transform", "optimize", "module", "backends", "pipeline",
    "callables", "trees", "guess", "dispatch", "kinds_of_arguments", "read_back", "api", "checkpoints", "forward_api", "nested", "told", "jacobians",
    "checking", "__init__",
]  # fmt: skip
# The reverse transformation asks the dead-code pass for the last look at both sweeps.
ALLOWED = {("transform", "optimize")}


def layer_of(path: pathlib.Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported(path: pathlib.Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "srcgrad" else set()
            found |= names or {node.module}
    return {name.split(".")[1] for name in found if name.startswith("srcgrad.")}


def test_imports_go_up_the_list():
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        own = layer_of(path)
        for other in sorted(imported(path)):
            if LAYERS.index(other) > LAYERS.index(own) and (own, other) not in ALLOWED:
                wrong.append(f"{path.relative_to(ROOT)} imports {other}")
    assert not wrong, "\n".join(wrong)


def test_no_grab_bags():
    names = {p.name for p in ROOT.rglob("*.py")}
    assert not names & {"utils.py", "helpers_misc.py", "misc.py", "common.py"}


def test_importing_srcgrad_loads_no_optional_library():
    code = "import sys, srcgrad; print([m for m in ('scipy', 'numba', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT.parent, check=True)
    assert done.stdout.strip() == "[]"
