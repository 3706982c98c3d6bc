"""What is written about it: every setting, command and model is named, defaults hold, and no link leads into nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps

from config.environment import Config
from sandbox import procfile
from tests.databases import PROJECT

LINK = re.compile(r"\]\(([^)\s]+)\)")
#: For whoever works on the code: CONTRIBUTING.md names it.
FOR_DEVELOPERS = {"record_schema"}


def documents() -> list[Path]:
    return sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])


def first_cells(document: str) -> set[str]:
    """Each name in backticks in the first column of the document's tables."""
    rows = re.findall(r"^\| (`[^|]*) \|", read(document), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_the_configuration_page_lists_every_setting() -> None:
    listed = first_cells("docs/configuration.md")
    assert set(Config.model_fields) - listed == set()
    of_procfile = {name for line in procfile.commands().values() for name in re.findall(r"\$\{(\w+)", line)}
    assert of_procfile
    assert of_procfile - listed == set()


def as_told(default: object) -> str:
    """As the configuration page writes a default."""
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_the_configuration_page_names_the_defaults_that_hold() -> None:
    """Those that take no sentence."""
    page = read("docs/configuration.md")
    rows = dict(re.findall(r"^\| `(\w+)` \| .* \| `([^`|]*)` \|$", page, re.MULTILINE))
    told = {
        name: default
        for name, default in rows.items()
        if name in Config.model_fields and not Config.model_fields[name].is_required()
    }
    assert len(told) >= 15
    assert told == {name: as_told(Config.model_fields[name].default) for name in told}
    of_procfile = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", " ".join(procfile.commands().values())))
    assert {name: rows.get(name) for name in of_procfile} == of_procfile


def test_the_architecture_names_every_model() -> None:
    named = set(re.findall(r"`(\w+)`", read("docs/architecture.md")))
    models = {model.__name__ for app in ("bots", "tenants") for model in apps.get_app_config(app).get_models()}
    assert models - named == set()


def test_every_component_of_the_design_system_is_there() -> None:
    """`time` and the like, in the table of the components; the other tables have blocks of a page."""
    table = read("docs/design-system.md").partition("\n## Components\n")[2].partition("\n## ")[0]
    named = {
        name for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert len(named) > 30
    assert {name for name in named if not (PROJECT / f"templates/components/{name}.html").exists()} == set()


def test_every_command_is_listed() -> None:
    files = PROJECT.glob("*/management/commands/*.py")
    commands = {file.stem for file in files if file.stem != "__init__"} - FOR_DEVELOPERS
    written = read("docs/onboarding.md") + read("docs/operations.md") + read("Procfile")
    assert {name for name in commands if f"manage.py {name}" not in written} == set()
    assert {name for name in FOR_DEVELOPERS if name not in read("CONTRIBUTING.md")} == set()


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_relative_link_leads_to_a_file_and_to_a_heading(document: Path) -> None:
    for link in LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert target.is_relative_to(PROJECT), link
        assert not heading or heading in headings(target), link


def headings(document: Path) -> set[str]:
    """The anchors that a reader's browser finds: a heading in lower case, its blanks as hyphens."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def read(path: str) -> str:
    return (PROJECT / path).read_text()
