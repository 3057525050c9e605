"""A student's client for nick: two threads, one recv is one message."""

import socket
import sys
import threading

nickname = sys.argv[3]
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect((sys.argv[1], int(sys.argv[2])))


def receive():
    while True:
        try:
            message = client.recv(1024).decode("utf-8")
        except OSError:
            break
        if message == "NICK":
            client.send(nickname.encode("utf-8"))
        elif not message:
            print("connection closed", flush=True)
            break
        else:
            print(message, end="", flush=True)


def write():
    for line in sys.stdin:
        text = line.rstrip("\n")
        message = f"{nickname}: {text}"
        client.send(message.encode("utf-8"))


receive_thread = threading.Thread(target=receive)
receive_thread.start()
write_thread = threading.Thread(target=write)
write_thread.start()
write_thread.join()
client.shutdown(socket.SHUT_RDWR)
receive_thread.join()
client.close()
