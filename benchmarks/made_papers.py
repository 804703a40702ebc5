"""PDFs and Word files around stories that we know."""

from __future__ import annotations

import io
from datetime import UTC
from html import escape
from typing import Any

from benchmarks.made_pages import shown
from benchmarks.made_stories import Made, Story

# A word that does not fit is broken where it has a soft hyphen.
_FOREIGN = (
    "Thiết bị do hãng Maschinenfabrik Kleinhammerschmidt và Internationale Handelsgesellschaft cung cấp, "
    "được vận chuyển bằng tàu Constellation của hãng Transcontinental Shipping."
)
_BROKEN = {
    "Maschinenfabrik": "Maschi\u00adnen\u00adfabrik",
    "Kleinhammerschmidt": "Klein\u00adhammer\u00adschmidt",
    "Internationale": "Inter\u00adnatio\u00adnale",
    "Handelsgesellschaft": "Handels\u00adgesell\u00adschaft",
    "Constellation": "Constel\u00adlation",
    "Transcontinental": "Trans\u00adconti\u00adnental",
}


def one_column(story: Story) -> Made:
    """As a word processor prints it, with page numbers."""
    return _paper("PDF", story, columns=1, head=False)


def two_columns(story: Story) -> Made:
    """As a paper prints it, the name of the paper and the section on top of every page."""
    return _paper("PDF, two columns", story, columns=2, head=True)


def hyphenated(story: Story) -> Made:
    """Narrow columns in which words are broken."""
    return _paper("PDF, hyphens", story, columns=3, head=True, more=_FOREIGN)


def word(story: Story) -> Made:
    """An article as it comes from the desk: heading, stamp, sapo in bold, author at the right."""
    return _word("Word", story, styled=True)


def plain_word(story: Story) -> Made:
    """Without styles: everything a paragraph, as most people type."""
    return _word("Word, no styles", story, styled=False)


def _paper(name: str, story: Story, *, columns: int, head: bool, more: str | None = None) -> Made:
    import font_roboto
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Spacer

    pdfmetrics.registerFont(TTFont("Roboto", font_roboto.Roboto))
    pdfmetrics.registerFont(TTFont("Roboto-Bold", font_roboto.RobotoBold))
    text = ParagraphStyle(
        "text", fontName="Roboto", fontSize=10, leading=13.5, spaceAfter=5, alignment=4, embeddedHyphenation=1
    )
    title = ParagraphStyle("title", text, fontName="Roboto-Bold", fontSize=17, leading=22, alignment=0)
    lead = ParagraphStyle("lead", text, fontName="Roboto-Bold", fontSize=11, leading=14.5, alignment=0)
    small = ParagraphStyle("small", text, fontSize=8.5, textColor="grey", alignment=0)
    heading = ParagraphStyle("heading", text, fontName="Roboto-Bold", fontSize=12, leading=15, alignment=0)

    def furniture(canvas: Any, document: Any) -> None:
        canvas.setFont("Roboto", 8)
        canvas.drawCentredString(297, 26, f"Trang {canvas.getPageNumber()}")
        if head:
            canvas.drawString(56, 812, f"{story.site}  |  {story.section}  |  {story.moment:%d/%m/%Y}")

    content = io.BytesIO()
    width, gutter = 483, 18
    one = (width - (columns - 1) * gutter) / columns
    template = BaseDocTemplate(content, pagesize=(595, 842), title=story.title, invariant=1)
    # The heading stands over all columns.
    frames = [Frame(56, 660, width, 140, 0, 0, 0, 0, id="head")]
    frames += [Frame(56 + n * (one + gutter), 56, one, 590, 0, 0, 0, 0) for n in range(columns)]
    rest = [Frame(56 + n * (one + gutter), 56, one, 740, 0, 0, 0, 0) for n in range(columns)]
    template.addPageTemplates(
        [
            PageTemplate("first", frames, onPage=furniture, autoNextPageTemplate="rest"),
            PageTemplate("rest", rest, onPage=furniture),
        ]
    )
    from reportlab.platypus.doctemplate import FrameBreak

    body = (story.lead, *story.paragraphs, *([more] if more else []), story.subheading, *story.background)
    flow = [Paragraph(escape(story.title), title), Spacer(1, 6), Paragraph(shown(story), small)]
    flow += [Spacer(1, 4), Paragraph(escape(story.lead), lead), FrameBreak()]
    for line in body[1:]:
        for whole, broken in _BROKEN.items():
            line = line.replace(whole, broken)  # noqa: PLW2901
        flow.append(Paragraph(escape(line), heading if line == story.subheading else text))
    flow.append(Paragraph(story.author, ParagraphStyle("author", lead, alignment=2)))
    template.build(flow)
    return _without_site(name, ".pdf", content.getvalue(), story, body)


def _word(name: str, story: Story, *, styled: bool) -> Made:
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    document = docx.Document()
    document.core_properties.created = story.moment.replace(day=1).astimezone(UTC)
    document.core_properties.title = story.title if styled else ""
    if styled:
        document.add_heading(story.title, level=0)
    else:
        document.add_paragraph().add_run(story.title).bold = True
    document.add_paragraph(shown(story))
    document.add_paragraph().add_run(story.lead).bold = True
    for line in story.text:
        heading = styled and line == story.subheading
        document.add_heading(line, level=2) if heading else document.add_paragraph(line)
    document.add_paragraph(story.author).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    content = io.BytesIO()
    document.save(content)
    return _without_site(name, ".docx", content.getvalue(), story, story.body)


def _without_site(name: str, suffix: str, content: bytes, story: Story, body: tuple[str, ...]) -> Made:
    return Made(name, suffix, content, story.title, body, day=f"{story.moment:%Y-%m-%d}", author=story.author)


PAPERS = (one_column, two_columns, hyphenated, word, plain_word)
