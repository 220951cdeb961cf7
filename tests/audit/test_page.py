import numpy as np

from fer_tf.audit.page import Page
from fer_tf.audit.report import dataset_page
from fer_tf.data.audit.duplicates import find_duplicates
from fer_tf.data.audit.findings import picture_findings
from fer_tf.data.audit.options import AuditOptions
from fer_tf.data.audit.run import Audit
from tests.data.audit.made import collected

SCRIPT = "<script>alert(1)</script>"


def test_everything_is_escaped():
    page = Page(SCRIPT)
    page.heading(SCRIPT)
    page.paragraph(SCRIPT)
    page.table([SCRIPT], [[SCRIPT]])
    page.figure(b"", f'" onerror="{SCRIPT}')
    page.pictures([(SCRIPT, b"")])
    text = page.text()
    # The page has one script of its own, which sorts tables.
    assert text.count("<script") == 1
    assert SCRIPT not in text
    assert '" onerror=' not in text
    # Title twice; heading; paragraph; name, head and cell of the table; caption and text of two pictures.
    assert text.count("&lt;script&gt;") == 11


def test_numbers_that_are_undefined_are_said_to_be():
    page = Page("a")
    page.table(["a", "b", "c"], [[float("nan"), 1234, 0.5]])
    cells = ">undefined</td>", ">1,234</td>", ">0.500</td>"
    assert all(cell in page.text() for cell in cells)


def test_pictures_are_shown_only_when_asked(tmp_path):
    ids = [SCRIPT.encode(), b"b", b"c"]
    made = collected(tmp_path, 3, facts={0: {"light": 9}}, image_id=ids, emotion=[0, 1, 2])
    duplicates, options = find_duplicates(made, 0.92), AuditOptions()
    findings = picture_findings(made, duplicates, options)
    audit = Audit(made, duplicates, findings, options)
    without = dataset_page("a", audit, findings, [])
    shown = dataset_page("a", audit, findings, [], show_faces=True)
    assert "alert" not in without
    assert shown.count("<img") == without.count("<img") + 1
    assert "&lt;script&gt;" in shown
    assert SCRIPT not in shown
    assert "http" not in shown.replace('http-equiv="Content-Security-Policy"', "")
    assert np.all([name in without for name in ("near_leak", "cut_face", "Pictures of each class")])
