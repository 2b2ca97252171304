"""The command line as people write it, turned into what Typer can take.

Global flags may stand anywhere but among another program's words; ``--wait`` and ``--dry-run`` may stand bare, with a
default of their own; flags that take no value may say ``=true`` or ``=false``, as Helm's do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption

from helmlite.cli.coercion import spare_validators

BARE: Mapping[str, str] = {"--wait": "watcher", "--dry-run": "client", "--server-side": "true"}
"""Flags that may stand without a value, and the value that they then have."""


_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("0", "f", "F", "false", "False", "FALSE"), False),
}
"""What Go's flags take for true and false."""


NOT = "--\0"
"""How a word begins that says no to a flag, between ``arrange`` and the parser: nobody can type it."""


def refusal(flag: str) -> str:
    """Return the word that says no to a flag of this name; it is like no other, so that it never is what was meant."""
    return f"{NOT}{flag.encode().hex()}"


def with_refusals(parser: Any, command: Any, ctx: Any) -> Any:
    """Return a parser that takes, for each flag, the word that says no: as strong as yes, the last one counts."""
    for each in command.get_params(ctx):
        if isinstance(each, TyperOption) and each.is_flag and each.opts[0].startswith("-") and not each.is_eager:
            parser.add_option(
                obj=each, opts=[refusal(str(each.name))], dest=each.name, action="store_const", const=False
            )
    return parser


def arrange(root: TyperGroup, words: Sequence[str]) -> list[str]:
    """Return the command line with global flags before the first command, and bare flags with their values."""
    command: Any = root
    first: list[str] = []
    rest: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        if not word.startswith("-") or word == "-":
            if command.context_settings.get("allow_interspersed_args") is False:  # what follows is another program's
                rest += [word, *waiting]
                break
            rest.append(word)
            if isinstance(command, TyperGroup):
                command = command.get_command(None, word) or command  # type: ignore[arg-type]  # no context is needed
            continue
        name, equals, value = word.partition("=")
        if not name.startswith("--") and len(name) > 2:
            name, equals, value = word[:2], word[2:], word[3:] if word[2] == "=" else ""
        own = _option(command, name) if command is not root else None
        option = own or _option(root, name)
        target = first if own is None and option is not None else rest
        if name in BARE and not equals and own is not None and not own.is_flag:
            target.append(f"{name}={BARE[name]}")
            continue
        if option is not None and option.is_flag and value in _BOOLEANS:
            target.append(name if _BOOLEANS[value] else refusal(str(option.name)))
            continue
        if option is not None and option.is_flag and equals.startswith("=") and not word.startswith("--"):
            word = f"{max(option.opts, key=len)}={value}"  # which the parser refuses by its whole name
        target.append(word)
        if option is not None and not option.is_flag and not equals and waiting:
            target.append(waiting.pop(0))
    return [*first, *rest]


def _option(command: Any, name: str) -> TyperOption | None:
    for each in getattr(command, "params", ()):
        if isinstance(each, TyperOption) and name in (*each.opts, *each.secondary_opts):
            return each
    return None


class RootGroup(TyperGroup):
    """The ``helmlite`` command itself: arranges the words before anything looks at them."""

    def make_parser(self, ctx: Any) -> Any:
        """Return the parser of the global flags."""
        return with_refusals(super().make_parser(ctx), self, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Return what is left after the global flags."""
        spare_validators(self.get_params(ctx))
        return super().parse_args(ctx, arrange(self, args))


class CommandGroup(TyperGroup):
    """A command of several commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Return what is left after the group's own flags."""
        spare_validators(self.get_params(ctx))
        return super().parse_args(ctx, args)


class HelpCommand(TyperCommand):
    """A command whose help keeps its examples as written."""

    def make_parser(self, ctx: Any) -> Any:
        """Return the parser of the command's flags."""
        return with_refusals(super().make_parser(ctx), self, ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Return what is left after the command's flags and arguments."""
        spare_validators(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # click's signature
        """Write the examples line by line."""
        if self.epilog:
            formatter.write("\nExamples:\n")
            for line in self.epilog.strip("\n").splitlines():
                formatter.write(f"  {line}\n" if line else "\n")
