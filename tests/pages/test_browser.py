"""The report in a real browser: nothing on its console, no barrier, phone and desktop, dark and light, with and without
JavaScript. Needs Chromium, playwright and axe-core; see the README of the tests' extra.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.report.content import emotion_report
from fer_tf.evaluation.report.view import write_report

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: make test-browser installs it")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
AXE = os.environ.get("AXE_JS", "")
if not CHROMIUM:
    pytest.skip("needs Chromium: put it in the path or name it in CHROMIUM", allow_module_level=True)
if not Path(AXE).is_file():
    pytest.skip("needs axe.min.js of axe-core: name it in AXE_JS", allow_module_level=True)
WIDTHS = {"phone": 390, "desktop": 1280}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    random = np.random.default_rng(0)
    truth = random.integers(0, 7, 400)
    groups = {
        "gender": np.where(np.arange(400) % 2, "male", "female"),
        "skin_tone": (1 + np.arange(400) % 10).astype(str),
    }
    found = Predictions(
        np.arange(400).astype(str), (np.arange(400) // 2).astype(str), truth, random.dirichlet(np.ones(7), 400), groups
    )
    report = emotion_report(found, {"title": "Audit in a browser"}, resamples=100)
    return write_report(report, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--headless=shell", "--no-zygote"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_error_and_no_barrier(browser, page_file, width, scheme):
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page, messages = context.new_page(), []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: messages.append(request.url) if "report.html" not in request.url else None)
    page.goto(page_file.as_uri())
    assert messages == []
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
    page.add_script_tag(path=AXE)
    violations = page.evaluate("axe.run()")["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    context.close()


def test_the_policy_lets_the_sorting_run(browser, page_file):
    context = browser.new_context()
    page, messages = context.new_page(), []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(page_file.as_uri())
    table = page.locator("section[aria-labelledby=by-skin-tone] > .scroll")
    groups = table.locator("tbody th").all_inner_texts()
    head = table.locator("thead th").nth(3)
    for order, direction in ((1, "ascending"), (-1, "descending")):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == direction
        numbers = [float(text.split()[0]) for text in table.locator("tbody td:nth-child(4)").all_inner_texts()]
        assert numbers == sorted(numbers)[::order]
    assert sorted(table.locator("tbody th").all_inner_texts()) == sorted(groups)
    assert messages == []
    context.close()


def test_without_javascript_everything_is_there(browser, page_file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.locator("h2").count() >= 6
    assert "mean class accuracy" in page.locator("main").inner_text()
    assert page.locator("th button").count() == 0
    context.close()
