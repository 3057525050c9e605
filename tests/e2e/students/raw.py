"""A student's client for raw: select over the socket and the keyboard."""

import os
import select
import socket
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.connect((sys.argv[1], int(sys.argv[2])))
keyboard = sys.stdin.fileno()
running = True
while running:
    ready, _, _ = select.select([keyboard, server], [], [])
    for source in ready:
        if source is server:
            message = server.recv(2048)
            if not message:
                print("connection closed", flush=True)
                running = False
            else:
                print(message.decode(), end="", flush=True)
        else:
            typed = os.read(keyboard, 2048)
            if not typed:
                running = False
            else:
                server.send(typed)
server.close()
