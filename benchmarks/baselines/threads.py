"""A thread per client, which sends to everybody else under a lock."""

import socket
import sys
import threading

people = set()
lock = threading.Lock()


def send(person, data):
    try:
        person.sendall(data)
    except OSError:
        people.discard(person)


def chat(client):
    with client, client.makefile("rb") as lines:
        name = next(lines, b"").strip()
        with lock:
            send(client, b"Welcome, " + name + b"\n")
            people.add(client)
        try:
            for line in lines:
                message = name + b": " + line
                with lock:
                    for person in list(people):
                        if person is not client:
                            send(person, message)
        except OSError:
            pass
        with lock:
            people.discard(client)


def main():
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    while True:
        client, _ = listening.accept()
        threading.Thread(target=chat, args=[client], daemon=True).start()


if __name__ == "__main__":
    main()
