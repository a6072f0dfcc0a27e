"""Tokens that another library has made, and those that attackers make, on the example service; peers that need none."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import ssl
import tempfile
import threading
import time
import unittest

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from interop.case import PATIENCE, InteropCase
from interop.certificates import Authority, Certificate
from interop.client import grpc, open_channel, stub
from interop.process import connections
from interop.protos import message
from interop.server import Server
from interop.wait import wait_until

GetResourceRequest = message("myservice.GetResourceRequest")
HealthCheckRequest = message("grpc.health.v1.HealthCheckRequest")
Order = message("plinth.test.Order")

SECRET = "a secret that is longer than 32 characters"
INVALID = "Invalid token"
MISSING = "Missing or invalid authorization header"
REFUSED = f"UNAUTHENTICATED: {MISSING}"

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEYS = {
    "RS256": RSA_KEY,
    "RS384": RSA_KEY,
    "RS512": RSA_KEY,
    "PS256": RSA_KEY,
    "PS384": RSA_KEY,
    "PS512": RSA_KEY,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def jwk(key, kid):
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "kid": kid, "n": number(numbers.n), "e": number(numbers.e)}
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers, size = public.public_numbers(), (key.curve.key_size + 7) // 8
        curve = {256: "P-256", 384: "P-384", 521: "P-521"}[key.curve.key_size]
        x, y = number(numbers.x, size), number(numbers.y, size)
        return {"kty": "EC", "kid": kid, "crv": curve, "x": x, "y": y}
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": b64(raw)}


def claims(**more):
    return {"sub": "alice", "exp": time.time() + 600, **more}


class AuthCase(InteropCase):
    program = "myservice"
    service = "myservice.MyService"
    environment = {}

    @classmethod
    def setUpClass(cls):
        unittest.TestCase.setUpClass()
        cls.server = Server(cls.program, environment=cls.environment)
        cls.addClassCleanup(cls.server.stop)

    def get(self, *headers, to=None):
        metadata = [("authorization", header) for header in headers]
        return (to or self.stub).GetResource(GetResourceRequest(id="1"), metadata=metadata, timeout=PATIENCE)

    def accepted(self, token, why):
        try:
            self.assertEqual(self.get("Bearer " + token).id, "1")
        except grpc.RpcError as error:
            self.fail(f"expected OK for {why}, got {error.code().name} {error.details()!r}")

    def refused(self, why, *headers, code=grpc.StatusCode.UNAUTHENTICATED, details=INVALID):
        with self.assertRaises(grpc.RpcError, msg=why) as caught:
            self.get(*headers)
        self.assert_status(caught.exception, code, why, details)

    def refused_token(self, token, why):
        self.refused(why, "Bearer " + token)


class SecretTest(AuthCase):
    environment = {
        "SECURITY__SECRET_KEY": SECRET,
        "SECURITY__ISSUER": "https://issuer.example",
        "SECURITY__AUDIENCE": "myservice",
        "SECURITY__CLOCK_SKEW": "0",
    }

    def token(self, algorithm="HS256", key=SECRET, headers=None, **more):
        content = claims(iss="https://issuer.example", aud="myservice")
        content.update(more)
        present = {name: value for name, value in content.items() if value is not None}
        return jwt.encode(present, key, algorithm, headers=headers)

    def test_a_good_token_passes(self):
        self.accepted(self.token(), "a token by PyJWT")
        self.accepted(self.token(aud=["other", "myservice"]), "one of several audiences")
        self.assertEqual(self.get("bEaReR " + self.token()).id, "1", "the scheme is case-insensitive")

    def test_calls_without_one_bearer_token_are_refused(self):
        good = "Bearer " + self.token()
        self.refused("no header", details=MISSING)
        self.refused("another scheme", "Basic YWxpY2U6c2VjcmV0", details=MISSING)
        self.refused("the token alone", self.token(), details=MISSING)
        self.refused("two headers", good, good, details=MISSING)

    def test_claims_that_do_not_fit_are_refused(self):
        now = time.time()
        self.refused_token(self.token(exp=now - 1), "an expired token")
        self.refused_token(self.token(exp=None), "a token that never expires")
        self.refused_token(self.token(nbf=now + 60), "a token that is not valid yet")
        self.refused_token(self.token(iat=now + 60), "a token of the future")
        self.refused_token(self.token(aud="other"), "another audience")
        self.refused_token(self.token(aud=None), "no audience")
        self.refused_token(self.token(iss="https://evil.example"), "another issuer")

    def test_forged_tokens_are_refused(self):
        self.refused_token(self.token(algorithm="none", key=None), "alg none")
        self.refused_token(self.token(key=SECRET + "x"), "another secret")
        self.refused_token(self.token(algorithm="HS512"), "another algorithm")
        self.refused_token(self.token(algorithm="RS256", key=RSA_KEY), "an RSA key")
        header, body, signature = self.token().split(".")
        other = self.token(sub="root").split(".")[1]
        self.refused_token(f"{header}.{other}.{signature}", "claims of another token")
        self.refused_token(f"{header}.{body}.", "no signature")

    def test_a_token_that_is_cut_off_is_refused(self):
        token = self.token()
        for size in range(1, len(token), 7):
            self.refused_token(token[:size], f"the first {size} bytes")

    def test_hostile_headers_are_refused(self):
        deep = b64(b'{"alg":' + b"[" * 1000 + b"]" * 1000 + b"}")
        self.refused_token(f"{deep}.e30.AA", "a deep header")
        self.refused_token(self.token(headers={"kid": "k" * 10_000}), "a kid of 10 KB")
        self.refused_token(self.token(headers={"crit": ["exp"]}), "crit")
        self.refused_token("a" * 6_000, "a long word")

    def test_a_token_that_is_too_long_for_a_head_ends_nothing_but_its_call(self):
        self.accepted(self.token(), "a call before")
        before = wait_until(lambda: connections(self.server), lambda ports: len(ports) == 1, "one connection")
        full = grpc.StatusCode.RESOURCE_EXHAUSTED
        self.refused("a token of 20,000 characters", "Bearer " + "a" * 20_000, code=full, details=None)
        self.accepted(self.token(), "a call after")
        self.assertEqual(connections(self.server), before, "expected the connection to live on")

    def test_a_token_of_a_mebibyte_ends_its_connection_and_the_server_goes_on(self):
        gone = grpc.StatusCode.UNAVAILABLE
        self.refused("a token of a mebibyte", "Bearer " + "a" * 1024 * 1024, code=gone, details=None)
        channel = self.open_channel(self.server.address)
        self.get("Bearer " + self.token(), to=stub(channel, self.service))

    def test_tokens_are_never_logged(self):
        server = Server("myservice", environment=self.environment | {"OBSERVABILITY__LOG_LEVEL": "debug"})
        self.addCleanup(server.stop)
        self.stub = stub(self.open_channel(server.address), self.service)
        good = self.token()
        bad = [
            self.token(exp=time.time() - 1),
            self.token(aud="other"),
            self.token(key=SECRET + "x"),
            self.token(algorithm="HS512"),
            self.token(algorithm="RS256", key=RSA_KEY),
            self.token(sub="a token that is cut off")[:-10],
            "a-word-that-is-no-token",
            "no+base64url.at/all/there.or~elsewhere",
        ]
        strange = "a-word!with-a-letter-that-no-token-has"
        self.accepted(good, "a token by PyJWT")
        for token in bad:
            self.refused_token(token, token)
        for header in ("Basic " + good, f"Bearer {good} {good}", "Bearer " + strange):
            self.refused(header, header, details=MISSING)
        server.terminate()
        server.wait()
        self.assertEqual(len(server.events("grpc_request_started")), len(bad) + 4, "calls in the log")
        self.assertEqual(len(server.events("grpc_auth_invalid_token")), len(bad), "refusals in the log")
        written = server.output()
        pieces = {token[start : start + 10] for token in (good, *bad, strange) for start in range(len(token) - 9)}
        self.assertEqual([piece for piece in pieces if piece in written], [], f"pieces of tokens in\n{written}")

    def test_health_is_public(self):
        health = stub(self.channel, "grpc.health.v1.Health")
        health.Check(HealthCheckRequest(), timeout=PATIENCE)


class _JwksHandler(http.server.BaseHTTPRequestHandler):
    document = b""
    status = 200
    requests = 0

    def do_GET(self):
        type(self).requests += 1
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.document)))
        self.end_headers()
        self.wfile.write(self.document)

    def log_message(self, *_):
        pass


class JwksUrlTest(unittest.TestCase):
    """Keys from an issuer's HTTP server."""

    def setUp(self):
        self.handler = type("Handler", (_JwksHandler,), {})
        self.issuer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.addCleanup(self.issuer.server_close)
        self.addCleanup(self.issuer.shutdown)
        threading.Thread(target=self.issuer.serve_forever, daemon=True).start()

    def publish(self, *keys):
        self.handler.document = json.dumps({"keys": list(keys)}).encode()

    def start(self, algorithm, scheme="http", **environment):
        url = f"{scheme}://127.0.0.1:{self.issuer.server_port}/keys"
        environment.update(SECURITY__ALGORITHM=algorithm, SECURITY__JWKS_URL=url)
        server = Server("myservice", environment=environment)
        self.addCleanup(server.stop)
        channel = open_channel(server.address)
        self.addCleanup(channel.close)
        return stub(channel, "myservice.MyService")

    def code(self, service, token):
        try:
            metadata = [("authorization", "Bearer " + token)]
            service.GetResource(GetResourceRequest(id="1"), metadata=metadata, timeout=PATIENCE)
            return "OK"
        except grpc.RpcError as error:
            return error.code().name

    def test_every_algorithm_of_public_keys_passes_with_its_own_key_alone(self):
        for algorithm, key in KEYS.items():
            with self.subTest(algorithm):
                self.publish(jwk(key, "a"))
                service = self.start(algorithm)
                token = jwt.encode(claims(), key, algorithm, headers={"kid": "a"})
                self.assertEqual(self.code(service, token), "OK")
                self.assertEqual(self.code(service, token[:-8] + "AAAAAAAA"), "UNAUTHENTICATED")

    def test_keys_come_over_tls_from_an_issuer_that_the_system_trusts_alone(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        certificate = Certificate(folder.name, "localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.file, certificate.key_file)
        self.issuer.socket = context.wrap_socket(self.issuer.socket, server_side=True)
        self.publish(jwk(KEYS["ES256"], "a"))
        token = jwt.encode(claims(), KEYS["ES256"], "ES256", headers={"kid": "a"})
        trusting = self.start("ES256", "https", SSL_CERT_FILE=str(certificate.file))
        self.assertEqual(self.code(trusting, token), "OK")
        self.assertEqual(self.code(self.start("ES256", "https"), token), "UNAVAILABLE")

    def test_a_public_key_is_no_secret(self):
        self.publish(jwk(RSA_KEY, "a"))
        service = self.start("RS256")
        pem = RSA_KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        for name in ("HS256", "RS256"):
            header, body = json.dumps({"alg": name, "kid": "a"}), json.dumps(claims())
            text = b64(header.encode()) + "." + b64(body.encode())
            forged = text + "." + b64(hmac.new(pem, text.encode(), hashlib.sha256).digest())
            self.assertEqual(self.code(service, forged), "UNAUTHENTICATED", name)

    def test_unknown_keys_do_not_make_the_service_hammer_the_issuer(self):
        self.publish(jwk(KEYS["ES256"], "a"))
        service = self.start("ES256")
        good = jwt.encode(claims(), KEYS["ES256"], "ES256", headers={"kid": "a"})
        self.assertEqual(self.code(service, good), "OK")
        for kid in ("b", "../../etc/passwd", "a' OR '1'='1", 'a"', "http://evil.example/"):
            token = jwt.encode(claims(), KEYS["ES256"], "ES256", headers={"kid": kid})
            self.assertEqual(self.code(service, token), "UNAUTHENTICATED", kid)
        self.assertEqual(self.handler.requests, 1)

    def test_without_keys_the_service_says_that_it_cannot_tell_until_it_has_them(self):
        self.handler.status = 503
        service = self.start("ES256")
        good = jwt.encode(claims(), KEYS["ES256"], "ES256", headers={"kid": "a"})
        self.assertEqual(self.code(service, good), "UNAVAILABLE")
        self.handler.status = 200
        self.publish(jwk(KEYS["ES256"], "a"))
        end = time.monotonic() + PATIENCE
        while self.code(service, good) != "OK":
            self.assertLess(time.monotonic(), end, "the keys were never fetched again")
            time.sleep(0.1)


class JwksFileTest(AuthCase):
    def test_new_keys_are_taken_from_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "keys.json")
            one, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
            self.write(path, jwk(one, "1"))
            environment = {"SECURITY__ALGORITHM": "ES256", "SECURITY__JWKS_FILE": path}
            with Server("myservice", environment=environment) as server:
                self.stub = stub(self.open_channel(server.address), self.service)
                self.accepted(jwt.encode(claims(), one, "ES256", headers={"kid": "1"}), "the first key")
                self.write(path, jwk(one, "1"), jwk(other, "2"))
                time.sleep(1.1)  # the file is read again for an unknown key once a second
                self.accepted(jwt.encode(claims(), other, "ES256", headers={"kid": "2"}), "the new key")

    def write(self, path, *keys):
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump({"keys": list(keys)}, file)
        os.replace(path + ".new", path)


def public_for(*peers):
    """A rule of a policy."""
    return {"methods": ["/plinth.test.Chain/*"], "access": "public", "peers": peers}


class PeerPolicyTest(unittest.TestCase):
    """A policy that asks some peers for no token: those whose connection proves who they are."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plinth-interop-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, *rules, host="127.0.0.1", **environment):
        path = os.path.join(self.folder, "policy.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"rules": rules}, file)
        environment["SECURITY__SECRET_KEY"] = SECRET
        self.server = Server("chain-server", f"--policy={path}", host=host, environment=environment)
        self.addCleanup(self.server.stop)

    def start_with_mutual_tls(self, *rules):
        self.own, self.clients = Certificate(self.folder, "own"), Authority(self.folder, "clients")
        self.start(
            *rules,
            GRPC__SERVER__TLS__CERT_FILE=str(self.own.file),
            GRPC__SERVER__TLS__KEY_FILE=str(self.own.key_file),
            GRPC__SERVER__TLS__CLIENT_CA_FILE=str(self.clients.file),
        )

    def identity(self, name):
        """Credentials of a client with a certificate of that name."""
        shown = self.clients.sign(name)
        return grpc.ssl_channel_credentials(self.own.pem, shown.key_pem, shown.pem)

    def token(self):
        return jwt.encode(claims(), SECRET, "HS256")

    def end_of(self, credentials=None, token=None):
        """How a call ends, with its message."""
        channel = open_channel(self.server.address, credentials)
        self.addCleanup(channel.close)
        metadata = [("authorization", "Bearer " + token)] if token else []
        try:
            stub(channel, "plinth.test.Chain").Unary(Order(), metadata=metadata, timeout=PATIENCE)
            return "OK"
        except grpc.RpcError as error:
            return f"{error.code().name}: {error.details()}"

    def test_a_certificate_stands_for_a_token(self):
        self.start_with_mutual_tls(public_for({"tls_subject": "CN=ops"}))
        ops, guest = self.identity("ops"), self.identity("guest")
        self.assertEqual(self.end_of(credentials=ops), "OK", "the peer that the policy names")
        self.assertEqual(self.end_of(credentials=guest), REFUSED, "another certificate of the same authority")
        self.assertEqual(self.end_of(credentials=guest, token=self.token()), "OK", "another certificate, with a token")

    def test_a_certificate_of_a_similar_name_is_another_one(self):
        self.start_with_mutual_tls(public_for({"tls_subject": "CN=ops"}))
        for name in ("ops2", "op", "OPS", "CN=ops", "ops,CN=ops"):
            self.assertEqual(self.end_of(credentials=self.identity(name)), REFUSED, f"a certificate of {name!r}")

    def test_the_user_of_a_process_stands_for_a_token(self):
        own, other = os.getuid(), os.getuid() + 1
        self.start(public_for({"uid": own}), host=f"unix:{self.folder}/own")
        self.assertEqual(self.end_of(), "OK", "the user that the policy names")
        self.start(public_for({"uid": other}), host=f"unix:{self.folder}/other")
        self.assertEqual(self.end_of(), REFUSED, "another user")
        self.assertEqual(self.end_of(token=self.token()), "OK", "another user, with a token")
        self.start(public_for({"uid": own}))
        self.assertEqual(self.end_of(), REFUSED, "a connection that proves no user")


if __name__ == "__main__":
    unittest.main()
