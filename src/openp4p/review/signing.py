"""Signed checkpoints: whose they are can be told wherever they were kept (C3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from openp4p.audit.controls.chain import canonical
from openp4p.errors import UsageError

_DIGITS = 64  # of a key of 32 bytes


def signed(line: Mapping[str, object], secret: str) -> dict[str, object]:
    """The line with the id of the key and its signature; `secret`: 64 hexadecimal digits."""
    key = Ed25519PrivateKey.from_private_bytes(_bytes(secret))
    said = {**line, "key": _id(key.public_key())}
    return {**said, "signature": key.sign(canonical(said)).hex()}


def public_half(secret: str) -> str:
    """What others check signatures with: 64 hexadecimal digits."""
    key = Ed25519PrivateKey.from_private_bytes(_bytes(secret))
    return key.public_key().public_bytes_raw().hex()


def is_signed(line: Mapping[str, object], public: str) -> bool:
    """Whether a line carries a signature of that key over everything else it says."""
    key = Ed25519PublicKey.from_public_bytes(_bytes(public))
    said = {name: value for name, value in line.items() if name != "signature"}
    try:
        key.verify(bytes.fromhex(str(line.get("signature", ""))), canonical(said))
    except (InvalidSignature, ValueError):
        return False
    return said.get("key") == _id(key)


def _id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _bytes(said: str) -> bytes:
    try:
        found = bytes.fromhex(said.strip())
    except ValueError:
        found = b""
    if len(found) * 2 != _DIGITS:
        raise UsageError(
            f"A key of checkpoints has {_DIGITS} hexadecimal digits.",
            remedy="Such as: python3 -c 'import secrets; print(secrets.token_hex(32))'",
            code="portal-secret",
        )
    return found
