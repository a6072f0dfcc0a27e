"""Throw-away certificates, made by the openssl program."""

import pathlib
import subprocess

_SUBJECT_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"

_AUTHORITY = """
[ca]
default_ca = own
[own]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def _new_key(file):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file]


class KeyPair:
    """A certificate and its key: two files in a folder."""

    def __init__(self, folder, name):
        self.file = pathlib.Path(folder, f"{name}.pem")
        self.key_file = pathlib.Path(folder, f"{name}.key")

    @property
    def pem(self):
        return self.file.read_bytes()

    @property
    def key_pem(self):
        return self.key_file.read_bytes()


class Certificate(KeyPair):
    """A certificate that is signed by itself."""

    def __init__(self, folder, name):
        super().__init__(folder, name)
        subject = ["-subj", f"/CN={name}", "-addext", _SUBJECT_NAMES, "-days", 2]
        _openssl("req", "-x509", *_new_key(self.key_file), *subject, "-out", self.file)


class Authority(KeyPair):
    """Signs the certificates of others."""

    def __init__(self, folder, name):
        super().__init__(folder, name)
        self._folder = pathlib.Path(folder, f"{name}.d")
        self._folder.mkdir()
        subject = ["-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE", "-days", 2]
        _openssl("req", "-x509", *_new_key(self.key_file), *subject, "-out", self.file)
        self._write("index", "")
        self._write("config", _AUTHORITY.format(folder=self._folder))

    def sign(self, name, subject_names=_SUBJECT_NAMES, dates=("20200101000000Z", "20491231235959Z")):
        """A new certificate, valid between two dates."""
        made = KeyPair(self._folder, name)
        request = self._folder / f"{name}.csr"
        _openssl("req", "-new", *_new_key(made.key_file), "-subj", f"/CN={name}", "-out", request)
        files = ["-in", request, "-out", made.file, "-cert", self.file, "-keyfile", self.key_file]
        wanted = ["-startdate", dates[0], "-enddate", dates[1], "-extfile", self._write(f"{name}.ext", subject_names)]
        _openssl("ca", "-batch", "-notext", "-rand_serial", "-config", self._folder / "config", *files, *wanted)
        return made

    def _write(self, name, text):
        file = self._folder / name
        file.write_text(text)
        return file
