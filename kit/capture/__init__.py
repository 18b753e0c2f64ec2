"""Captures of Bluetooth traffic: files in, packets out."""

from __future__ import annotations

import io
from pathlib import Path
import zipfile
import zlib

from .btsnoop import MAGIC as BTSNOOP, read_btsnoop
from .packetlogger import looks_like_packetlogger, read_packetlogger
from .packets import Capture, CaptureError, Packet
from .pcap import is_pcap, read_pcap

__all__ = ["Capture", "CaptureError", "Packet", "read_capture", "read_file"]

LARGEST = 512 << 20  # octets of one log
FOLDERS = ("fs/data/log/bt/", "fs/data/misc/bluetooth/logs/")
SUFFIXES = (".pklg", ".pcap", ".pcapng", ".btsnoop", ".cfa")
BTSNOOZ = b"--- BEGIN:BTSNOOP_LOG_SUMMARY"


def read_file(path: Path) -> Capture:
    """Read a capture from a file; raise CaptureError if it cannot be read."""
    try:
        if path.stat().st_size > 4 * LARGEST:
            raise CaptureError("the file is larger than 2 GB", None, path.name)
        data = path.read_bytes()
    except OSError as error:
        raise CaptureError(error.strerror or str(error), None, path.name) from error
    return read_capture(data, path.name)


def read_capture(data: bytes, name: str) -> Capture:
    """Read a capture of any kind that the kit knows; raise CaptureError if it is none."""
    if data.startswith(BTSNOOP):
        return read_btsnoop(data, name)
    if data.startswith(b"PK\x03\x04"):
        return _read_archive(data, name)
    if is_pcap(data):
        return read_pcap(data, name)
    if BTSNOOZ in data[:1_000_000]:
        raise CaptureError(
            "this report holds only the filtered log. Record a full HCI snoop log",
            None,
            name,
        )
    if looks_like_packetlogger(data):
        return read_packetlogger(data, name)
    raise CaptureError(
        "neither btsnoop, PacketLogger, pcap, pcapng nor a bug report", 0, name
    )


def _read_archive(data: bytes, name: str) -> Capture:
    """Read the newest log of a bug report, and the one before it that was rotated away."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if _is_log(info.filename)]
            if not members:
                raise CaptureError(
                    "no Bluetooth log under FS/data/log/bt or FS/data/misc/bluetooth/logs. "
                    "Switch on the full HCI snoop log, switch Bluetooth off and on, and make the report again",
                    None,
                    name,
                )
            logs: list[Capture] = []
            remarks: list[str] = []
            for info in members:
                if info.file_size > LARGEST:
                    raise CaptureError(
                        f"{info.filename} is larger than {LARGEST >> 20} MB", None, name
                    )
                try:
                    logs.append(
                        read_capture(
                            archive.read(info), info.filename.rsplit("/", 1)[-1]
                        )
                    )
                except CaptureError as error:
                    remarks.append(str(error))
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise CaptureError(
            f"the archive cannot be read: {error}", None, name
        ) from error
    if not logs:
        raise CaptureError("; ".join(remarks), None, name)
    logs.sort(key=lambda log: log.packets[0].time if log.packets else 0.0)
    kinds = ", ".join(f"{log.name} ({log.kind})" for log in logs)
    return Capture(
        name,
        f"archive with {kinds}",
        [packet for log in logs for packet in log.packets],
        remarks + [f"{log.name}: {remark}" for log in logs for remark in log.remarks],
    )


def _is_log(filename: str) -> bool:
    lower = filename.lower()
    base = lower.rsplit("/", 1)[-1]
    if not base or base.endswith(".zip"):
        return False
    snoop = (
        "btsnoop" in base or "hci" in base or base.endswith((".log", ".cfa", ".last"))
    )
    return (any(folder in lower for folder in FOLDERS) and snoop) or base.endswith(
        SUFFIXES
    )
