"""One loop of select over all sockets; select takes 1024 of them at most."""

import select
import socket
import sys

names = {}
rests = {}


def leave(client):
    names.pop(client, None)
    del rests[client]
    client.close()


def hear(client, line):
    if client not in names:
        names[client] = line
        client.sendall(b"Welcome, " + line + b"\n")
        return
    message = names[client] + b": " + line + b"\n"
    for person in list(names):
        if person is not client:
            person.sendall(message)


def read(client):
    try:
        data = client.recv(4096)
    except OSError:
        data = b""
    if not data:
        leave(client)
        return
    *lines, rests[client] = (rests[client] + data).split(b"\n")
    for line in lines:
        hear(client, line)


def main():
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    while True:
        readable, _, _ = select.select([listening, *rests], [], [])
        for sock in readable:
            if sock is listening:
                client, _ = listening.accept()
                rests[client] = b""
            else:
                read(sock)


if __name__ == "__main__":
    main()
