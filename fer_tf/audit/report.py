"""The page of a dataset's audit."""

from collections.abc import Iterator, Sequence

import numpy as np

from fer_tf.audit.figures import charts
from fer_tf.audit.page import Page
from fer_tf.audit.shares import Share
from fer_tf.data.audit import labels
from fer_tf.data.audit.collect import Collected
from fer_tf.data.audit.findings import TITLES, Finding
from fer_tf.data.audit.run import Audit
from fer_tf.data.audit.skin import CAVEAT
from tfds_builders.parts import encoded

# Pictures of each finding on the page.
_SHOWN = 12


def dataset_page(
    dataset: str, audit: Audit, findings: Sequence[Finding], shares: Sequence[Share], *, show_faces: bool = False
) -> str:
    """Writes the page.

    Args:
        dataset: its name.
        audit: of it.
        findings: all of them.
        shares: of groups.
        show_faces: whether a few pictures of each finding are shown, small and grey.

    Returns:
        one HTML file that needs no other.
    """
    collected, page = audit.collected, Page(f"Audit of {dataset}")
    counts = np.bincount(collected.split, minlength=len(collected.splits)).tolist()
    splits = ", ".join(f"{count:,} in {name}" for name, count in zip(collected.splits, counts, strict=True))
    page.paragraph(f"{len(collected):,} pictures: {splits}.")
    looked = " and, where it finds nothing, ".join(collected.detectors)
    page.paragraph(f"Faces were looked for with {looked}." if looked else "No faces were looked for.")
    if collected.cut_faces:
        page.paragraph("The pictures are tight crops of faces, so cut faces are no finding.")
    page.heading("Findings")
    page.paragraph("Each finding's pictures are listed in the CSV file of its name.")
    page.table(("finding", "what it is", "count", "share", "remark"), _rows(collected, findings))
    _consensus(page, audit)
    page.heading("Figures")
    for caption, png in charts(collected, shares, audit.options):
        page.figure(png, f"{caption} (n = {len(collected):,})")
        if caption.startswith("Skin tone"):
            page.paragraph(CAVEAT)
    if shares:
        page.heading("Groups within classes")
        page.paragraph("Shares with 95 % intervals, resampled by person where people are known.")
        page.table(("column", "group", "class", "n", "share", "low", "high"), map(_share_row, shares))
    if show_faces:
        _pictures(page, audit, findings)
    return page.text()


def _rows(collected: Collected, findings: Sequence[Finding]) -> Iterator[tuple]:
    for finding in findings:
        share = len(finding) / len(collected) if finding.rows is None else ""
        yield finding.name, TITLES[finding.name], len(finding), share, finding.note


def _share_row(share: Share) -> tuple:
    return share.column, share.group, share.emotion, share.n, share.share, share.low, share.high


def _consensus(page: Page, audit: Audit) -> None:
    facts = labels.consensus_facts(audit.collected, audit.options.consensus)
    if not facts:
        return
    page.heading("Consensus of the annotators")
    page.paragraph(
        f"{facts['with_votes']:,} pictures have votes; of {facts['disagreement']:.1%} another emotion than the label "
        "has more. A rule keeps a picture where so large a share agrees on one of the seven emotions. Paper C keeps it "
        "where four of eight agree, which it calls 80 % and is 50 %, and removes "
        f"{labels.PAPER_REMOVED:.1%} of FER-2013."
    )
    thresholds = [name.removeprefix("kept_at_") for name in facts if name.startswith("kept_at_")]
    rows = (
        (t, facts[f"kept_at_{t}"], 1 - facts[f"kept_at_{t}"], facts[f"kept_and_agreeing_at_{t}"]) for t in thresholds
    )
    page.table(("least share", "kept", "removed", "kept and label agrees"), rows)


def _pictures(page: Page, audit: Audit, findings: Sequence[Finding]) -> None:
    page.heading("Pictures")
    for finding in findings:
        if not len(finding.pictures):
            continue
        page.paragraph(f"{finding.name}: {TITLES[finding.name]}; the first {min(len(finding), _SHOWN)}")
        page.pictures(_shown(audit.collected, finding))


def _shown(collected: Collected, finding: Finding) -> Iterator[tuple[str, bytes]]:
    for place, number in enumerate(finding.pictures[:_SHOWN].tolist()):
        numbers = [number] if finding.others is None else [number, int(finding.others[place])]
        pictures = collected.thumbnails.pictures(np.array(numbers))
        ids, splits = collected.ids(np.array(numbers)), collected.split_names(np.array(numbers))
        for one, image_id, split in zip(numbers, ids, splits, strict=True):
            yield f"{image_id} ({split})", encoded(".png", pictures[one]).tobytes()
