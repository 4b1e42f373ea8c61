"""Certificates for the tests of TLS: directories as `wirechart.runtime.tls` reads them."""

from pathlib import Path

import trustme

HOST = "localhost"


def authority() -> trustme.CA:
    """One that signs certificates."""
    return trustme.CA()


def write(directory: Path, trusted: trustme.CA, signer: trustme.CA | None = None) -> Path:
    """Files of both sides: they trust one, and are signed by the same or another one."""
    directory.mkdir(exist_ok=True)
    trusted.cert_pem.write_to_path(directory / "ca-cert.pem")
    for side in ("server", "client"):
        issued = (signer or trusted).issue_cert(HOST)
        issued.cert_chain_pems[0].write_to_path(directory / f"{side}-cert.pem")
        issued.private_key_pem.write_to_path(directory / f"{side}-key.pem")
    return directory
