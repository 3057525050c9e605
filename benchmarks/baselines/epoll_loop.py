"""One loop of epoll over all sockets, and nothing but the system's calls in it.

It is no server: it has neither writes that wait nor limits.  What it takes for a
message is what a server in Python takes at least, for one `epoll_wait`, one `recv` and
a `send` for each who hears it.
"""

import select
import socket
import sys

poller = select.epoll()
reads = {}
sends = {}
names = {}


def leave(fd):
    reads[fd].__self__.close()
    del reads[fd], sends[fd]
    names.pop(fd, None)


def hear(fd, line):
    if fd not in names:
        names[fd] = line
        sends[fd](b"Welcome, " + line + b"\n")
        return
    message = names[fd] + b": " + line + b"\n"
    for other in names:
        if other != fd:
            sends[other](message)


def accept(listening):
    client, _ = listening.accept()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    fd = client.fileno()
    reads[fd], sends[fd] = client.recv, client.sendall
    poller.register(fd, select.EPOLLIN)


def main():
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096)
    poller.register(listening, select.EPOLLIN)
    door = listening.fileno()
    while True:
        for fd, _ in poller.poll():
            if fd == door:
                accept(listening)
            elif data := reads[fd](65536):
                for line in data.splitlines():
                    hear(fd, line)
            else:
                leave(fd)


if __name__ == "__main__":
    main()
