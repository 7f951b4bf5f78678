# Opens connections, says so, and holds them until it is told to go by the end of its input.
import socket
import sys

held = []
for place in sys.argv[2:]:
    address, port = place.rsplit(":", 1)
    held += [socket.create_connection((address, int(port)), 60) for _ in range(int(sys.argv[1]))]
print(len(held), flush=True)
sys.stdin.read()
