"""Some event of every kind."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin, get_type_hints

SHAPES: dict[str, dict[str, Any]] = {"RoomChanged": {"rule": "key", "value": "on"}}


def sample(shape: Any) -> Any:
    """Some value of the type `shape`."""
    if hasattr(shape, "_fields"):
        hints = get_type_hints(shape)
        given = SHAPES.get(shape.__name__, {})
        return shape(**{f: given.get(f, sample(hints[f])) for f in shape._fields})
    if get_origin(shape) is tuple:
        return (sample(get_args(shape)[0]),)
    options = get_args(shape)
    if get_origin(shape) is Literal:
        return options[-1]
    if options:
        return sample(options[0])
    values: dict[Any, Any] = {str: "word", int: 1, float: 1e9, bool: True}
    return values[shape]
