"""Graph expressions as text, in the story's language where possible."""

from sensa import graph as g

MAX_CHARACTERS = 400
_INFIX = {"+", "-", "*", "/", "**"}


def show_bool(condition: g.Bool, graph: g.Graph) -> str:
    """A condition as text, cut if very long."""
    return _cut(_Printer(graph).bool(condition, 0))


def show_real(real: g.Real, graph: g.Graph) -> str:
    """A real as text, cut if very long."""
    return _cut(_Printer(graph).real(real, 0))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"


def show_number(value: float) -> str:
    """A number as an author would write it."""
    return f"{value:.12g}"


class _Printer:
    """Prints a limited number of parts, so that shared expressions cannot blow up."""

    def __init__(self, graph: g.Graph) -> None:
        self.graph = graph
        self.left = MAX_CHARACTERS

    def bool(self, condition: g.Bool, binding: int) -> str:
        self.left -= 1
        if self.left < 0:
            return "…"
        match condition:
            case g.Truth(value):
                return "true" if value else "false"
            case g.Holds(node):
                return self.graph.nodes[node].label
            case g.Picks(node, options):
                law = self.graph.nodes[node].law
                assert isinstance(law, g.Pick)
                names = ", ".join(f'"{law.options[o]}"' for o in options)
                label = self.graph.nodes[node].label
                return f"{label} == {names}" if len(options) == 1 else f"{label} in ({names})"
            case g.Not(arg):
                return f"not {self.bool(arg, 3)}"
            case g.And(args):
                return _wrap(" and ".join(self.bool(arg, 2) for arg in args), binding > 1)
            case g.Or(args):
                return _wrap(" or ".join(self.bool(arg, 1) for arg in args), binding > 0)
            case g.AtLeast(k, args):
                return f"at_least({k}, {', '.join(self.bool(arg, 0) for arg in args)})"
            case g.Compare(operator, left, right):
                text = f"{self.real(left, 0)} {operator} {self.real(right, 0)}"
                return _wrap(text, binding > 2)
            case g.Ends(outcomes):
                return " or ".join(self.graph.outcomes[o].name for o in outcomes)
            case g.Reached(step):
                return f"reached(step {step + 1})"
        raise TypeError(type(condition).__name__)

    def real(self, real: g.Real, binding: int) -> str:
        self.left -= 1
        if self.left < 0:
            return "…"
        match real:
            case g.Constant(value):
                return show_number(value)
            case g.Uncertain(parameter):
                return self.graph.parameters[parameter].path
            case g.Derived(quantity):
                return self.graph.quantities[quantity].name
            case g.Apply("neg", (arg,)):
                return _wrap(f"-{self.real(arg, 3)}", binding > 1)
            case g.Apply(operator, args) if operator in _INFIX:
                rank = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 3}[operator]
                text = f" {operator} ".join(self.real(arg, rank + (i > 0)) for i, arg in enumerate(args))
                return _wrap(text, binding > rank)
            case g.Apply(operator, args):
                return f"{operator}({', '.join(self.real(arg, 0) for arg in args)})"
            case g.Choose(condition, then, otherwise):
                text = f"{self.real(then, 1)} if {self.bool(condition, 1)} else {self.real(otherwise, 0)}"
                return _wrap(text, binding > 0)
        raise TypeError(type(real).__name__)


def _wrap(text: str, needed: bool) -> str:
    return f"({text})" if needed else text
