"""The web chat: a Gradio page, an evidence panel beside it, and the server that runs both on this machine.

app.py        the pages together, and the routes beside them
pages/        one module a page: its parts and its events
site.py       what every page is built on
frame.py      what the pages share of Gradio; masthead.py is the top of each, linked.py our styles and scripts
session.py    one question as it is asked, step by step
desk.py       the thread that owns the assistant: loading, waiting turns, stopping
turn.py       what is known of a question so far
examples.py   questions to start with
records.py    a question that is over, as it is kept; conversations.py is the file that keeps them
exports.py    records → Markdown, JSON, cases for `hoibao eval`; downloads.py hands them out
scope.py      which articles are asked, and the form that sets it
render.py     the turn in progress → HTML; transcript.py those that are over; cards.py the quotes of both
sidebar.py    the list of conversations
intake.py     the worker that adds, rebuilds and verifies; jobs.py shows how far it is
uploads.py    dropped files on disk; receiving.py is the route they come by
discards.py   deleting articles so that it can be taken back
listing.py    a collection searched, filtered, sorted, cut into pages; shelf.py shows it
figures.py    an archive's figures → HTML; plots.py draws, counting.py counts names in the background
scorecard.py  the latest evaluation → HTML
settings_form.py the settings → HTML; about.py is what is where, costs.py what answers have cost
panel.py      an article → HTML with the quote highlighted
pdf_page.py   a page of an article's own PDF as an image, the quote marked
markup.py     the one function that makes foreign text harmless, and its helpers
api.py        for other programs; reference.py is its description as a page
security.py   who may call, and what a page may load
gate.py       names and passwords in front of everything; passwords.py is their file
exposure.py   who can reach the server, and what browsers call it
theme.py      colours and fonts
serve.py      address, port, uvicorn
static/       stylesheet, script, fonts with their licences
"""
