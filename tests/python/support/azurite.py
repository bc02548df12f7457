"""Azure's own stand-in for Blob storage, behind TLS as the real one: `azurite` from npm."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from azure.storage.blob import BlobServiceClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support.npm import installed
from support.ports import free_port

PACKAGE = "azurite@3.35.0"
#: The account that azurite knows, from its documentation.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass(frozen=True)
class Azurite:
    """A running one: where it is, and the file of the certificate that it shows."""

    host: str
    certificate: Path

    def credentials(self, source: str) -> dict[str, str]:
        """Settings with which a source reads from it."""
        prefix = f"SOURCES__{source}__CREDENTIALS__"
        return {
            f"{prefix}AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            f"{prefix}AZURE_STORAGE_ACCOUNT_KEY": KEY,
            f"{prefix}AZURE_ACCOUNT_HOST": f"{self.host}/{ACCOUNT}",
            "SSL_CERT_FILE": str(self.certificate),
        }

    def upload(self, container: str, folder: Path) -> None:
        """Put all files below a folder into a container, under their paths there."""
        client: Any = BlobServiceClient(
            f"https://{self.host}/{ACCOUNT}",
            credential=KEY,
            connection_verify=str(self.certificate),
        )
        blobs = client.get_container_client(container)
        if not blobs.exists():
            blobs.create_container()
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                blobs.upload_blob(name, path.read_bytes(), overwrite=True)


@contextmanager
def azurite(folder: Path) -> Iterator[Azurite]:
    """Install it into a folder and run it there; skips the test where npm has none."""
    programs = installed(PACKAGE, folder)
    certificate, key = _certificate(folder)
    port = free_port()
    command = [programs / "azurite-blob", "--inMemoryPersistence"]
    command += ["--blobPort", port, "--cert", certificate, "--key", key, "--skipApiVersionCheck"]
    with (folder / "azurite.log").open("w") as log:
        started = subprocess.Popen(
            list(map(str, command)), cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            for _ in range(300):
                if "successfully listens" in (folder / "azurite.log").read_text():
                    break
                time.sleep(0.1)
            yield Azurite(f"127.0.0.1:{port}", certificate)
        finally:
            started.terminate()
            started.wait()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine for a day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "azurite")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
