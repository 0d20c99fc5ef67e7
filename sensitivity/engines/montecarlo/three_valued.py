"""Circuits in three-valued logic: two rails per gate, certainly true and certainly false.

Sound: a result of true or false holds whatever the unknown coins are. Not complete: `a or not a` is unknown
if a is, since occurrences of an unknown are treated as independent.
"""

import numpy as np

from sensa.kernels.program import Gates, Ints, Op
from sensa.kernels.worlds.instructions import Program, layout


def certainly(gates: Gates, roots: Ints, coins: int) -> Program:
    """A program over 2 x `coins` coins that computes whether roots are certainly true.

    Its coin c means that c is known to be true, coin `coins + c` that it is known to be false. It is
    monotone: more knowledge never makes it false. It does not detect the contradiction that both rails of a
    coin are true.
    """
    op: list[int] = []
    k: list[int] = []
    start = [0]
    args: list[int] = []

    def gate(kind: Op, inputs: list[int], number: int = 0) -> int:
        op.append(kind)
        k.append(number)
        args.extend(inputs)
        start.append(len(args))
        return len(op) - 1

    rails: list[tuple[int, int]] = []
    for g in range(gates.size):
        below = [rails[arg] for arg in gates.args[gates.start[g] : gates.start[g + 1]].tolist()]
        true, false = [pair[0] for pair in below], [pair[1] for pair in below]
        number = int(gates.k[g])
        match Op(int(gates.op[g])):
            case Op.COIN:
                pair = gate(Op.COIN, [], number), gate(Op.COIN, [], coins + number)
            case Op.NOT:
                pair = false[0], true[0]
            case Op.AND:
                pair = gate(Op.AND, true), gate(Op.OR, false)
            case Op.OR:
                pair = gate(Op.OR, true), gate(Op.AND, false)
            case Op.AT_LEAST:  # false if too many are
                pair = gate(Op.AT_LEAST, true, number), gate(Op.AT_LEAST, false, len(false) - number + 1)
            case Op.TRUE:
                pair = gate(Op.TRUE, []), gate(Op.FALSE, [])
            case Op.FALSE:
                pair = gate(Op.FALSE, []), gate(Op.TRUE, [])
        rails.append(pair)
    wide = Gates(np.array(op, np.int8), *(np.array(part, np.int32) for part in (k, start, args)))
    return layout(wide, np.array([rails[root][0] for root in roots.tolist()], np.int32), 2 * coins)
