"""The files that the public host reads: workflows, forms, Dependabot, and what a release is called."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

import build_engine
import ends
import pythons
from pulumi_stack import ROOT

GITHUB = ROOT / ".github"
SET_UP = GITHUB / "actions" / "set-up" / "action.yml"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
WITH_VERBS = [ROOT / ".pre-commit-config.yaml", *GITHUB.rglob("*.yml"), *GITHUB.rglob("*.md")]
REPOSITORY = "somebody/pulumi-volcengine-live"

CHANGELOG = """\
# Changelog

## [Unreleased]

- Nothing of this.

## [0.1.0] - 2026-11-23

Read this
first.

### Fixed

- A line that goes on,
  and on.
- The last one:
  ```sh
  one
  two
  ```

## [0.0.1] - 2026-11-22

- Nothing of this either.
"""

NOTES = """\
Read this first.

### Fixed

- A line that goes on, and on.
- The last one:
  ```sh
  one
  two
  ```
"""


def _read(file: Path) -> Any:
    """With every value a text: YAML 1.1 takes the key `on` for true, and 3.10 for 3.1."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def _jobs(name: str) -> dict[str, Any]:
    jobs: dict[str, Any] = _read(GITHUB / "workflows" / name)["jobs"]
    return jobs


def _dependabot() -> list[dict[str, Any]]:
    updates: list[dict[str, Any]] = _read(GITHUB / "dependabot.yml")["updates"]
    return updates


def _script(workflow: str, job: str, step: str) -> str:
    (script,) = [found["run"] for found in _jobs(workflow)[job]["steps"] if found.get("name") == step]
    return str(script)


