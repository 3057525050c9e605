"""A student's client for header64: threads, and a recv loop for exact lengths."""

import socket
import sys
import threading

HEADER = 64
FORMAT = "utf-8"
DISCONNECT = "!DISCONNECT"


def recv_exactly(sock, count):
    data = b""
    while len(data) < count:
        chunk = sock.recv(count - len(data))
        if not chunk:
            return None
        data += chunk
    return data


def receive(sock):
    while True:
        header = recv_exactly(sock, HEADER)
        if not header:
            print("connection closed", flush=True)
            break
        message = recv_exactly(sock, int(header.decode(FORMAT)))
        print(message.decode(FORMAT), flush=True)


def send(sock, text):
    message = text.encode(FORMAT)
    send_length = str(len(message)).encode(FORMAT)
    send_length += b" " * (HEADER - len(send_length))
    sock.send(send_length)
    sock.send(message)


def main():
    host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.connect((host, port))
    reader = threading.Thread(target=receive, args=(client,))
    reader.start()
    for line in sys.stdin:
        text = line.rstrip("\n")
        send(client, f"[{name}] : {text}")
        if text == DISCONNECT:
            break
    reader.join()


main()
