import { Bytes, BytesBuilder, HttpContext, ProtoWriter, isUtf8, utf8 } from "@sluice/sdk";

/*
 * `envoy.service.auth.v3.CheckRequest` (attribute_context.proto), by the numbers of its fields.
 */

/** Fields of `AttributeContext` that tell both ends of the connection. */
export function encodePeers(stream: HttpContext): Bytes {
  const principal = stream.getProperty(utf8("connection\0uri_san_peer_certificate"));
  const subject = principal.length > 0 ? principal : stream.getProperty(utf8("connection\0subject_peer_certificate"));
  const source = encodeAddress(stream, utf8("source\0address"), stream.getPropertyI64(utf8("source\0port")));
  if (subject.length > 0) source.bytes(4, textOf(subject));
  const destination = encodeAddress(stream, utf8("destination\0address"), stream.getPropertyI64(utf8("destination\0port")));
  return ProtoWriter.create().bytes(1, source.toBytes()).bytes(2, destination.toBytes()).toBytes();
}

/** A `Peer` with its `address.socket_address`. */
function encodeAddress(stream: HttpContext, property: Bytes, port: i64): ProtoWriter {
  const place = stream.getProperty(property);
  const colon = place.lastIndexOfByte(0x3a);
  const host = place[0] == 0x5b ? place.slice(1, colon - 1) : place.slice(0, colon);
  const socket = ProtoWriter.create().bytes(2, host).uint(3, <u64>port).toBytes();
  return ProtoWriter.create().bytes(1, ProtoWriter.create().bytes(1, socket).toBytes());
}

/** Fields of `HttpRequest` but for headers and body. */
export function encodeHttp(stream: HttpContext): ProtoWriter {
  const headers = stream.requestHeaders;
  return ProtoWriter.create()
    .bytes(1, textOf(headers.get(utf8("x-request-id"))))
    .bytes(2, headers.get(utf8(":method")))
    .bytes(4, textOf(headers.get(utf8(":path"))))
    .bytes(5, textOf(headers.get(utf8(":authority"))))
    .bytes(6, headers.get(utf8(":scheme")))
    .int(9, stream.getPropertyI64(utf8("request\0size"), -1))
    .bytes(10, stream.getProperty(utf8("request\0protocol")));
}

/** An entry of `HttpRequest.headers`. */
export function encodeHeader(name: Bytes, value: Bytes): Bytes {
  return ProtoWriter.create().bytes(1, name).bytes(2, textOf(value)).toBytes();
}

/** `CheckRequest` of a request that began at a time in nanoseconds. */
export function encodeCheck(peers: Bytes, nanos: i64, http: Bytes): Bytes {
  const time = ProtoWriter.create().int(1, nanos / 1000000000).int(2, nanos % 1000000000).toBytes();
  const request = ProtoWriter.create().bytes(1, time).bytes(2, http).toBytes();
  const context = BytesBuilder.create().add(peers).add(ProtoWriter.create().bytes(4, request).toBytes());
  return ProtoWriter.create().bytes(1, context.toBytes()).toBytes();
}

/** Strings of protobuf are UTF-8: what is none has marks in the place of its bytes, as in Envoy. */
export function textOf(value: Bytes): Bytes {
  if (isUtf8(value)) return value;
  const text = BytesBuilder.create();
  for (let i = 0; i < value.length; i++) text.addByte(value[i] < 0x80 ? value[i] : 0x21);
  return text.toBytes();
}
