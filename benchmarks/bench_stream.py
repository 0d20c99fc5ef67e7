"""The stream of random words under larger batteries than the tests run.

    python benchmarks/bench_stream.py                     # about 2^33 bits of each generator, some minutes
    python benchmarks/bench_stream.py --raw | dieharder -g 200 -a      # or PractRand: RNG_test stdin64

Each line: what was looked at, the worst score in standard deviations (or for a chi-square as a normal score),
how many scores it is the worst of, and how often fair bits would be worse. Ends with 1 where that is below
1e-6 somewhere.
"""

import argparse
import sys

import numpy as np
from scipy.special import erfc

from sensa.kernels.worlds import bits
from sensa.kernels.worlds.bits import Words, coin_keys

CHUNK = 1 << 20  # words
ROUNDS = 128


def stream(key: Words, plane: int, start: int, count: int, *, audit: bool) -> Words:
    """So many words of a coin's plane, as the simulation draws them or by Philox."""
    draw = bits.audited_words if audit else bits.words
    return draw(key, plane, np.arange(start, start + count, dtype=np.uint64))


def chi(counts: np.ndarray, expected: float) -> float:  # type: ignore[type-arg]
    """As a normal score (Wilson and Hilferty 1931)."""
    degrees = counts.size - 1
    value = ((counts - expected) ** 2 / expected).sum()
    return float(((value / degrees) ** (1 / 3) - (1 - 2 / (9 * degrees))) / (2 / (9 * degrees)) ** 0.5)


def battery(*, audit: bool) -> dict[str, list[float]]:
    """Normal scores by test, of words beside their neighbours of every kind."""
    keys = coin_keys(np.arange(16, dtype=np.uint64), seed=2026)
    scores: dict[str, list[float]] = {}
    pairs = np.zeros(1 << 16, np.int64)
    lanes = np.zeros(64, np.int64)
    for turn in range(ROUNDS):
        key, plane = keys[turn % 16], turn % 13
        here = stream(key, plane, turn * CHUNK, CHUNK, audit=audit)
        pairs += np.bincount(here.view(np.uint16), minlength=1 << 16)
        lanes += np.unpackbits(here.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little").sum(
            axis=0, dtype=np.int64
        )
        others = {
            "next word": np.roll(here, 1),
            "next plane": stream(key, plane + 1, turn * CHUNK, CHUNK, audit=audit),
            "next coin": stream(keys[(turn + 1) % 16], plane, turn * CHUNK, CHUNK, audit=audit),
            "far word": stream(key, plane, turn * CHUNK + (1 << 40), CHUNK, audit=audit),
            "turned by 1": here << np.uint64(1) | here >> np.uint64(63),
            "turned by 31": here << np.uint64(31) | here >> np.uint64(33),
        }
        for name, other in others.items():
            equal = 64 * CHUNK - int(np.bitwise_count(here ^ other).sum())
            scores.setdefault(f"equal bits, {name}", []).append(
                (2 * equal - 64 * CHUNK) / (64 * CHUNK) ** 0.5
            )
        ordered = int((here[1:] > here[:-1]).sum())
        scores.setdefault("rises from word to word", []).append(
            (ordered - (CHUNK - 1) / 2) / ((CHUNK + 1) / 12) ** 0.5
        )
    scores["pairs of bytes"] = [chi(pairs, ROUNDS * CHUNK * 4 / (1 << 16))]
    scores["lanes"] = list((lanes - ROUNDS * CHUNK / 2) / (ROUNDS * CHUNK / 4) ** 0.5)
    return scores


def raw() -> None:
    """Words of one draw after another, without end."""
    key = coin_keys(np.zeros(1, np.uint64), seed=2026)[0]
    turn = 0
    while True:
        sys.stdout.buffer.write(stream(key, turn % 13, turn * CHUNK, CHUNK, audit=False).tobytes())
        turn += 1


def main() -> int:
    """Print the worst score of each generator, or write the raw stream."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", action="store_true", help="write the stream to standard output")
    if parser.parse_args().raw:
        raw()
    worst = 1.0
    print("| generator | looked at | worst score | of | chance that fair bits are worse |")
    print("|---|---|---:|---:|---:|")
    for audit in (False, True):
        for name, found in battery(audit=audit).items():
            score = max(found, key=abs)
            chance = 1 - (1 - float(erfc(abs(score) / 2**0.5))) ** len(found)
            worst = min(worst, chance)
            generator = "Philox" if audit else "SplitMix"
            print(f"| {generator} | {name} | {score:.2f} | {len(found)} | {chance:.2g} |", flush=True)
    return int(worst < 1e-6)


if __name__ == "__main__":
    sys.exit(main())
