"""What `review` takes for notes; what it says of them is tested where notes are read."""

from pathlib import Path

import pytest

from claims.note import Note
from claims.problem import Problem
from serving.commands.review import notes


def found(folder: Path, content: bytes) -> list[Note | Problem]:
    path = folder / "monday.txt"
    path.write_bytes(content)
    return list(notes(str(path)))


@pytest.mark.parametrize(
    "text", ["Session: 50 min.\nPlan: weekly.", "[Intake] Client seen.", "S: \xf1and\xfa, tired."]
)
def test_plain_text_is_one_note(tmp_path: Path, text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        (one,) = found(tmp_path, text.encode(encoding))
        assert isinstance(one, Note)
        assert (one.id, one.text) == ("monday", text)


def test_json_lines_with_more_fields_than_are_known_and_a_note_not_yet_begun(
    tmp_path: Path,
) -> None:
    content = b'{"id": 7, "text": " a\\r\\n", "writer": "w1"}\n{"id": "n2", "text": null}\n'
    warning, first, second = found(tmp_path, content)
    assert isinstance(warning, Problem)
    assert isinstance(first, Note)
    assert isinstance(second, Note)
    assert (first.id, first.text, second.text) == ("7", " a\r\n", "")


def test_a_bad_record_is_told_and_the_others_come(tmp_path: Path) -> None:
    content = b'{"id": "n1"\n{"id": "n2", "text": "a", "age": "old"}\n{"id": "n3", "text": "b"}\n'
    items = found(tmp_path, content)
    assert [one.row for one in items if isinstance(one, Problem)] == [1, 2]
    assert [one.id for one in items if isinstance(one, Note)] == ["n3"]


def test_an_empty_file_holds_no_note(tmp_path: Path) -> None:
    (one,) = found(tmp_path, b" \n")
    assert isinstance(one, Problem)
