"""asyncio streams: a coroutine per client that writes to everybody else."""

import asyncio
import sys

people = set()


async def chat(reader, writer):
    try:
        name = (await reader.readline()).strip()
        writer.write(b"Welcome, " + name + b"\n")
        people.add(writer)
        while line := await reader.readline():
            for person in list(people):
                if person is not writer:
                    person.write(name + b": " + line)
                    await person.drain()
    except ConnectionError:
        pass
    finally:
        people.discard(writer)
        writer.close()


async def main():
    server = await asyncio.start_server(
        chat, "127.0.0.1", int(sys.argv[1]), backlog=1024
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
