import { HttpContext, utf8 } from "@sluice/sdk";

/** Whether a request is one of gRPC: by its content type, `application/grpc` or `application/grpc+proto`, as Envoy tells it. */
export function isGrpcRequest(stream: HttpContext): bool {
  const type = stream.requestHeaders.get(utf8("content-type"));
  const grpc = utf8("application/grpc");
  return type.startsWith(grpc) && (type.length == grpc.length || type[grpc.length] == 0x2b);
}
