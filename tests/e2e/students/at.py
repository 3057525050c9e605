"""A student's client for at: a class, a daemon thread, one recv a message."""

import socket
import sys
import threading


class Client:
    def __init__(self, host, port, nick):
        self.nick = nick
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.connect((host, port))
        self.sock.send(bytes(nick, "utf-8"))

    def listen(self):
        while True:
            data = self.sock.recv(1024)
            if not data:
                print("connection closed", flush=True)
                break
            print(str(data, "utf-8"), end="", flush=True)

    def run(self):
        thread = threading.Thread(target=self.listen)
        thread.daemon = True
        thread.start()
        for line in sys.stdin:
            self.sock.send(bytes(line.rstrip("\n"), "utf-8"))
        self.sock.close()


Client(sys.argv[1], int(sys.argv[2]), sys.argv[3]).run()
