"""Writes evaluation logs as inspect_ai does, field by field from its documentation; no code of ours."""

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

STORED, DEFLATED, ZSTD = 0, 8, 93


def sample(
    name: str | int, value: Any, epoch: int = 1, scorer: str = "match", **fields: Any
) -> dict[str, Any]:
    """One run of a sample; without a value it has no score."""
    scores = {} if value is ... else {scorer: {"value": value, "answer": "a"}}
    return {
        "id": name,
        "epoch": epoch,
        "input": "q",
        "target": "t",
        "scores": scores,
        "completed": True,
        **fields,
    }


def header(samples: Sequence[Mapping[str, Any]], **fields: Any) -> dict[str, Any]:
    """A log without its samples; `config`, `results` and `spec` add to those parts."""
    spec = {
        "task": "probe", "task_version": 0, "model": "lab/model-1", "created": "2026-11-20T10:00:00+00:00",
        "revision": {"type": "git", "origin": "o", "commit": "abc123"}, "packages": {"inspect_ai": "0.3.285"},
        "dataset": {"name": "d", "samples": len(samples)},
        "config": {"limit": None, "epochs": 1, **fields.pop("config", {})}, **fields.pop("spec", {}),
    }  # fmt: skip
    results = {"total_samples": len(samples), "completed_samples": len(samples), **fields.pop("results", {})}
    return {"version": 2, "status": "success", "eval": spec, "plan": {}, "results": results, **fields}


def as_json(place: Path, samples: Sequence[Mapping[str, Any]], **fields: Any) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({**header(samples, **fields), "samples": list(samples)}))
    return place


def as_archive(
    place: Path, samples: Sequence[Mapping[str, Any]], method: int = DEFLATED, **fields: Any
) -> Path:
    members = {
        "_journal/start.json": {"version": 2},
        "summaries.json": list(samples),
        "header.json": header(samples, **fields),
    }
    return archive(place, {name: json.dumps(value).encode() for name, value in members.items()}, method)


def archive(place: Path, members: Mapping[str, bytes], method: int = DEFLATED, lie: int = 0) -> Path:
    """A ZIP archive, byte by byte (APPNOTE.TXT 6.3.9); sizes are stated `lie` bytes too large."""
    place.parent.mkdir(parents=True, exist_ok=True)
    body, directory = b"", b""
    for name, data in members.items():
        packed = compressed(data, method)
        fields = struct.pack(
            "<HHHHHIIIHH",
            45,
            0,
            method,
            0,
            0x21,
            zlib.crc32(data),
            len(packed),
            len(data) + lie,
            len(name),
            0,
        )
        directory += b"PK\1\2" + struct.pack("<H", 45) + fields
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        body += b"PK\3\4" + fields + name.encode() + packed
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    place.write_bytes(body + directory + b"PK\5\6" + end)
    return place


def compressed(data: bytes, method: int) -> bytes:
    if method == DEFLATED:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()
    if method == ZSTD:
        from backports import zstd

        half = len(data) // 2  # two frames, as inspect_ai writes large members
        return zstd.compress(data[:half]) + zstd.compress(data[half:])
    return data
