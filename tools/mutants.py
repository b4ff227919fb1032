"""Change the riskiest modules in small ways, and show which test notices: `mutants.py [COUNT [MODULE:LINE ...]]`.

COUNT random changes, the same ones in every run, or all changes of the lines that are named (COUNT then has no effect);
each in a copy of the tree of its own. One run of the quick tests with coverage tells which tests reach which line, so
that each mutant meets only these, the quickest first, until one fails. The sample comes from SEED; an equivalent mutant
(one that no caller can notice) survives and is for a reader to judge.
"""

from __future__ import annotations

import ast
import faulthandler
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import coverage
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "provider/pulumi_volcengine_live"
MODULES = (
    "lifecycle/*.py",
    "engine/provider.py",
    "engine/preview_checks.py",
    "engine/program.py",
    "engine/run.py",
    "api/*.py",
)
SEED = 20261124
COUNT = 120
AT_ONCE = 2
NOT_RUN = ("tests/engine", "tests/test_package.py", "tests/test_typing.py")
"""The tests with the real engine, which are slow, and those that run none of the package in their own process."""
QUICK = (*(f"--ignore={path}" for path in NOT_RUN), "-p", "mutants", "-p", "no:cacheprovider")
SHORTEST_TIME_OUT = 60
TIME_OUT_FACTOR = 10
"""A test's time-out: SHORTEST_TIME_OUT seconds, plus this many times what it takes without a mutant."""

PAIRS = (
    (ast.Eq, ast.NotEq),
    (ast.Is, ast.IsNot),
    (ast.In, ast.NotIn),
    (ast.Lt, ast.LtE),
    (ast.Gt, ast.GtE),
    (ast.And, ast.Or),
    (ast.Add, ast.Sub),
    (ast.Mult, ast.Div),
)
SWAPPED: dict[type, type] = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}


@dataclass(frozen=True)
class Mutant:
    """One change: the bytes of a module between two offsets become others."""

    module: str
    lines: range
    scope: range
    """The lines of the function, or of the statement outside of one."""
    start: int
    end: int
    new: str
    what: str
    constant: str
    """The annotated constant or field whose value it changes; empty within functions."""

    @property
    def place(self) -> str:
        """The module and the line."""
        return f"{self.module.removeprefix(PACKAGE + '/')}:{self.lines[0]}"

    def apply(self, root: Path) -> None:
        """Change the copy under that root."""
        source = (root / self.module).read_bytes()
        (root / self.module).write_bytes(source[: self.start] + self.new.encode() + source[self.end :])


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Its killer is the test that failed, `time-out`, `its import` if pytest could not start, or empty if it survived.
    """

    mutant: Mutant
    tests: int
    killer: str
    seconds: float


# Which changes there are


def mutants() -> list[Mutant]:
    """Every change of every module, in order."""
    files = [file for pattern in MODULES for file in sorted((ROOT / PACKAGE).glob(pattern))]
    return [mutant for file in files for mutant in _of_module(file)]


def _of_module(file: Path) -> Iterator[Mutant]:
    source = file.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    lines = source.decode().splitlines()
    for scope, constant in _scopes(ast.parse(source)):
        for node in _nodes(scope):
            for first, last, new, what in _changes(node):
                end_line = last.end_lineno or last.lineno
                if "no cover" in lines[first.lineno - 1]:
                    continue
                yield Mutant(
                    module=file.relative_to(ROOT).as_posix(),
                    lines=range(first.lineno, end_line + 1),
                    scope=range(scope.lineno, (scope.end_lineno or scope.lineno) + 1),
                    start=starts[first.lineno - 1] + first.col_offset,
                    end=starts[end_line - 1] + (last.end_col_offset or 0),
                    new=new,
                    what=what,
                    constant=constant,
                )


def _scopes(body: ast.Module | ast.ClassDef) -> Iterator[tuple[ast.stmt, str]]:
    """Each function and each other statement of a module or class, with the name that an annotated one defines."""
    for statement in body.body:
        if isinstance(statement, ast.ClassDef):
            yield from _scopes(statement)
        else:
            yield statement, getattr(getattr(statement, "target", None), "id", "")


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes that do something when the program runs; those within an f-string have no places of their own."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns", "decorator_list", "bases"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _nodes(child)


def _changes(node: ast.AST) -> Iterator[tuple[Any, Any, str, str]]:
    """The first and the last node that go, the text that is put in their place, and its description."""
    match node:
        case ast.Compare(ops=[op]) | ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in SWAPPED:
            yield node, node, _swapped(node), f"{type(op).__name__} to {SWAPPED[type(op)].__name__}"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, node, f"({ast.unparse(operand)})", "not removed"
        case ast.Constant(value=bool(value)):
            yield node, node, repr(not value), f"{value} to {not value}"
        case ast.Constant(value=int(value) | float(value)):
            yield node, node, repr(value + 1), f"{value} to {value + 1}"
        case ast.Constant(value=str(value)) if value and " " not in value:
            yield node, node, repr("mutant"), f"{value!r} to 'mutant'"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test, test, f"(not ({ast.unparse(test)}))", f"condition negated: {ast.unparse(test)}"
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield node, node, "return None", "None returned"
        case ast.ExceptHandler(body=[first, *_] as body) if ast.unparse(first) != "raise":
            yield first, body[-1], "raise", "error let through"
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield node, node, "pass", f"deleted: {ast.unparse(node)}"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield node, node, "pass", f"deleted: {ast.unparse(node)}"


def _swapped(node: Any) -> str:
    copy: Any = ast.parse(ast.unparse(node), mode="eval").body
    if isinstance(copy, ast.Compare):
        copy.ops = [SWAPPED[type(copy.ops[0])]()]
    else:
        copy.op = SWAPPED[type(copy.op)]()
    return f"({ast.unparse(copy)})"


# Which tests reach which line: this file is a plugin of pytest's, too. Its parts are switched by the environment:
# MUTANTS_SECONDS: write how long each test took to this file (first run).
# MUTANTS_TESTS: run the tests of this file only, those that reach the mutant, with their time-outs.
# MUTANTS_KILLER: write the test that failed to this file.


def pytest_runtest_logstart(nodeid: str) -> None:
    """Let coverage note the test; end the process where a mutant's test does not end."""
    current = coverage.Coverage.current()
    if current is not None and "MUTANTS_SECONDS" in os.environ:
        current.switch_context(nodeid)
    if nodeid in _time_outs():
        faulthandler.dump_traceback_later(_time_outs()[nodeid], exit=True)


