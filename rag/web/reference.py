"""The description of the API as a page, made of the OpenAPI document: nothing on it is loaded or run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rag.texts import current_language, text
from rag.web.markup import escape
from rag.web.masthead import masthead

Schema = Mapping[str, Any]

QUESTION = "Cầu Sông Mây dài bao nhiêu?"


def page(described: Schema, address: str, reader: str, styles: str) -> str:
    """A whole document. `address` is this server's, as the reader's browser calls it; `reader` the name the
    reader came in with, "" when there are no passwords; `styles` the links to our stylesheets.
    """
    routes = "".join(_route(described, address, reader, *found) for found in _operations(described))
    rules = [text("web.reference_errors"), text("web.reference_origin")]
    if reader:
        rules.insert(0, text("web.reference_password", reader=reader))
    whole = f'<a href="/api/openapi.json">{escape(text("web.reference_document"))}</a>'
    return (
        f'<!DOCTYPE html><html lang="{current_language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(text('web.reference_title'))} · {escape(text('web.name'))}</title>{styles}</head>"
        '<body class="hb-reference"><div class="gradio-container">'
        f"{masthead('api', text('web.reference_line', address=address))}<main>"
        f"<ul>{''.join(f'<li>{escape(rule)}</li>' for rule in rules)}<li>{whole}</li></ul>{routes}"
        "</main></div></body></html>"
    )


def _operations(described: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _route(described: Schema, address: str, reader: str, path: str, method: str, operation: Schema) -> str:
    name = path.rpartition("/")[2]
    rows = "".join(_row(described, *field) for field in _fields(described, operation))
    columns = ("name", "type", "default", "meaning")
    heads = "".join(f'<th scope="col">{escape(text(f"web.reference_{column}"))}</th>' for column in columns)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    table = f'<div class="hb-wide" tabindex="0">{table}</div>' if rows else ""
    examples = _example("curl", _curl(name, address, reader))
    if path.startswith("/v1/"):
        examples += _example(text("web.reference_client"), _client(name, address, reader))
    return (
        f'<section aria-labelledby="hb-route-{name}"><h2 id="hb-route-{name}">'
        f"<span>{method}</span> {escape(path)}</h2><p>{escape(operation['summary'])}</p>"
        f"{table}{examples}</section>"
    )


def _fields(described: Schema, operation: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """Name, schema and whether it must be given, of each parameter and each entry of the body."""
    for parameter in operation.get("parameters", []):
        yield parameter["name"], parameter["schema"], parameter["required"]
    body = operation.get("requestBody")
    if body:
        schema = _resolved(described, body["content"]["application/json"]["schema"])
        for name, entry in schema["properties"].items():
            yield name, entry, name in schema.get("required", [])


def _row(described: Schema, name: str, schema: Schema, required: bool) -> str:
    default = text("web.reference_required") if required else _written(schema.get("default"))
    cells = (_kind(described, schema), default, text(f"web.api_field_{name}"))
    return (
        f'<tr><th scope="row"><code>{escape(name)}</code></th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    )


def _written(default: object) -> str:
    """A default as JSON writes it; nothing for one that stands for "not given"."""
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default in (None, []) else str(default)


def _resolved(described: Schema, schema: Schema) -> Schema:
    """The schema itself, or what it refers to."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Schema = described["components"]["schemas"][name] if name else schema
    return found


def _kind(described: Schema, schema: Schema) -> str:
    """The type in few words: `string`, `date`, `[{role, content}]`, `integer 1–100`."""
    schema = _resolved(described, schema)
    if "anyOf" in schema:
        kinds = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return " | ".join(_kind(described, one) for one in kinds)
    if schema.get("type") == "array":
        return f"[{_kind(described, schema['items'])}]"
    if "properties" in schema:
        return f"{{{', '.join(schema['properties'])}}}"
    bounds = f" {schema['minimum']}–{schema['maximum']}" if "minimum" in schema else ""
    return f"{schema.get('format', schema.get('type', 'object'))}{bounds}"


# ── Examples ──────────────────────────────────────────────────────────────────────────────────────


def _example(title: str, code: str) -> str:
    return f'<h3>{escape(title)}</h3><pre tabindex="0"><code>{escape(code)}</code></pre>'


def _curl(name: str, address: str, reader: str) -> str:
    user = f" -u '{reader}'" if reader else ""
    sends = f"curl{user} -H 'content-type: application/json'"
    messages = f'{{"model": "hoi-bao",\n       "messages": [{{"role": "user", "content": "{QUESTION}"}}]}}'
    match name:
        case "completions":
            return f"{sends} \\\n  {address}/v1/chat/completions \\\n  -d '{messages}'"
        case "ask":
            return (
                f"{sends} \\\n  {address}/api/ask \\\n"
                f'  -d \'{{"question": "{QUESTION}", "from": "2020-01-01"}}\''
            )
        case "search":
            return f"curl{user} -G {address}/api/search \\\n  --data-urlencode 'question={QUESTION}' -d k=3"
    return f"curl{user} {address}/v1/{name}"


def _client(name: str, address: str, reader: str) -> str:
    key = f"{reader}:…" if reader else "-"
    opening = f'from openai import OpenAI\n\nclient = OpenAI(base_url="{address}/v1", api_key="{key}")\n'
    if name == "models":
        return f"{opening}print([model.id for model in client.models.list()])"
    return (
        f'{opening}answer = client.chat.completions.create(\n    model="hoi-bao",\n'
        f'    messages=[{{"role": "user", "content": "{QUESTION}"}}],\n)\n'
        "print(answer.choices[0].message.content)\n"
        'for citation in answer.model_extra["citations"]:\n'
        '    print(citation["number"], citation["title"], citation["quote"])'
    )
