"""Large arguments folded: a part that matters through one other part only is drawn within that one.

A part is folded into its immediate dominator on the way to the outcomes (Cooper, Harvey and Kennedy 2001,
"A simple, fast dominance algorithm").
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sensa.reports.page.layers import Edge

MAX_BOXES = 80  # that are drawn without folding
ENOUGH_BOXES = 60  # no box is unfolded once so many are drawn
END = ""  # the place after all outcomes


@dataclass(frozen=True)
class Folding:
    """Which parts have boxes, and in whose box each part is."""

    box: Mapping[str, str]

    @property
    def boxes(self) -> list[str]:
        """The parts that have a box, in the order of all parts."""
        return [name for name, box in self.box.items() if name == box]

    def within(self, name: str) -> list[str]:
        """The parts that are drawn within a box, without its own."""
        return [part for part, box in self.box.items() if box == name != part]

    def edges(self, edges: Mapping[Edge, bool]) -> dict[Edge, bool]:
        """The edges between boxes; one is read a step later if all that it joins are."""
        found: dict[Edge, bool] = {}
        for (a, b), later in edges.items():
            edge = self.box[a], self.box[b]
            if edge[0] != edge[1] or a == b:
                found[edge] = found.get(edge, True) and later
        return found


def folding(kinds: Mapping[str, str], edges: Iterable[Edge]) -> Folding:
    """A box for each part if they are few; else the fullest boxes are unfolded until there are enough."""
    if len(kinds) <= MAX_BOXES:
        return Folding({name: name for name in kinds})
    onward: dict[str, list[str]] = {name: [] for name in kinds}
    for a, b in edges:
        if a != b:
            onward[a].append(b)
    for name, kind in kinds.items():
        if kind == "outcome":
            onward[name].append(END)
    order, dominator = _dominators(onward)
    inner: dict[str, list[str]] = defaultdict(list)
    for name in order:
        inner[dominator[name]].append(name)
    parts: dict[str, int] = {}
    for name in reversed(order):
        parts[name] = 1 + sum(parts[one] for one in inner[name])
    shown = {*inner[END], *(name for name in kinds if name not in dominator)}
    folded = [name for name in inner[END] if inner[name]]
    while folded and len(shown) < ENOUGH_BOXES:
        largest = max(folded, key=lambda name: parts[name])
        folded.remove(largest)
        shown.update(inner[largest])
        folded += [name for name in inner[largest] if inner[name]]
    box = {name: name for name in shown}
    for name in order:
        box.setdefault(name, box.get(dominator[name], name))
    return Folding({name: box[name] for name in kinds})


def _dominators(onward: Mapping[str, Sequence[str]]) -> tuple[list[str], dict[str, str]]:
    """The parts that lead to the end, each after its dominator; and the dominator of each."""
    order = _from_the_end(onward)
    place = {name: i for i, name in enumerate(order)}
    dominator = {END: END}
    changed = True
    while changed:
        changed = False
        for name in order[1:]:
            known = [one for one in onward[name] if one in dominator]
            found = known[0]
            for one in known[1:]:
                while one != found:
                    if place[one] > place[found]:
                        one = dominator[one]
                    else:
                        found = dominator[found]
            changed |= dominator.get(name) != found
            dominator[name] = found
    del dominator[END]
    return order[1:], dominator


def _from_the_end(onward: Mapping[str, Sequence[str]]) -> list[str]:
    """The end and the parts that lead to it, in reverse postorder of a walk against the edges."""
    back: dict[str, list[str]] = defaultdict(list)
    for name, following in onward.items():
        for one in following:
            back[one].append(name)
    seen = {END}
    order: list[str] = []
    stack: list[tuple[str, Iterator[str]]] = [(END, iter(back[END]))]
    while stack:
        name, left = stack[-1]
        further = next((one for one in left if one not in seen), None)
        if further is None:
            order.append(name)
            stack.pop()
        else:
            seen.add(further)
            stack.append((further, iter(back[further])))
    return order[::-1]
