"""`claimwright codes`: code tables, and newer CMS files into the practice's home."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from serving.cli import app
from serving.output import Format
from serving.settings import settings

codes = typer.Typer(no_args_is_help=True, help="Code tables: what is at hand, and newer CMS files.")
app.add_typer(codes, name="codes")


@codes.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="NCCI pairs, MUE values or relative values as CMS publishes them: zip, text, CSV."
        ),
    ],
    effective: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="First day of the release, where the file does not tell it."
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="A table, or JSON lines.")] = (
        Format.TABLE
    ),
) -> None:
    """Takes newer CMS files; from their day of service on they stand before the shipped tables."""
    from claims.codes.importing import import_file

    for file in files:
        for done in import_file(file, settings().home, effective.date() if effective else None):
            if output is Format.JSON:
                told = {
                    "file": file.name,
                    "kind": done.kind,
                    "effective": done.effective.isoformat(),
                    "read": done.read,
                    "kept": done.kept,
                }
                typer.echo(json.dumps(told))
            else:
                typer.echo(
                    f"{file.name}: {done.kind.replace('_', ' ')} from {done.effective}: "
                    f"{done.kept:,} of {done.read:,} rows are of codes that therapists bill"
                )


@codes.command("show")
def show(
    output: Annotated[Format, typer.Option("--format", help="A table, or JSON lines.")] = (
        Format.TABLE
    ),
) -> None:
    """Which releases of the CMS tables are at hand, and from which day on each is used."""
    from claims.codes.diagnoses import RELEASE_FROM, RELEASE_TO
    from claims.codes.procedures import REVIEWED_THROUGH
    from claims.codes.table import TABLES, ReleaseKind, releases

    kinds: tuple[ReleaseKind, ...] = ("ncci", "mue", "relative_values")
    found = [
        {
            "table": kind,
            "from": release.effective.isoformat(),
            "origin": "shipped" if release.path.parent == TABLES else "imported",
        }
        for kind in kinds
        for release in releases(kind)
    ]
    found.append(
        {"table": "diagnoses", "from": RELEASE_FROM.isoformat(), "until": RELEASE_TO.isoformat(),
         "origin": "shipped"}
    )  # fmt: skip
    found.append(
        {"table": "procedures", "until": REVIEWED_THROUGH.isoformat(), "origin": "shipped"}
    )
    for one in found:
        if output is Format.JSON:
            typer.echo(json.dumps(one))
        else:
            days = " ".join(f"{word} {one[word]}" for word in ("from", "until") if word in one)
            typer.echo(f"{one['table']}: {days} ({one['origin']})")
