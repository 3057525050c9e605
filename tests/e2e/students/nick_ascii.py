"""A student's client for nick, as the best known tutorial has it: ASCII only."""

import socket
import sys
import threading

nickname = sys.argv[3]
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect((sys.argv[1], int(sys.argv[2])))


def receive():
    while True:
        try:
            message = client.recv(1024).decode("ascii")
            if message == "NICK":
                client.send(nickname.encode("ascii"))
            elif not message:
                break
            else:
                print(message, end="", flush=True)
        except Exception:
            print("An error occured!", flush=True)
            client.close()
            break


def write():
    for line in sys.stdin:
        message = "{}: {}".format(nickname, line.rstrip("\n"))
        client.send(message.encode("ascii"))


receive_thread = threading.Thread(target=receive, daemon=True)
receive_thread.start()
write()
