"""A command that remembers the order of its options, so that `-f json -o a.json -f text` pairs the first two."""

from __future__ import annotations

import click

_ORDER = "callqa.order"


class OrderedCommand(click.Command):
    """A command that keeps the order in which its options were given; click itself keeps it within one option only."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, and remember their order."""
        try:
            _, _, order = self.make_parser(ctx).parse_args(list(args))
        except click.UsageError:
            order = []  # the second parse reports the error
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def options_in_order(context: click.Context) -> list[str | None]:
    """Return the parameter names of an `OrderedCommand`'s options, in the order they were given."""
    return list(context.meta.get(_ORDER, ()))
