"""A small web server whose pages a test writes, and which remembers who asked for what."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Page:
    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: Callable[[], object] | None = None


class Pages:
    def __init__(self, port: int, scheme: str = "http") -> None:
        self.port = port
        self.address = f"{scheme}://127.0.0.1:{port}"
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def put(self, path: str, body: str | bytes = "", **more: object) -> str:
        self.pages[path] = Page(body, **more)  # type: ignore[arg-type]
        return self.address + path

    def was_asked_for(self, path: str) -> bool:
        return any(asked == path for asked, _ in self.asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that will not trust a certificate hangs up; that is no news."""


@contextmanager
def web_server(port: int = 0, *, certificate: Path | None = None) -> Iterator[Pages]:
    """Serve on this port, or on a free one; with TLS when there is a certificate (a PEM file that holds its key)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages.asked.append((self.path, dict(self.headers)))
            page = pages.pages.get(self.path, Page("nothing here", 404))
            if page.wait:
                page.wait()
            body = page.body.encode() if isinstance(page.body, str) else page.body
            try:
                self.send_response(page.status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **page.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the browser went away meanwhile

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", port), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    pages = Pages(server.server_port, "http" if certificate is None else "https")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield pages
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