def test_call_only_verbs_that_the_makefile_has() -> None:
    texts = [file.read_text(encoding="utf-8") for file in WITH_VERBS]
    verbs = {verb for text in texts for verb in re.findall(r"(?:^|`|run: )make ([a-z]+)", text, re.MULTILINE)}
    assert verbs >= {"check", "dist", "lint", "quick", "setup", "test"}
    run = subprocess.run(["make", "--dry-run", *verbs], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_name_in_the_contributors_page_only_what_there_is() -> None:
    """A file or folder by the end of its path, or a word of the code."""
    folders = [ROOT / name for name in (".github", "docs", "examples", "provider", "tests", "tools")]
    files = [*ROOT.glob("*"), *(file for folder in folders for file in folder.rglob("*"))]
    paths = {f"/{path.relative_to(ROOT)}" for file in files for path in (file, file.with_suffix(""))}
    code = " ".join(file.read_text(encoding="utf-8") for file in files if file.suffix == ".py")
    words = {*re.findall(r"\w+", code)}
    named = re.findall(r"`([\w./]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    named = [name.removeprefix(".../").strip("/") for name in named]
    assert len(named) > 50
    assert [name for name in named if name not in words and not any(path.endswith(f"/{name}") for path in paths)] == []


def test_run_each_file_of_engine_tests_in_one_shard() -> None:
    shards = _jobs("ci.yml")["engine"]["strategy"]["matrix"]["shard"]
    files = [file.name for file in (ROOT / "tests" / "engine").rglob("test_*.py")]
    assert len(files) > 10
    assert {name: sum(fnmatch(name, f"test_[{shard}]*.py") for shard in shards) for name in files} == dict.fromkeys(
        files, 1
    )


@pytest.mark.parametrize("job", ["quick", "engine"])
def test_try_each_python_that_the_package_is_for(job: str) -> None:
    assert pythons.supported()
    assert _jobs("ci.yml")[job]["strategy"]["matrix"]["python"] == pythons.supported()


def test_try_the_newest_engine_always_and_the_oldest_weekly() -> None:
    assert _read(SET_UP)["inputs"]["pulumi-version"]["default"] == build_engine.NEWEST
    weekly = _jobs("weekly.yml")["ends"]["strategy"]["matrix"]["include"]
    assert {entry["pulumi"] for entry in weekly} == {"latest", build_engine.OLDEST}
    assert {entry["end"] for entry in weekly} <= set(ends.ENDS)
    (folder,) = [update["directory"] for update in _dependabot() if update["package-ecosystem"] == "gomod"]
    assert ROOT / folder.strip("/") == build_engine.MODULES / build_engine.NEWEST


def _used() -> Iterator[str]:
    for file in (*WORKFLOWS, SET_UP):
        yield from re.findall(r"uses: (?!\./)(.*)", file.read_text(encoding="utf-8"))


def test_pin_every_action_to_a_commit() -> None:
    used = list(_used())
    assert len(used) > 10
    assert [
        action for action in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
    ] == []


def test_pin_an_action_to_the_same_commit_everywhere() -> None:
    assert len({action.split("@")[0] for action in _used()}) == len(set(_used()))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_give_each_job_a_time_limit_and_no_right_that_it_does_not_need(workflow: Path) -> None:
    content = _read(workflow)
    assert content["permissions"] in ({"contents": "read"}, {})
    assert content["concurrency"]["group"]
    jobs = [job for job in content["jobs"].values() if "steps" in job]
    assert [job for job in jobs if "timeout-minutes" not in job] == []
    writes = {right for job in jobs for right, level in job.get("permissions", {}).items() if level == "write"}
    assert writes == {"release.yml": {"id-token", "contents"}, "weekly.yml": {"issues"}}.get(workflow.name, set())


def test_let_dependabot_watch_folders_that_have_something_to_watch() -> None:
    manifests = {"pip": ("requirements.txt", "pyproject.toml"), "gomod": ("go.mod",), "github-actions": ("action.yml",)}
    for update in _dependabot():
        for pattern in update.get("directories") or [update["directory"]]:
            folders = [ROOT] if pattern == "/" else list(ROOT.glob(pattern.strip("/")))
            names = {file.name for folder in folders for file in folder.iterdir()}
            expected = (".github",) if (update["package-ecosystem"], pattern) == ("github-actions", "/") else ()
            assert names & {*manifests[update["package-ecosystem"]], *expected}, pattern


@pytest.mark.parametrize("form", ["bug", "feature", "service"])
def test_name_in_forms_only_files_that_there_are(form: str) -> None:
    text = (GITHUB / "ISSUE_TEMPLATE" / f"{form}.yml").read_text(encoding="utf-8")
    assert [name for name in re.findall(r"`(docs/[\w.-]+)`", text) if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("open_issue", ["", "7"], ids=["none is open", "one is open"])
def test_report_a_broken_week_once(open_issue: str, tmp_path: Path) -> None:
    stand_in = tmp_path / "gh"
    stand_in.write_text(
        '#!/bin/sh\necho "$*" >> "$CALLS"\n'
        'case "$1 $2" in "run view") echo "- Soak" ;; "issue list") printf "%s" "$OPEN_ISSUE" ;; esac\n'
    )
    stand_in.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "OPEN_ISSUE": open_issue,
        "RUN_ID": "42",
        "RUN_URL": "https://example.com/42",
    }
    script = _script("weekly.yml", "report", "Open an issue, or add to the open one")
    subprocess.run(["bash", "-e", "-c", script], env=environment, check=True)
    calls = (tmp_path / "calls").read_text()
    assert ("issue comment 7" in calls, "issue create" in calls) == (bool(open_issue), not open_issue)
    assert "- Soak\n\nhttps://example.com/42" in calls


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """What the notes of a release are made from: the project's own pages at a public address, and a changelog."""
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    for name in ("README.md", "README.zh-CN.md", "pyproject.toml", "tools/release_notes.py"):
        copy = tmp_path / name
        copy.parent.mkdir(exist_ok=True)
        text = (ROOT / name).read_text(encoding="utf-8")
        copy.write_text(text.replace("OWNER/pulumi-volcengine-live", REPOSITORY), encoding="utf-8")
    package = tmp_path / "provider" / "pulumi_volcengine_live"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "0.1.0"\n')
    return tmp_path


def _release_notes(release: Path, tag: str, repository: str = REPOSITORY) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(release / "tools" / "release_notes.py"), tag, repository]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_take_the_notes_of_a_release_from_its_section_of_the_changelog(release: Path) -> None:
    run = _release_notes(release, "v0.1.0")
    assert run.returncode == 0, run.stderr
    assert run.stdout == NOTES


@pytest.mark.parametrize(
    ("tag", "repository", "reason"),
    [
        ("v0.2.0", REPOSITORY, "has the version 0.1.0"),
        ("0.1.0", REPOSITORY, "The tag is 0.1.0"),
        ("v0.1.0", "another/fork", f"pyproject.toml links to {REPOSITORY}, but the repository is another/fork"),
    ],
)
def test_refuse_to_release_what_does_not_fit_together(release: Path, tag: str, repository: str, reason: str) -> None:
    run = _release_notes(release, tag, repository)
    assert (run.returncode, run.stdout) == (1, "")
    assert reason in run.stderr


def test_refuse_to_release_without_notes(release: Path) -> None:
    (release / "CHANGELOG.md").write_text("## [0.1.0] - 2026-11-23\n\n## [0.0.1] - 2026-11-22\n\n- First.\n")
    run = _release_notes(release, "v0.1.0")
    assert run.returncode == 1
    assert "CHANGELOG.md has no section `## [0.1.0]" in run.stderr


def test_have_one_public_address() -> None:
    files = [ROOT / name for name in ("pyproject.toml", "README.md", "README.zh-CN.md")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    pattern = r"https://(?:raw\.githubusercontent|github)\.com/([\w.-]+)/pulumi-volcengine-live"
    assert len({owner for text in texts for owner in re.findall(pattern, text)}) == 1
