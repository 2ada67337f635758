"""Web servers on this machine that send what a static host and a content delivery network send: text compressed."""

import gzip
import threading
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".txt"}


class Host(SimpleHTTPRequestHandler):
    """A static host: it compresses text with gzip."""

    encoding = "gzip"

    @staticmethod
    def compress(data):
        return gzip.compress(data, 9)

    def do_GET(self):
        file = Path(self.translate_path(self.path))
        if file.suffix not in COMPRESSED or not file.is_file():
            return super().do_GET()
        body = packed(file, file.stat().st_mtime_ns, self.compress)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", self.encoding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Network(Host):
    """A content delivery network: it compresses better, with brotli, and lets every site use its files."""

    encoding = "br"

    @staticmethod
    def compress(data):
        import brotli

        return brotli.compress(data)

    def end_headers(self):
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()


@cache
def packed(file, _changed, compress):
    return compress(file.read_bytes())


@contextmanager
def served(folder, host=Host):
    """A folder on a port of this machine: `with served(folder) as port`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(host, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
