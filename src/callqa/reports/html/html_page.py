"""A page that is one file, with styles, script and data inside and a policy that forbids loading anything else."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callqa.core.text import printable
from callqa.reports.html.page_data import to_json

if TYPE_CHECKING:
    from markupsafe import Markup

# In a script element `<` could end it or begin a comment. The rest is legal in JSON and acted on by a terminal or an
# editor. All are written as escapes, which read back as the same characters.
_RISKY = re.compile("[<>&\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def page(
    template: str,
    values: Mapping[str, Any],
    *,
    styles: Sequence[str],
    scripts: Sequence[str] = (),
    media: str = "data:",
) -> str:
    """Fill a template of `templates/` with values, escaped, and with the joined files of styles and scripts.

    The page cannot load anything: its Content-Security-Policy (W3C CSP Level 3) allows the one style sheet and the one
    script by their hashes, and sound from `media`. In addition to its values the template gets `policy`, `style` and
    `script`.
    """
    from markupsafe import Markup

    environment = _environment()

    def joined(names: Sequence[str]) -> str:
        sources = (environment.loader.get_source(environment, name)[0].strip() for name in names)
        return "\n" + "\n".join(sources) + "\n"

    style, script = joined(styles), joined(scripts)
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        f"img-src data:; media-src {media}; base-uri 'none'; form-action 'none'"
    )
    inside = {"policy": policy, "style": Markup(style), "script": Markup(script)}  # noqa: S704
    return str(environment.get_template(template).render({**values, **inside}))


def json_inside(value: Any) -> Markup:
    """Return a value as JSON that is safe inside a script element."""
    return escaped_json(to_json(value))


def escaped_json(text: str) -> Markup:
    """Return JSON in a form that is safe inside a script element."""
    from markupsafe import Markup

    return Markup(_RISKY.sub(lambda match: f"\\u{ord(match[0]):04x}", text))  # noqa: S704


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("callqa.reports.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _shown(value: Any) -> Any:
    """Return a value as a template writes it: text cannot change the writing direction or act on a terminal."""
    return printable(value) if type(value) is str else value
