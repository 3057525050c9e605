"""Twisted: a LineReceiver, and a loop of sendLine over everybody else."""

import sys

from twisted.internet import protocol, reactor
from twisted.protocols.basic import LineReceiver


class Chat(LineReceiver):
    delimiter = b"\n"
    name = None

    def lineReceived(self, line):
        if self.name is None:
            self.name = line
            self.factory.people.add(self)
            self.sendLine(b"Welcome, " + line)
            return
        message = self.name + b": " + line
        for person in self.factory.people:
            if person is not self:
                person.sendLine(message)

    def connectionLost(self, reason):
        self.factory.people.discard(self)


class ChatFactory(protocol.ServerFactory):
    protocol = Chat

    def __init__(self):
        self.people = set()


if __name__ == "__main__":
    reactor.listenTCP(
        int(sys.argv[1]), ChatFactory(), backlog=1024, interface="127.0.0.1"
    )
    reactor.run()
