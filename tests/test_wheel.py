"""What is installed is whole, and is what runs: a wheel, apart from this tree."""

import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTE = "Seen 1:05-1:50 pm, 45 minutes. CBT for panic; client practised breathing. A. Lee, LCSW"
HEAVY = ("mlflow", "pandas", "fastapi", "lightgbm")


def packages() -> set[str]:
    """Packages that pyproject.toml ships."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return set(project["tool"]["setuptools"]["packages"])


def tree() -> set[str]:
    """Packages that stand in the tree, tests and benchmarks apart."""
    found = set()
    for top in ("claims", "features", "models", "training", "serving", "data"):
        for init in (ROOT / top).rglob("__init__.py"):
            found.add(".".join(init.parent.relative_to(ROOT).parts))
    return found


def test_every_package_of_the_tree_is_shipped() -> None:
    assert packages() == tree()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has our wheel and, from here, only what we depend on."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(".git", ".venv", "build", "*.egg-info", ".*_cache", "tests"),
    )
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--disable-pip-version-check", "--wheel-dir", str(folder), str(source)],
        check=True, capture_output=True,
    )  # fmt: skip
    wheel = next(folder.glob("claimwright-*.whl"))
    venv.create(folder / "venv", with_pip=False)
    site = next((folder / "venv" / "lib").glob("python3*")) / "site-packages"
    paths = [sysconfig.get_paths()["purelib"]]
    paths += [line for pth in Path(paths[0]).glob("shared.pth") for line in pth.read_text().split()]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
         "--disable-pip-version-check", "--target", str(site), str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    (site / "dependencies.pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
    return folder / "venv" / "bin" / "python"


@pytest.fixture
def decoys(tmp_path: Path) -> Path:
    """A folder in which things lie that have our packages' names."""
    for name in ("data", "models", "claims"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "readme.txt").write_text("not a package", encoding="utf-8")
    return tmp_path


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The wheel's own command, run in a folder."""
    code = (
        "import sys; sys.argv[0] = 'claimwright'; from serving.cli import app\n"
        "try:\n    app()\nexcept SystemExit as end:\n    code = end.code\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
        "import serving; print(serving.__file__, file=sys.stderr)\nsys.exit(code)"
    )
    return subprocess.run(
        [str(python), "-P", "-c", code, "--home", str(folder / "home"), *arguments],
        input=NOTE, capture_output=True, text=True, cwd=folder, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize(
    "verb",
    [
        ("--help",),
        ("review", "-", "--format", "json"),
        ("policies", "show", "medicare", "--on", "2026-03-02"),
        ("policies", "check"),
        ("schema", "labels"),
    ],
    ids=" ".join,
)
def test_the_wheel_finds_its_data_among_decoys_and_loads_nothing_heavy(
    installed: Path, decoys: Path, verb: tuple[str, ...]
) -> None:
    done = run(installed, decoys, *verb)
    assert done.returncode == 0, done.stderr
    assert str(installed.parent.parent) in done.stderr
    assert "[]" in done.stderr.splitlines() or verb[0] == "schema", "something heavy was loaded"