_SECONDS: dict[str, float] = {}
_FAILED: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how long each test takes, and which fail without a mutant."""
    _SECONDS[report.nodeid] = _SECONDS.get(report.nodeid, 0.0) + report.duration
    if report.failed:
        _FAILED.add(report.nodeid)
        if path := os.environ.get("MUTANTS_KILLER"):
            Path(path).write_text(report.nodeid, encoding="utf-8")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In the first run, write how long each passing test took."""
    if (path := os.environ.get("MUTANTS_SECONDS")) and not hasattr(session.config, "workerinput"):
        seconds = {test: seconds for test, seconds in _SECONDS.items() if test not in _FAILED}
        Path(path).write_text(json.dumps(seconds), encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that reach a mutant, in their order."""
    if time_outs := _time_outs():
        order = {test: number for number, test in enumerate(time_outs)}
        items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])


@cache
def _time_outs() -> dict[str, float]:
    """The time-out of each test that reaches the mutant, in order; empty in the first run."""
    path = os.environ.get("MUTANTS_TESTS")
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else {}


class Reach:
    """The tests of each line of a copy of the tree."""

    def __init__(self, tree: Path, folder: Path) -> None:
        """Run the quick tests there; tests that fail without a mutant are left out."""
        settings = folder / "coveragerc"
        settings.write_text(
            f"[run]\ndata_file = {folder / 'data'}\nparallel = true\npatch = subprocess\nsource = {tree / PACKAGE}\n",
            encoding="utf-8",
        )
        environment = _environment(tree, MUTANTS_SECONDS=str(folder / "seconds.json"))
        command = (sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest", "-q", *QUICK)
        parallel = ("-n", str(AT_ONCE))
        subprocess.run([*command, *parallel], cwd=tree, env=environment, check=False)
        self.seconds: dict[str, float] = json.loads((folder / "seconds.json").read_text(encoding="utf-8"))
        measured = coverage.Coverage(config_file=str(settings))
        measured.combine()
        self._data = measured.get_data()
        self._tree = tree

    def tests(self, mutant: Mutant) -> dict[str, float]:
        """The quickest first, each with its time-out.

        A constant is reached by what reaches a line that names it, a default by what reaches its function.
        """
        found = self._of_lines(mutant.module, mutant.lines) or self._of_lines(mutant.module, mutant.scope)
        for module, line in _uses(self._tree, mutant.constant) if mutant.constant else ():
            found |= self._of_lines(module, range(line, line + 1))
        seconds = {test: self.seconds[test] for test in found & self.seconds.keys()}
        return {
            test: SHORTEST_TIME_OUT + TIME_OUT_FACTOR * seconds[test]
            for test in sorted(seconds, key=lambda t: seconds[t])
        }

    @cache  # noqa: B019 - one object lives as long as the command
    def _contexts(self, module: str) -> dict[int, list[str]]:
        return self._data.contexts_by_lineno(str(self._tree / module))

    def _of_lines(self, module: str, lines: Sequence[int]) -> set[str]:
        contexts = self._contexts(module)
        return {test for line in lines for test in contexts.get(line, ()) if test}


@cache
def _uses(tree: Path, name: str) -> list[tuple[str, int]]:
    found = []
    for file in (tree / PACKAGE).rglob("*.py"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(rf"\b{name}\b", line):
                found.append((file.relative_to(tree).as_posix(), number))
    return found


# Trying them


def _environment(tree: Path, **more: str) -> dict[str, str]:
    path = os.pathsep.join([str(tree / "provider"), str(ROOT / "tools")])
    return {**os.environ, "PYTHONPATH": path, "GRPC_VERBOSITY": "NONE", **more}


def _copy(target: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def try_mutant(mutant: Mutant, tree: Path, reach: Reach) -> Verdict:
    """Run the mutant's tests in a copy of the tree until one fails."""
    tests, began = reach.tests(mutant), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(tree, copy)
        mutant.apply(copy)
        killer = _killer(tests, copy)
        while killer in tests and not _killer({killer: tests[killer]}, copy):
            del tests[killer]  # flaky: it passed the second time
            killer = _killer(tests, copy)
    return Verdict(mutant, len(tests), killer, time.monotonic() - began)


def _killer(tests: dict[str, float], copy: Path) -> str:
    """The first test that fails; `time-out` if one does not end; `its import` if pytest cannot start; else empty."""
    if not tests:
        return ""
    selected, killer = copy.with_name("tests.json"), copy.with_name("killer")
    selected.write_text(json.dumps(tests), encoding="utf-8")
    killer.unlink(missing_ok=True)
    environment = _environment(copy, MUTANTS_TESTS=str(selected), MUTANTS_KILLER=str(killer))
    files = sorted({test.partition("::")[0] for test in tests})
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", *QUICK, *files]
    run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    if run.returncode == pytest.ExitCode.OK:
        return ""
    if killer.exists():
        return killer.read_text(encoding="utf-8")
    # A time-out ends pytest by faulthandler with 1, which is also TESTS_FAILED, but then no failed test was reported.
    return "time-out" if run.returncode == pytest.ExitCode.TESTS_FAILED else "its import"


def _row(verdict: Verdict) -> str:
    killer = verdict.killer.partition("[")[0] or "**survived**"
    cells = (verdict.mutant.place, verdict.mutant.what, verdict.tests, killer, f"{verdict.seconds:.0f}")
    escaped = (" ".join(str(cell).replace("|", r"\|").split()) for cell in cells)
    return f"| {' | '.join(escaped)} |"


def main(arguments: list[str]) -> int:
    """Print a table of all verdicts; fail where one survived."""
    count, only = int(arguments[0]) if arguments else COUNT, arguments[1:]
    every = mutants()
    sample = random.Random(SEED).sample(every, min(count, len(every)))
    chosen = [mutant for mutant in every if mutant.place in only] if only else sample
    print(f"{len(chosen)} of {len(every)} mutants, seed {SEED}", flush=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        tree = Path(folder) / "tree"
        _copy(tree)
        reach = Reach(tree, Path(folder))
        print("| place | change | tests | killed by | s |\n| --- | --- | --- | --- | --- |")
        verdicts = []
        for verdict in pool.map(lambda mutant: try_mutant(mutant, tree, reach), chosen):
            verdicts.append(verdict)
            print(_row(verdict), flush=True)
    survived = sum(not verdict.killer for verdict in verdicts)
    print(f"\n{len(verdicts) - survived} of {len(verdicts)} killed, {survived} survived")
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
