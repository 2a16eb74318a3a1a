"""The notebooks run from top to bottom on a practice's own store, and are kept without outputs."""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from claims.store import Store

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = {
    path.stem: nbformat.read(path, as_version=4) for path in sorted(FOLDER.glob("*.ipynb"))
}


def test_the_four_are_there_without_outputs() -> None:
    subjects = ("remittances", "train-and-compare", "drift-report", "add-a-feature")
    for name, subject in zip(NOTEBOOKS, subjects, strict=True):
        assert subject in name
        for cell in NOTEBOOKS[name].cells:
            assert not cell.get("outputs"), name
            assert cell.get("execution_count") is None, name


def test_each_runs_from_top_to_bottom(whole: Store, whole_home: Path, tmp_path: Path) -> None:
    """In one kernel, so that libraries are loaded once; nothing of one is left for the next."""
    assert whole.newest_known_day() is not None
    cells = []
    for name, notebook in NOTEBOOKS.items():
        for cell in notebook.cells:
            cell.id = f"{name[0]}-{cell.id}"
        cells += [nbformat.v4.new_code_cell("%reset -f", id=f"reset-{name[0]}"), *notebook.cells]
    together = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(together, timeout=120, kernel_name="python3")
    client.execute(
        cwd=str(tmp_path),
        env=os.environ
        | {"CLAIMWRIGHT_HOME": str(whole_home), "IPYTHONDIR": str(tmp_path / "ipython"),
           "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    for cell in together.cells:
        for out in cell.get("outputs", []):
            assert out.get("name") != "stderr", (cell.id, out.get("text"))
