"""What a report takes from files that other commands wrote: runs, heatmaps, paper tables, the audit of the data."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fer_tf.errors import InputError
from fer_tf.pages.shell import png_link

PREDICTIONS = "predictions.csv"
_LARGEST = 50_000_000  # bytes
# Of a run's run.json, those that a reader of a report asks for.
_RUN_FACTS = ("model", "dataset", "commit", "seed", "hardware", "duration_s", "command")
_RELEVANCE = ("target", "column", "group", "outcome", "n", "mu", "mu_w", "face", "hair", "background")
_MOST_ROWS = 200


def predictions_of(source: Path) -> Path:
    """The predictions in a run's folder, or the file itself.

    Raises:
        InputError: the run was not scored yet.
    """
    path = source / PREDICTIONS if source.is_dir() else source
    if source.is_dir() and not path.is_file():
        seeds = sorted(folder.name for folder in source.glob("seed_*") if (folder / PREDICTIONS).is_file())
        advice = f"give one of its seeds: {', '.join(seeds)}" if seeds else f"python evaluate.py --run_dir={source}"
        raise InputError(f"{source} holds no {PREDICTIONS}: {advice}")
    return path


def about_run(run_dir: Path) -> dict[str, Any]:
    """What ``run.json`` and ``metrics.json`` say of a run; nothing where there are none."""
    run, scored = (_json(run_dir / name) for name in ("run.json", "metrics.json"))
    facts = {name: run[name] for name in _RUN_FACTS if name in run}
    facts |= {name: scored[name] for name in ("dataset", "split", "mirror", "multiaccuracy") if name in scored}
    for name, version in run.get("versions", {}).items():
        facts[f"version of {name}"] = version
    return {name: value for name, value in facts.items() if isinstance(value, str | int | float)}


def explanations(folder: Path, show_faces: bool) -> dict[str, Any]:
    """Heatmap panels and relevance by group, of what ``fer_tf.explain`` wrote.

    Args:
        folder: its ``--output_dir``.
        show_faces: whether pictures may be shown.

    Raises:
        InputError: there is neither.
    """
    table, panels = folder / "relevance_summary.csv", folder / "panels.png"
    if not table.is_file() and not panels.is_file():
        raise InputError(f"{folder} holds neither {table.name} nor {panels.name}: python -m fer_tf.explain writes them")
    columns, rows = [], []
    if table.is_file():
        found = pd.read_csv(table).head(_MOST_ROWS)
        columns = [name for name in _RELEVANCE if name in found]
        rows = [{name: _short(value) for name, value in row.items()} for row in found[columns].to_dict("records")]
    pictures = []
    if panels.is_file() and show_faces:
        words = "Heatmaps: red supports what the model said, blue opposes it"
        pictures.append((png_link(panels.read_bytes()), words))
    hidden = "" if pictures or not panels.is_file() else " Pictures are left out; --show_faces shows them."
    text = "Shares of the positive relevance that lie on face, hair and background; 95 % intervals are in the CSV file."
    return {"columns": columns, "rows": rows, "pictures": pictures, "text": text + hidden}


def paper_tables(path: Path) -> list[dict[str, Any]]:
    """Tables of a study's ``tables.md``, with the heading before each as its caption.

    Raises:
        InputError: there is no such file, or no table in it.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected the tables.md of a study, there is none")
    tables: list[dict[str, Any]] = []
    caption, inside = "Table", False
    for line in _text(path).splitlines():
        if line.startswith("#"):
            caption = line.lstrip("# ")
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif not inside:
            tables.append({"caption": caption, "columns": cells, "rows": []})
            inside = True
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells) and len(cells) == len(tables[-1]["columns"]):
            tables[-1]["rows"].append([cell.replace("**", "") for cell in cells])
    if not tables:
        raise InputError(f"{path}: expected tables in Markdown, there is none")
    return tables


def dataset_audit(folder: Path) -> dict[str, Any]:
    """Main findings of ``fer_tf.audit --dataset``.

    Raises:
        InputError: there is no ``summary.json``.
    """
    summary = _json(folder / "summary.json")
    if not summary:
        raise InputError(f"{folder} holds no summary.json: python -m fer_tf.audit --dataset=… writes it")
    return {name: value for name, value in _flat(summary).items() if isinstance(value, str | int | float)}


def _flat(values: Mapping[str, Any], start: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{start}{name} ") if isinstance(value, Mapping) else {f"{start}{name}": value}
    return found


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {error}") from error
    return content if isinstance(content, dict) else {}


def _text(path: Path) -> str:
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path} has more than {_LARGEST:,} bytes: expected a smaller file")
    return path.read_text(encoding="utf-8", errors="replace")


def _short(value: Any) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.3f}"
    return str(value)
