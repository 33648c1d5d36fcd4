r"""Dataclasses written, read and described as JSON by pydantic. Knows no format.

A form of JSON is a `JsonObject` with dataclasses in it: their fields are its keys, their annotations its rules, and
their docstrings the descriptions in its JSON Schema. `JsonForm` and `spelled_as` say where JSON differs from Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetPydanticSchema
from pydantic_core import CoreSchema, PydanticSerializationError, core_schema, to_json

from callqa.core.text import valid_utf8

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=100)]
Weight = Annotated[float, Field(ge=0)]

# Legal inside a JSON string, yet a terminal or a browser acts on them: C1 controls, direction controls, line
# separators. They are written as escapes, which are read as the same characters.
_RISKY = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

Decorated = TypeVar("Decorated", bound=type)


class JsonObject(BaseModel):
    """An object of one of callqa's JSON forms: unknown keys are errors, and so are NaN and infinite numbers.

    The same holds for the dataclasses in it.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        from_attributes=True,
    )


class JsonForm:
    """The JSON form of a dataclass, where it differs from the fields as they are declared.

    It decorates the dataclass. For a class of a module that knows nothing of JSON, it is metadata of `Annotated`.

    - `required` are the keys that come first, in this order. They must be present when read, even if the field has a
      default in Python. A property among them is written, and checked and ignored when read. The other fields follow
      in the order of their declaration, and those with a default may be missing.
    - `left_out` are fields that JSON does not have. Each needs a default.
    - `not_negative` limits all numbers to 0 and more.
    - `types` are other types for some of the fields.
    """

    def __init__(
        self, *required: str, left_out: tuple[str, ...] = (), not_negative: bool = False, **types: Any
    ) -> None:
        self._required = required
        self._left_out = left_out
        self._not_negative = not_negative
        self._types = types

    def __call__(self, kind: Decorated) -> Decorated:
        """Decorate a dataclass."""

        def form(_: type, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            return self.__get_pydantic_core_schema__(source, handler)

        setattr(kind, "__get_pydantic_core_schema__", classmethod(form))  # noqa: B010
        return kind

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Build pydantic's schema of the dataclass and change it."""
        schema = handler(source)
        whole: Any = handler.resolve_ref_schema(schema)
        arguments = whole["schema"]
        fields = {field["name"]: field for field in arguments["fields"] if field["name"] not in self._left_out}
        if self._not_negative:
            for field in fields.values():
                _limit(field["schema"])
        for name, kind in self._types.items():
            _change_type(fields[name], handler.generate_schema(kind))
        for name in self._required:
            if name not in fields:
                fields[name] = _property_field(source, name, handler)
            elif fields[name]["schema"]["type"] == "default":
                fields[name]["schema"] = fields[name]["schema"]["schema"]
        whole["fields"] = [*self._required, *(name for name in fields if name not in self._required)]
        arguments["fields"] = [fields[name] for name in whole["fields"]]
        return schema


def _limit(schema: Any) -> None:
    while schema["type"] in ("default", "nullable"):
        schema = schema["schema"]
    if schema["type"] in ("int", "float"):
        schema["ge"] = 0


def _change_type(field: Any, schema: CoreSchema) -> None:
    holder = field["schema"] if field["schema"]["type"] == "default" else field
    holder["schema"] = schema


def _property_field(source: Any, name: str, handler: GetCoreSchemaHandler) -> core_schema.DataclassField:
    get = getattr(source, name).fget
    kind = get_type_hints(get, include_extras=True)["return"]
    described = {"pydantic_js_updates": {"description": get.__doc__}}
    return core_schema.dataclass_field(name, handler.generate_schema(kind), metadata=described)


def spelled_as(kind: Any, read: Callable[[Any], Any], write: Callable[[Any], Any]) -> GetPydanticSchema:
    """Return metadata of `Annotated` for a value that JSON spells as another type.

    `read` makes the value of what is in JSON, and raises ValueError if it cannot; `write` does the opposite.
    """

    def schema(_: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        spelling = handler.generate_schema(kind)
        written = core_schema.plain_serializer_function_ser_schema(write, return_schema=spelling)
        return core_schema.no_info_after_validator_function(read, spelling, serialization=written)

    return GetPydanticSchema(schema)


def json_text(value: JsonObject) -> str:
    """Return one of callqa's JSON forms as text: indented, keys in their order, ending with a line break.

    NaN and infinite numbers become null. Lone surrogates, which UTF-8 cannot carry, become backslash escapes.
    """
    try:
        text = value.model_dump_json(indent=1)
    except PydanticSerializationError:
        text = to_json(_valid(value.model_dump(mode="json")), indent=1, inf_nan_mode="null").decode("utf-8")
    return _RISKY.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def _valid(value: Any) -> Any:
    """Return the same data with strings that UTF-8 can carry."""
    if isinstance(value, str):
        return valid_utf8(value)
    if isinstance(value, dict):
        return {valid_utf8(key): _valid(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_valid(item) for item in value]
    return value
