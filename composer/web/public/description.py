"""The interface as an OpenAPI document: what scripts, and tests of ours, may rely on."""

from __future__ import annotations

from importlib.metadata import version

from composer.web.public.front import Front

Schema = dict[str, object]

_TEXT: Schema = {"type": "string", "maxLength": 4000}
_PAGE: Schema = {"text/html": {"schema": {"type": "string"}}}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SAYS = {
    200: "a page",
    302: "to another page",
    303: "to another page",
    304: "the browser has it already",
    308: "to its one address",
    400: "the form says nothing that can be done: nothing was done",
    403: "the address that was typed is not the reader's: nothing was done",
    404: "there is nothing here",
    413: "the body is too large",
    414: "the address is too long",
    422: "an address is not one: nothing was done",
    429: "too many requests: nothing was done",
    503: "the database is away: nothing was done",
}
_ALWAYS = (414, 503)


def description(front: Front) -> Schema:
    """OpenAPI 3.1, for the site that `front` serves."""
    newsletter, public = front.site.settings.newsletter, front.site.settings.public
    topics: dict[str, object] = {
        name: {"type": "array", "items": {"enum": list(values)}}
        for name, values in public.topics.items()
    }
    address: Schema = {"type": "string", "format": "email", "maxLength": 254}
    join = {
        "address": address,
        "stamp": {**_TEXT, "description": "when the form was shown, signed by us"},
        "lang": {**_TEXT, "description": "the language of the answer and of the mail"},
        "source": {**_TEXT, "description": "where a copy of the form stands"},
        "fax_number": {**_TEXT, "description": "a trap for robots: leave it empty"},
        "altcha": {**_TEXT, "description": "the answer to a puzzle of ALTCHA, if one was set"},
        **topics,
    }
    choose = {
        "action": {"enum": ["save", "move", "data", "forget"]},
        "locale": _TEXT,
        "pause": {"enum": ["", "keep", "30", "60", "90"]},
        "to": address,
        "address": address,
        **topics,
    }
    leave: Schema = {
        "List-Unsubscribe": {"enum": ["One-Click"]},
        "action": {"enum": ["leave", "stay", "tell"]},
        "reason": {"enum": ["too_often", "not_for_me", "never_asked", "other_reason"]},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{newsletter.name}: the readers' pages",
            "version": version("newsletter-composer"),
        },
        "servers": [{"url": newsletter.base_url}],
        "paths": {
            "/subscribe": {
                "get": _operation("The form to join by.", lang=True),
                "post": _operation(
                    "Ask to join: one mail goes to the address, which has to be answered. The "
                    "answer is the same for every address.",
                    (200, 413, 422, 429),
                    form=join,
                    required=("address",),
                ),
            },
            "/confirm/{token}": {
                "get": _operation("The button that confirms.", token=True),
                "post": _operation("Confirm.", (200, 404, 413, 429), form={}, token=True),
            },
            "/u/{token}": {
                "get": _operation("The button to leave by.", token=True),
                "post": _operation(
                    "Leave (RFC 8058), say why, or undo it. The answer is the same for every "
                    "token.",
                    (200, 413),
                    form=leave,
                    token=True,
                ),
            },
            "/preferences/{token}": {
                "get": _operation("What the reader may choose.", (200, 404), token=True),
                "post": {
                    **_operation(
                        "Choose; move to another address; have one's data, or have it deleted.",
                        (200, 400, 403, 404, 413, 422, 429),
                        form=choose,
                        token=True,
                    ),
                },
            },
            "/c/{token}": {
                "get": {
                    **_plain(
                        "Go on to where a counted link of a letter leads; a GET is counted, a "
                        "HEAD is not.",
                        (302, 404),
                    ),
                    "parameters": [_parameter("token", "path")],
                },
            },
            "/read/{token}/{path}": {
                "get": {
                    **_plain("The archive with the issues for members.", (200, 308, 404)),
                    "parameters": [_parameter("token", "path"), _parameter("path", "path")],
                },
            },
            "/archive/{path}": {"get": _file("A page or a file of the archive.")},
            **{
                path: {"get": _plain("A file of the archive.", (200, 304, 404))}
                for path in ("/feed.xml", "/rss.xml", "/feed.json", "/sitemap.xml")
            },
            "/healthz": {"get": _plain("Whether the database answers.", (200,))},
        },
    }


def _operation(
    summary: str,
    statuses: tuple[int, ...] = (200,),
    *,
    form: Schema | None = None,
    required: tuple[str, ...] = (),
    token: bool = False,
    lang: bool = False,
) -> Schema:
    made: Schema = {
        "summary": summary,
        "responses": {
            str(status): {"description": _SAYS[status], "content": _PAGE}
            for status in sorted({*statuses, *_ALWAYS})
        },
    }
    parameters = [
        *([_parameter("token", "path")] if token else []),
        *([_parameter("lang", "query")] if lang or token else []),
    ]
    if parameters:
        made["parameters"] = parameters
    if form is not None:
        schema: Schema = {"type": "object", "properties": form, "required": list(required)}
        made["requestBody"] = {"content": {kind: {"schema": schema} for kind in _FORMS}}
    return made


def _parameter(name: str, where: str) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _plain(summary: str, statuses: tuple[int, ...]) -> Schema:
    return {
        "summary": summary,
        "responses": {str(s): {"description": _SAYS[s]} for s in sorted({*statuses, *_ALWAYS})},
    }


def _file(summary: str) -> Schema:
    return {**_plain(summary, (200, 304, 308, 404)), "parameters": [_parameter("path", "path")]}
