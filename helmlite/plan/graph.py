"""A graph of steps while it is made: stages one after another, within a stage chains side by side."""

from __future__ import annotations

from collections.abc import Sequence

from helmlite.plan.plan import Action, Barrier, Step


class Graph:
    """Steps so far, and those that the next stage comes after. Ids are made unique by a number."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._ends: tuple[str, ...] = ()
        self._ids: set[str] = set()

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the steps, each after those that it waits for."""
        return tuple(self._steps)

    def stage(self, actions: Sequence[tuple[str, Action]]) -> list[str]:
        """Add independent actions after all that is there, each with a name for its id; return their ids."""
        return self.chains([[each] for each in actions])

    def chains(self, chains: Sequence[Sequence[tuple[str, Action]]]) -> list[str]:
        """Add independent chains of actions after all that is there; return the id of each chain's last step."""
        if not chains:
            return []
        if len(self._ends) > 1 and len(chains) > 1:
            self._ends = (self._add("barrier", Barrier(), self._ends),)
        ends = []
        for chain in chains:
            after = self._ends
            for name, action in chain:
                after = (self._add(name, action, after),)
            ends.append(after[0])
        self._ends = tuple(ends)
        return ends

    def _add(self, name: str, action: Action, after: Sequence[str]) -> str:
        id, number = name, 1
        while id in self._ids:
            number += 1
            id = f"{name} #{number}"
        self._ids.add(id)
        self._steps.append(Step(id=id, action=action, after=tuple(after)))
        return id
