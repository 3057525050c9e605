"""A student's client for header10: a socket that doesn't block, polled."""

import errno
import select
import socket
import sys

HEADER_LENGTH = 10

username = sys.argv[3]
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sock.connect((sys.argv[1], int(sys.argv[2])))
sock.setblocking(False)


def send_field(text):
    data = text.encode("utf-8")
    header = f"{len(data):<{HEADER_LENGTH}}".encode()
    sock.send(header + data)


def receive_all():
    """Read until there is nothing more; False when the server is gone."""
    try:
        while True:
            header = sock.recv(HEADER_LENGTH)
            if not len(header):
                print("connection closed", flush=True)
                return False
            name = sock.recv(int(header.decode("utf-8").strip())).decode("utf-8")
            header = sock.recv(HEADER_LENGTH)
            text = sock.recv(int(header.decode("utf-8").strip())).decode("utf-8")
            print(f"{name} > {text}", flush=True)
    except OSError as e:
        if e.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
            print("connection closed", flush=True)
            return False
    return True


send_field(username)
while True:
    ready, _, _ = select.select([sys.stdin, sock], [], [])
    if sock in ready and not receive_all():
        break
    if sys.stdin in ready:
        line = sys.stdin.readline()
        if not line:
            break
        if line.strip():
            send_field(line.strip())
sock.close()
