"""Certificates that tests make for themselves."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def self_signed(name: str) -> tuple[x509.Certificate, bytes]:
    """A certificate that is good for a day, and it and its key in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made, pem + made.public_bytes(serialization.Encoding.PEM)


def fingerprint(certificate: x509.Certificate) -> str:
    """As `openssl x509 -fingerprint -sha256`, without colons and in lower case."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def write(folder: Path, name: str) -> tuple[Path, str]:
    """A PEM file with a new certificate and its key, and the fingerprint."""
    certificate, pem = self_signed(name)
    path = folder / f"{name}.pem"
    path.write_bytes(pem)
    return path, fingerprint(certificate)
