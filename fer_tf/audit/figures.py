"""Charts of the audit page."""

import io
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from fer_tf.audit.shares import Share
from fer_tf.data.audit import labels
from fer_tf.data.audit.collect import Collected
from fer_tf.data.audit.options import AuditOptions
from fer_tf.data.audit.skin import ITA_BANDS, MONK_SWATCHES
from fer_tf.labels import EMOTIONS

matplotlib.use("Agg")


def charts(collected: Collected, shares: Sequence[Share], options: AuditOptions) -> list[tuple[str, bytes]]:
    """All figures that the dataset has something for: caption and PNG."""
    drawn = [("Pictures of each class and split", _classes(collected))]
    drawn.append(("What is measured in the pixels, with the thresholds", _measures(collected, options)))
    if labels.voted(collected).any():
        drawn.append(("Pictures that a consensus rule keeps", _consensus(collected, options)))
    for column in dict.fromkeys(share.column for share in shares):
        of_column = [share for share in shares if share.column == column]
        drawn.append((f"Share of each {column.replace('_', ' ')} within each class", _shares(of_column)))
    if np.isfinite(collected.facts["ita"]).any():
        drawn.append(("Skin tone of the pixels", _tones(collected)))
    return drawn


def _classes(collected: Collected) -> bytes:
    figure, axes = _figure()
    counts, bottom = labels.class_counts(collected), np.zeros(len(EMOTIONS))
    for split, row in zip(collected.splits, counts, strict=True):
        axes.bar(EMOTIONS, row, bottom=bottom, label=split)
        bottom += row
    for place, count in enumerate(bottom):
        axes.text(place, count, f"{int(count):,}", ha="center", va="bottom", fontsize=8)
    axes.set_ylabel("pictures")
    axes.legend(fontsize=8)
    return _png(figure)


def _measures(collected: Collected, options: AuditOptions) -> bytes:
    figure = Figure(figsize=(9, 2.8), dpi=100, layout="constrained")
    shown = {"blur": ("blur effect", options.blur), "light": ("lightest pixels", options.dark)}
    shown["face_light"] = ("median of the face", options.bright)
    for place, (name, (title, threshold)) in enumerate(shown.items(), start=1):
        axes = figure.add_subplot(1, 3, place)
        values = collected.facts[name]
        axes.hist(values[np.isfinite(values)], bins=50, color="tab:blue")
        axes.axvline(threshold, color="tab:red", linewidth=1)
        axes.set_title(title, fontsize=9)
        axes.set_yscale("symlog")
    return _png(figure)


def _consensus(collected: Collected, options: AuditOptions) -> bytes:
    figure, axes = _figure()
    top = np.sort(labels.top_share(collected.votes[labels.voted(collected)]))
    thresholds = np.linspace(0, 1, 101)
    kept = 1 - np.searchsorted(top, thresholds - 1e-4) / len(top)
    axes.plot(thresholds, kept)
    for threshold in sorted({options.consensus, *labels.CONSENSUS_RULES}):
        share = labels.keeps(top[:, None], threshold).mean()
        axes.plot(threshold, share, "o", color="tab:red", markersize=4)
        axes.annotate(f"{share:.1%}", (threshold, share), textcoords="offset points", xytext=(4, 4), fontsize=8)
    axes.set_xlabel("share of the annotators who must agree")
    axes.set_ylabel("share of the pictures kept")
    axes.set_ylim(0, 1.05)
    return _png(figure)


def _shares(shares: list[Share]) -> bytes:
    figure, axes = _figure()
    groups = list(dict.fromkeys(share.group for share in shares))
    names = [name for name in (*EMOTIONS, "all") if any(share.emotion == name for share in shares)]
    bottom = np.zeros(len(names))
    for number, group in enumerate(groups):
        of_group = {share.emotion: share.share for share in shares if share.group == group}
        heights = np.array([of_group.get(name, 0.0) for name in names])
        axes.bar(names, heights, bottom=bottom, label=group, color=matplotlib.colormaps["tab20"](number % 20))
        bottom += heights
    axes.set_ylim(0, 1)
    axes.set_ylabel("share")
    figure.legend(loc="outside right upper", fontsize=8)
    return _png(figure)


def _tones(collected: Collected) -> bytes:
    figure = Figure(figsize=(9, 3.2), dpi=100, layout="constrained")
    ita, monk = collected.facts["ita"], collected.facts["monk"]
    axes = figure.add_subplot(1, 2, 1)
    axes.hist(ita[np.isfinite(ita)], bins=60, range=(-90, 90), color="tab:blue")
    for bound in list(ITA_BANDS.values())[:-1]:
        axes.axvline(bound, color="grey", linewidth=0.7)
    axes.set_xlabel("ITA in degrees; lines bound " + ", ".join(reversed(ITA_BANDS)), fontsize=7)
    axes = figure.add_subplot(1, 2, 2)
    counts = np.bincount(monk[np.isfinite(monk)].astype(int), minlength=11)[1:]
    axes.bar(range(1, 11), counts, color=MONK_SWATCHES / 255, edgecolor="grey")
    axes.set_xticks(range(1, 11))
    axes.set_xlabel("nearest swatch of the Monk scale", fontsize=8)
    return _png(figure)


def _figure():
    figure = Figure(figsize=(9, 3.4), dpi=100, layout="constrained")
    return figure, figure.add_subplot()


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
