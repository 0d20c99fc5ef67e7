"""Members of ZIP archives, of bounded size: stored, deflated, or compressed with zstd (method 93)."""

import struct
import zlib
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from sensa.evidence.files import MAX_TEXT_BYTES
from sensa.evidence.refusal import LogError

MAX_MEMBERS = 200_000
MAX_DIRECTORY_BYTES = 32 << 20
MAX_RATIO = 1000  # of the size of a member to its compressed size
SMALL = 1 << 20  # bytes; below, any ratio goes
STORED, DEFLATED, ZSTD = 0, 8, 93
_ENCRYPTED = 1
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of the name and of the extra field
_MAX_WINDOW_LOG = 27  # of zstd: 128 MiB


class Archive:
    """The members of an open archive. Raises `LogError` if it is none, or too large."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        try:
            self._zip = ZipFile(cast(Any, _Bounded(stream)))
        except (BadZipFile, ValueError, struct.error, UnicodeDecodeError, NotImplementedError) as error:
            raise (
                error if isinstance(error, LogError) else LogError("is no ZIP archive, or damaged")
            ) from None
        if len(self._zip.infolist()) > MAX_MEMBERS:
            raise LogError(f"has more than {MAX_MEMBERS} members")

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def read(self, name: str) -> bytes:
        """The last member of a name, whole and undamaged. Raises `LogError`."""
        info = self._zip.getinfo(name)
        if info.file_size > MAX_TEXT_BYTES or info.compress_size > MAX_TEXT_BYTES:
            raise LogError(f"`{name}` in it is larger than {MAX_TEXT_BYTES >> 20} MiB, the most that is read")
        if info.file_size > max(SMALL, MAX_RATIO * info.compress_size):
            raise LogError(f"`{name}` in it is compressed more than {MAX_RATIO} times")
        if info.flag_bits & _ENCRYPTED:
            raise LogError("is encrypted")
        try:
            found = _decompressed(self._compressed(info), info.compress_type, info.file_size)
        except (zlib.error, struct.error, OSError):
            found = b""
        if len(found) != info.file_size or zlib.crc32(found) != info.CRC:
            raise LogError(f"`{name}` in it is damaged")
        return found

    def _compressed(self, info: ZipInfo) -> bytes:
        self._stream.seek(info.header_offset)
        signature, name, extra = _LOCAL_HEADER.unpack(self._stream.read(_LOCAL_HEADER.size))
        self._stream.seek(info.header_offset + _LOCAL_HEADER.size + name + extra)
        return self._stream.read(info.compress_size) if signature == b"PK\x03\x04" else b""


class _Bounded:
    """A stream of which an archive's directory is read, which may not be large."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise LogError(f"has a directory of more than {MAX_DIRECTORY_BYTES >> 20} MiB")
        return self._stream.read(size if size >= 0 else MAX_DIRECTORY_BYTES)


def _decompressed(data: bytes, method: int, size: int) -> bytes:
    """At most one byte more than the stated size."""
    if method == STORED:
        return data
    if method == DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
    if method == ZSTD:
        return _of_zstd(data, size)
    raise LogError(f"is compressed by method {method}; stored, deflate (8) and zstd (93) are read")


def _of_zstd(data: bytes, size: int) -> bytes:
    """The frames of zstd, one after the other."""
    zstd = _zstd()
    options = {zstd.DecompressionParameter.window_log_max: _MAX_WINDOW_LOG}
    found = bytearray()
    try:
        while data and len(found) <= size:
            frame = zstd.ZstdDecompressor(options=options)
            found += frame.decompress(data, size + 1 - len(found))
            if not frame.eof:
                break
            data = frame.unused_data
    except zstd.ZstdError:
        return b""
    return bytes(found)


def _zstd() -> Any:
    """The module for zstd: Python's from 3.14 on, else its backport."""
    for name in ("compression.zstd", "backports.zstd"):
        with suppress(ImportError):
            return import_module(name)
    raise LogError("is compressed with zstd: `pip install 'sensa-stories[logs]'` reads it")
