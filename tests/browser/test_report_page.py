"""The evaluation's report in a real Chromium with the network off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from scripted_assistant import CASES, LINES, Line, ScriptedAssistant

from rag.evaluation.compare import compare, load_run
from rag.evaluation.report import write_report
from rag.evaluation.runner import Options, run

pytestmark = pytest.mark.browser

WRONG = LINES | {
    CASES[2].question: Line(
        (("Diện tích gieo trồng là 41.300 ha.", "mua-lua", "diện tích gieo trồng là 41.300 ha."),),
        ("giai-chay", "mua-lua"),
        0.4,
    )
}


@pytest.mark.parametrize("width", [360, 1280])
def test_the_report_is_readable_offline(
    tmp_path: Path, open_context: Callable[..., BrowserContext], width: int
) -> None:
    run(CASES, ScriptedAssistant(LINES), Options(), tmp_path)
    report = run(CASES, ScriptedAssistant(WRONG), Options())
    file = write_report(tmp_path, report, compare(load_run(tmp_path), report))
    context = open_context(viewport={"width": width, "height": 800})
    context.set_offline(True)
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]
    assert complaints == []
    failed = page.locator("details.case").last
    failed.locator("summary").first.click()
    expect(failed).to_contain_text("Thiếu: 6,85 tấn")
    expect(failed.locator("blockquote")).to_contain_text("diện tích gieo trồng là 41.300 ha.")
    expect(page.locator("figure")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
