"""A real nginx in front of web doors, as docs/web.rst and docs/cluster.rst say."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .support import PATIENCE, free_port, have, wait_for

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream nodes {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://nodes;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_read_timeout 120s;
        }}
    }}
}}
"""


def plain(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


@contextlib.contextmanager
def running_nginx(folder: Path, *behind: int) -> Iterator[int]:
    """The port of an nginx that has these ports behind it, in turn."""
    if not have("nginx"):
        pytest.skip("nginx is not installed")
    port = free_port()
    servers = " ".join(f"server 127.0.0.1:{each};" for each in behind)
    conf = folder / "nginx.conf"
    conf.write_text(NGINX.format(folder=folder, port=port, servers=servers))
    process = subprocess.Popen(
        ["nginx", "-c", str(conf), "-p", str(folder)], stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        assert process.poll() is None
        with contextlib.suppress(OSError), plain(port):
            return True
        return False

    try:
        wait_for(answers, "nginx")
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE)
