"""The first bytes of MATLAB files, by which their versions are told apart."""

from pathlib import Path

HEADER_BYTES = 128
# A file of version 4 has a zero among its first four bytes, by which readers tell it from the later versions.
TEXT_BYTES = 4
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# A user block may precede the signature; MATLAB writes one of 512 bytes.
SIGNATURE_OFFSETS = (0, 512, 1024, 2048)


def is_v73(path: Path) -> bool:
    """Return whether the file has the HDF5 signature, as MATLAB v7.3 files do."""
    with path.open("rb") as file:
        for offset in SIGNATURE_OFFSETS:
            file.seek(offset)
            if file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
                return True
    return False


def byte_order(header: bytes) -> str:
    """Return the byte order in the header of a v5 or v7 file, as ``struct`` writes it, or "" if it is no such header.

    header: the first 128 bytes.
    """
    if len(header) < HEADER_BYTES or 0 in header[:TEXT_BYTES]:
        return ""
    return {b"IM": "<", b"MI": ">"}.get(header[126:128], "")


def begins_like_matlab(path: Path) -> bool:
    """Return whether a file begins like a MATLAB file of version 5, 7 or 7.3."""
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    return bool(byte_order(header)) or is_v73(path)
