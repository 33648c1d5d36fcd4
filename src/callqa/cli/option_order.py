"""A command that remembers the order of its options: `-f json -o results.json -f text` pairs what stands together."""

from __future__ import annotations

import click

_ORDER = "callqa.order"


class OrderedCommand(click.Command):
    """A command whose options are told in the order they were given; click itself keeps it for one option only."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and note the order."""
        try:
            _, _, order = self.make_parser(ctx).parse_args(list(args))
        except click.UsageError:
            order = []  # the parse that counts says what is wrong
        ctx.meta[_ORDER] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def given_order(context: click.Context) -> list[str | None]:
    """The parameters of an InOrder command's options, as they were given on the command line."""
    return list(context.meta.get(_ORDER, ()))
