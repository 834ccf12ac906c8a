"""A server of gRPC's own C core: messages are bytes, and those of /test.Origin/Unary say what it does.

Arguments: a port whose connections stay, and one whose connections end after 300 ms.
"""

import sys
import threading
import time
from concurrent import futures

import grpc

cancelled = 0


def count_cancelled():
    global cancelled
    cancelled += 1


def unary(request, context):
    kind = request.decode("latin-1").split(" ")
    context.send_initial_metadata((("x-initial", "here"), ("x-bytes-bin", bytes([0, 1, 255]))))
    context.set_trailing_metadata(tuple(item for item in context.invocation_metadata() if item.key.startswith("x-echo")))
    if kind[0] == "hang":
        over = threading.Event()
        context.add_callback(lambda: (count_cancelled(), over.set()))
        over.wait(10)
    if kind[0] == "fail":
        context.set_trailing_metadata((("grpc-status-details-bin", b"\x08\x09\x12\x04more"), ("x-trailer", "of a failure")))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now: 100 % – ü")
    if kind[0] == "raise":
        raise ValueError("a fault of the server")
    if kind[0] == "status":
        context.set_code(next(code for code in grpc.StatusCode if code.value[0] == int(kind[1])))
    if kind[0] == "remaining":
        return str(round(context.time_remaining())).encode()
    if kind[0] == "cancelled":
        return str(cancelled).encode()
    if kind[0] == "gzip":
        context.set_compression(grpc.Compression.Gzip)
        return b"z" * int(kind[1])
    return request


def upload(requests, context):
    return str(sum(len(request) for request in requests)).encode()


def download(request, context):
    count, size = (int(part) for part in request.decode().split(" "))
    for index in range(count):
        yield bytes([index % 256]) * size


def talk(requests, context):
    for request in requests:
        if request == b"stop":
            context.abort(grpc.StatusCode.ABORTED, "stopped")
        yield request


HANDLERS = {
    "/test.Origin/Unary": grpc.unary_unary_rpc_method_handler(unary),
    "/test.Origin/Upload": grpc.stream_unary_rpc_method_handler(upload),
    "/test.Origin/Download": grpc.unary_stream_rpc_method_handler(download),
    "/test.Origin/Talk": grpc.stream_stream_rpc_method_handler(talk),
}


class Service(grpc.GenericRpcHandler):
    def service(self, details):
        return HANDLERS.get(details.method)


def start(port, options):
    unlimited = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
    server = grpc.server(futures.ThreadPoolExecutor(32), (Service(),), options=unlimited + options)
    if server.add_insecure_port(f"127.0.0.1:{port}") == 0:
        sys.exit(f"port {port} is taken")
    server.start()
    return server


# A server that nobody holds ends.
servers = [
    start(sys.argv[2], (("grpc.max_connection_age_ms", 300), ("grpc.max_connection_age_grace_ms", 2000))),
    start(sys.argv[1], ()),
]
while True:
    time.sleep(3600)
