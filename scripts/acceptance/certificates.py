"""Certificates for receivers that speak TLS, good and bad, and the authority that a server is told to trust."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"
DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates, in files of a folder. `roots` is the file to trust."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = sign("Acceptance authority", self.key, "Acceptance authority", self.key, is_authority=True)
        self.roots = folder / "roots.pem"
        self.roots.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, name, address=LOOPBACK, days=(-1, 30), is_self_signed=False):
        """The TLS context of a receiver at an address, with a certificate that is valid for days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, issuer_key = (name, key) if is_self_signed else ("Acceptance authority", self.key)
        certificate = sign(name, key, issuer, issuer_key, address=address, days=days)
        path = self.folder / f"{name}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def sign(name, key, issuer, issuer_key, address=LOOPBACK, days=(-1, 30), is_authority=False):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
