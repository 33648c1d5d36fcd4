"""The length a sound file has according to its first and last bytes, for formats in which a decoder does not report it.

FFmpeg silently shortens a WAV file whose data chunk is cut off, guesses the length of an MP3 file that does not carry
it, and stops at a broken Ogg page as if it were the last. These functions read just enough to detect that.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

UNKNOWN_WAV_SIZE = 0x7FFF_0000
"""A WAV data size of this or more was written before the length was known: FFmpeg and Asterisk write 0xFFFFFFFF into a
stream, sox 0x7FFFF000. Real files of that size (2 GiB, 18 hours at 16 kHz stereo) are not checked."""

MAX_OGG_PAGE = 27 + 255 + 255 * 255
"""Bytes of the longest Ogg page: header, segment table and segments (RFC 3533, section 6)."""


def missing_wav_data(file: BinaryIO) -> float | None:
    """Return the seconds of sound that the data chunk of a RIFF WAVE file promises, if the file ends before it does.

    None if the chunk is complete, if the header leaves the length open (0 or a streaming value), and if the file is
    not a RIFF WAVE file.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    header = file.read(12)
    if header[:4] != b"RIFF" or header[8:12] != b"WAVE":
        return None
    bytes_per_second = 0
    while len(chunk := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", chunk)
        if name == b"data":
            known = 0 < length < UNKNOWN_WAV_SIZE and bytes_per_second > 0
            return length / bytes_per_second if known and file.tell() + length > size else None
        at = file.tell()
        if name == b"fmt ":
            fields = file.read(12)
            bytes_per_second = int.from_bytes(fields[8:12], "little")
        file.seek(at + length + length % 2)
    return None


def mp3_frames(file: BinaryIO) -> int | None:
    """Return the number of frames an MP3 file has according to the Xing, Info or VBRI header of its first frame.

    None if there is no such header: FFmpeg's length is then a guess from the file's size and first bit rate.
    """
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        a, b, c, d = head[6:10]  # ID3v2 sizes have seven bits a byte
        start = 10 + (a << 21 | b << 14 | c << 7 | d)
    file.seek(start)
    first = file.read(2048)
    at = max(first.find(b"Xing"), first.find(b"Info"))
    if at >= 0 and int.from_bytes(first[at + 4 : at + 8], "big") & 1:
        return int.from_bytes(first[at + 8 : at + 12], "big")
    at = first.find(b"VBRI")
    return int.from_bytes(first[at + 14 : at + 18], "big") if at >= 0 else None


def ogg_stops_mid_page(file: BinaryIO) -> bool:
    """Return True if an Ogg file ends before its last page does; False for any other file."""
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - MAX_OGG_PAGE))
    tail = file.read()
    at = tail.rfind(b"OggS\0")
    if at < 0:
        return False
    page = tail[at:]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    return len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]])


def is_mp4(file: BinaryIO) -> bool:
    """Return True if a file begins as MP4, M4A, MOV and 3GP files do."""
    file.seek(0)
    return file.read(8)[4:8] == b"ftyp"
