"""Throw-away certificates, made by the openssl program."""

import pathlib
import subprocess

_SUBJECT_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificate:
    """A self-signed certificate with its key, as files in a folder."""

    def __init__(self, folder, name):
        self.file = pathlib.Path(folder, f"{name}.pem")
        self.key_file = pathlib.Path(folder, f"{name}.key")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key_file]
        subject = ["-subj", f"/CN={name}", "-addext", _SUBJECT_NAMES, "-days", 2]
        _openssl("req", "-x509", *key, *subject, "-out", self.file)

    @property
    def pem(self):
        return self.file.read_bytes()

    @property
    def key_pem(self):
        return self.key_file.read_bytes()
