"""What elements and blocks are composed of: questions, options, filters, pictures. Source: Slack, "Block Kit"."""

from __future__ import annotations

from typing import Any, Final

from slack_sandbox.shapes import (
    Report,
    Shape,
    anything,
    at_least_one,
    boolean,
    choice,
    exactly_one,
    items,
    matching,
    obj,
    plain,
    string,
    text,
)

CONFIRM: Final = obj(
    Shape(
        {
            "title": plain(100),
            "text": text(300),
            "confirm": plain(30),
            "deny": plain(30),
            "style": choice("primary", "danger"),
        },
        required=("title", "text", "confirm", "deny"),
    )
)
DISPATCH: Final = obj(
    Shape(
        {"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 1, 2)}, ("trigger_actions_on",)
    )
)
OPTION: Final = obj(
    Shape({"text": plain(75), "value": string(150), "description": plain(75), "url": string(3000)}, ("text", "value"))
)
RICH_OPTION: Final = obj(
    Shape({"text": text(75), "value": string(150), "description": text(75), "url": string(3000)}, ("text", "value"))
)
OPTION_GROUP: Final = obj(Shape({"label": plain(75), "options": items(OPTION, 1, 100)}, ("label", "options")))
FILTER: Final = obj(
    Shape(
        {
            "include": items(choice("im", "mpim", "private", "public"), 1, 4),
            "exclude_external_shared_channels": boolean,
            "exclude_bot_users": boolean,
        },
        rules=(at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),),
    )
)
_FILE_ID: Final = r"F[A-Z0-9]{8,}"
SLACK_FILE: Final = obj(
    Shape(
        {"id": matching(_FILE_ID, f"input must match regex pattern: ^{_FILE_ID}$"), "url": string(3000)},
        rules=(exactly_one("id", "url"),),
    )
)
PICTURE: Final = Shape(
    {"image_url": string(3000), "slack_file": SLACK_FILE, "alt_text": string(2000)},
    ("alt_text",),
    (exactly_one("image_url", "slack_file"),),
)
IMAGE: Final = obj(Shape({"type": choice("image"), **PICTURE.fields}, ("type", *PICTURE.required), PICTURE.rules))


def known_options(report: Report, value: dict[str, Any], pointer: str) -> None:
    """Want what is chosen at first to be one of the options, of whatever group."""
    options = value.get("options") or [o for g in _list(value, "option_groups") for o in _list(g, "options")]
    first = value.get("initial_option")
    for one in _list(value, "initial_options") if first is None else [first]:
        if not any(_same_option(one, o) for o in options if isinstance(o, dict)):
            report.add("initial_option must be one of the options", pointer)


def _same_option(a: Any, b: dict[str, Any]) -> bool:
    def core(o: dict[str, Any]) -> tuple[Any, Any, Any]:
        def words(t: Any) -> Any:
            return t.get("text") if isinstance(t, dict) else t

        return o.get("value"), words(o.get("text")), words(o.get("description"))

    return isinstance(a, dict) and core(a) == core(b)


def _list(value: Any, name: str) -> list[Any]:
    content = value.get(name) if isinstance(value, dict) else None
    return content if isinstance(content, list) else []


TRIGGER: Final = obj(
    Shape(
        {
            "trigger": obj(
                Shape(
                    {
                        "url": string(3000),
                        "customizable_input_parameters": items(
                            obj(Shape({"name": string(255), "value": anything}, ("name", "value"))), 0, 100
                        ),
                    },
                    ("url",),
                )
            )
        },
        ("trigger",),
    )
)
