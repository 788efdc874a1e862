"""Which cryptography our code uses (ASVS 6.2), by its syntax trees: what is allowed stands here, with its reason."""

import ast
import re

from helpers.syntax import calls, dotted, imports, nodes, roots

# A SHA-1 that protects nothing: RFC 6455 asks for it in the answer to a WebSocket's handshake.
SHA1 = {"relay/live/fast/upgrade.py"}
# Of `cryptography`: an elliptic curve of NIST's with ECDSA, SHA-256, authenticated encryption; forms and errors beside.
CRYPTOGRAPHY = {
    "x509", "NameOID", "ExtendedKeyUsageOID", "InvalidSignature", "InvalidTag", "UnsupportedAlgorithm", "Encoding",
    "ec", "hashes", "serialization", "load_pem_private_key", "CertificateIssuerPrivateKeyTypes", "AESGCM",
}  # fmt: skip
PRIMITIVES = {
    "hashes": {"SHA256"},
    "ec": {"SECP256R1", "ECDSA", "EllipticCurvePublicKey", "EllipticCurvePrivateKey", "generate_private_key"},
}
FOREIGN = {
    "Crypto", "Cryptodome", "OpenSSL", "nacl", "passlib", "bcrypt", "ecdsa", "rsa", "M2Crypto", "jose", "authlib",
    "itsdangerous", "crypt", "pgpy", "gnupg",
}  # fmt: skip
# Where no authority is asked about a certificate, and why that does no harm.
UNVERIFIED = {
    "app/link/trust.py": "the pinned fingerprint decides, before anything is said",
    "relay/ops/doctor.py": "asks its own addresses for /health, and says nothing",
    "relay/flows/display/framing.py": "reads two headers of a page, which the screen's own browser then judges",
}
# Waits that differ, so that a thousand benches do not come back in the same second.
CHANCE = {"app/link/backoff.py", "app/link/upcoming.py", "app/windows/web_recovery.py"}


def test_hashes_are_sha_256_or_scrypt_and_one_that_a_protocol_asks_for():
    found = set()
    for where, name, call in calls():
        text = ast.unparse(call) if name.startswith(("hashlib.", "hmac.")) else ""
        match name:
            case "hashlib.sha1":
                assert where in SHA1, where
                assert "usedforsecurity=False" in text, where
            case "hashlib.file_digest":
                assert text.endswith(("'sha256')", "hashlib.sha256)")), f"{where}: {text}"
            case "hmac.new" | "hmac.digest":
                assert text.endswith("hashlib.sha256)"), f"{where}: {text}"
            case _ if name.startswith("hashlib."):
                assert name in {"hashlib.sha256", "hashlib.scrypt"}, f"{where}: {text}"
        found.add(name)
    assert found >= {"hashlib.sha256", "hashlib.scrypt", "hmac.digest"}, "the rule looks at what there is"


def test_nothing_of_cryptography_is_used_but_what_is_listed():
    taken = {name.rpartition(".")[2] for _, name in imports() if name.split(".")[0] == "cryptography"}
    assert taken >= {"hashes", "ec"}, "the rule looks at what there is"
    assert taken - CRYPTOGRAPHY == set()
    for where, node in nodes(ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id in PRIMITIVES:
            assert node.attr in PRIMITIVES[node.value.id], f"{where}:{node.lineno} {dotted(node)}"
    assert not [(where, root) for where, root in roots() if root in FOREIGN]


def test_a_token_is_signed_and_read_with_one_algorithm_that_no_token_chooses():
    made = [(where, node) for where, name, node in calls() if name in {"jwt.encode", "jwt.decode"}]
    assert {where for where, _ in made} == {"relay/identity/tokens.py"}
    assert {ast.unparse(node.args[2]) for _, node in made} == {"ALGORITHM", "[ALGORITHM]"}
    chosen = [
        ast.literal_eval(node.value)
        for where, node in nodes(ast.Assign)
        if where == "relay/identity/tokens.py" and dotted(node.targets[0]) == "ALGORITHM"
    ]
    assert chosen == ["HS256"]


def test_what_encrypts_takes_a_new_random_number_each_time():
    sealing = [
        (where, call)
        for where, _, call in calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "encrypt"
    ]
    assert sealing, "the rule looks at what there is"
    functions = [*nodes(ast.FunctionDef), *nodes(ast.AsyncFunctionDef)]
    for where, call in sealing:
        around = [each for there, each in functions if there == where and call in ast.walk(each)]
        nonce = dotted(call.args[0])
        made = [
            ast.unparse(node.value)
            for node in ast.walk(around[-1])
            if isinstance(node, ast.Assign) and nonce in {dotted(each) for each in ast.walk(node.targets[0])}
        ]
        assert len(made) == 1, f"{where}: {ast.unparse(call)}"
        assert re.match(r"\(?(secrets\.token_bytes|os\.urandom)\((NONCE_BYTES|12)\)", made[0]), (
            f"{where}: {made}"
        )


def test_tls_is_never_turned_down_but_where_something_else_decides():
    old = re.compile(r"ssl\.(PROTOCOL_(SSL|TLSv)\w+|TLSVersion\.(SSLv3|TLSv1|TLSv1_1)|OP_LEGACY\w*)")
    turned_down = set()
    for where, node in nodes(ast.Attribute):
        name = dotted(node)
        assert not old.fullmatch(name), where
        if re.search(r"\.CERT_(NONE|OPTIONAL)$|_create_unverified|set_ciphers", name):
            turned_down.add(where)
    turned_down |= {
        where
        for where, _, call in calls()
        for word in call.keywords
        if word.arg in {"ssl", "verify_ssl", "verify"} and ast.unparse(word.value) == "False"
    }
    assert turned_down == set(UNVERIFIED)


def test_whatever_has_to_be_unguessable_comes_from_the_systems_own_source():
    assert {where for where, root in roots() if root in {"random", "numpy"}} == CHANCE
    guessable = {"uuid.uuid1", "uuid.uuid3", "uuid.uuid5", "uuid.getnode", "random.seed"}
    assert not [f"{where}:{call.lineno}" for where, name, call in calls() if name in guessable]
