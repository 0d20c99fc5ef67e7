"""The circuit as text: parameters, coins with their programs, gates, roots."""

from collections.abc import Iterator

from sensa.circuit import Circuit
from sensa.kernels.program import Op, RealOp
from sensa.showing.expression_text import show_number

_SYMBOLS = {
    RealOp.ADD: "+",
    RealOp.SUB: "-",
    RealOp.MUL: "*",
    RealOp.DIV: "/",
    RealOp.POW: "**",
    RealOp.LT: "<",
    RealOp.EQ: "==",
}
_MOST_CHARACTERS = 120


def show_circuit(circuit: Circuit) -> str:
    """Coins, gates and roots, one per line, in the order of the arrays."""
    return "\n".join(_lines(circuit)) + "\n"


def _lines(circuit: Circuit) -> Iterator[str]:
    programs = _programs(circuit)
    yield f"coins ({len(circuit.coins)})"
    for i, coin in enumerate(circuit.coins):
        yield f"  b{i} {coin.draw}: p = {programs[coin.program]}"
    gates = circuit.gates
    yield f"gates ({gates.size})"
    for gate in range(gates.size):
        label = circuit.labels.get(gate)
        yield f"  g{gate} = {_gate(circuit, gate)}{f'   # {label}' if label else ''}"
    yield f"roots ({len(circuit.roots)})"
    for root in circuit.roots:
        yield f"  {root.outcome}@{root.step + 1} = g{root.gate}"


def _gate(circuit: Circuit, gate: int) -> str:
    gates = circuit.gates
    op, k = Op(gates.op[gate]), gates.k[gate]
    args = [f"g{a}" for a in gates.args[gates.start[gate] : gates.start[gate + 1]]]
    match op:
        case Op.COIN:
            return f"b{k}"
        case Op.NOT:
            return f"not {args[0]}"
        case Op.AND | Op.OR:
            return f" {op.name.lower()} ".join(args)
        case Op.AT_LEAST:
            return f"at_least({k}, {', '.join(args)})"
    return op.name.lower()


def _programs(circuit: Circuit) -> list[str]:
    """Each instruction as text; long ones are cut."""
    reals = circuit.reals
    texts: list[str] = []
    for i in range(reals.size):
        args = [texts[a] for a in reals.args[reals.start[i] : reals.start[i + 1]]]
        op = RealOp(reals.op[i])
        if op == RealOp.CONST:
            text = show_number(reals.value[i])
        elif op == RealOp.PARAMETER:
            text = circuit.parameters[reals.k[i]].path
        elif op in _SYMBOLS:
            text = f"({f' {_SYMBOLS[op]} '.join(args)})"
        else:
            text = f"{op.name.lower()}({', '.join(args)})"
        texts.append(text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…")
    return texts
