"""What is where on this machine, of which versions and under which licences → HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rag.assemble import is_server
from rag.inventory import Place
from rag.models import Model, megabytes
from rag.settings import Settings
from rag.texts import text
from rag.web.markup import attributes, escape


def about(
    settings: Settings, places: Iterable[Place], versions: Mapping[str, str], models: Iterable[Model]
) -> str:
    """The offline promise, then places, versions and licences."""
    return (
        f"{_title('preferences.promise_title')}{_promise(settings)}"
        f"{_title('preferences.places')}{_places(places)}"
        f"{_title('preferences.licences')}{_licences(models)}"
        f"{_title('preferences.versions')}{_versions(versions)}"
    )


def _promise(settings: Settings) -> str:
    """That nothing leaves this machine, or what does and where to."""
    if is_server(settings.llm):
        address = settings.llm.partition("#")[0]
        line = f'<p class="hb-notice">{escape(text("preferences.not_offline", url=address))}</p>'
    else:
        line = f'<p class="hb-promise">{escape(text("preferences.promise"))}</p>'
    return line


def _places(places: Iterable[Place]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(text(f"preferences.place_{place.name}"))}</th>'
        f"<td><code>{escape(str(place.path))}</code></td><td>{escape(_size(place))}</td></tr>"
        for place in places
    )
    return _table(("place", "path", "size"), rows)


def _size(place: Place) -> str:
    if place.bytes is None:
        return text("preferences.nothing_yet")
    return megabytes(place.bytes) if place.bytes >= 1e6 else text("preferences.below_a_megabyte")


def _licences(models: Iterable[Model]) -> str:
    rows = ""
    for model in models:
        target = attributes(
            {"href": model.licence_url, "target": "_blank", "rel": "noopener noreferrer nofollow"}
        )
        rows += (
            f'<tr><th scope="row">{escape(model.title)}</th>'
            f"<td>{escape(text(f'preferences.kind_{model.kind}'))}</td>"
            f"<td><a{target}>{escape(model.licence)}</a></td></tr>"
        )
    return _table(("model", "kind", "licence"), rows)


def _versions(versions: Mapping[str, str]) -> str:
    said = " · ".join(f"{name} {version}" for name, version in versions.items())
    return f'<p class="hb-help">{escape(said)}</p>'


def _table(columns: tuple[str, ...], rows: str) -> str:
    heads = "".join(
        f'<th scope="col">{escape(text(f"preferences.column_{column}"))}</th>' for column in columns
    )
    return f'<table class="hb-about"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _title(key: str) -> str:
    return f'<h2 class="hb-section">{escape(text(key))}</h2>'
