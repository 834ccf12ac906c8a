import { Status } from "../abi/enums";
import { proxy_grpc_call, proxy_grpc_stream } from "../abi/imports";
import { OUT } from "../abi/out";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { Context } from "../context/context";
import { ProtoWriter } from "../protobuf/writer";
import { GrpcCall } from "./grpc-call";
import { GrpcCallHandler, GrpcStreamHandler } from "./grpc-handlers";
import { GrpcStream } from "./grpc-stream";
import { HeaderList } from "./header-list";
import { isVisible } from "./header-rules";
import { refuse } from "./log";

/** Largest timeout hosts take. */
const MAX_TIMEOUT_MS: u32 = 0x7fffffff;

/** Fields of `envoy.config.core.v3.GrpcService`. */
const ENVOY_GRPC: u32 = 1;
const CLUSTER_NAME: u32 = 1;
const AUTHORITY: u32 = 2;

/** Starts a unary call from the effective context. See `Context.grpcCall`. */
export function startGrpcCall(
  owner: Context, cluster: Bytes, service: Bytes, method: Bytes, metadata: HeaderList | null,
  message: Bytes, timeoutMs: u32, handler: GrpcCallHandler, authority: Bytes,
): GrpcCall | null {
  if (!isCallable(cluster, service, method, metadata)) return null;
  const target = encodeGrpcService(cluster, authority);
  const pairs = metadata !== null ? metadata.encode() : Bytes.absent;
  const status = proxy_grpc_call(
    target.address, target.length, service.address, service.length, method.address, method.length,
    pairs.address, pairs.length, message.address, message.length, min(timeoutMs, MAX_TIMEOUT_MS), OUT,
  );
  return status == Status.Ok ? new GrpcCall(load<u32>(OUT), owner, handler) : null;
}

/** Opens a stream from the effective context. See `Context.grpcStream`. */
export function startGrpcStream(
  owner: Context, cluster: Bytes, service: Bytes, method: Bytes, metadata: HeaderList | null,
  handler: GrpcStreamHandler,
): GrpcStream | null {
  if (!isCallable(cluster, service, method, metadata)) return null;
  const target = encodeGrpcService(cluster, Bytes.absent);
  const pairs = metadata !== null ? metadata.encode() : Bytes.absent;
  const status = proxy_grpc_stream(
    target.address, target.length, service.address, service.length, method.address, method.length,
    pairs.address, pairs.length, OUT,
  );
  return status == Status.Ok ? new GrpcStream(load<u32>(OUT), owner, handler) : null;
}

/**
 * `GrpcService {envoy_grpc {cluster_name, authority}}`. Never the bare name, which Envoy also takes: one
 * whose bytes parse as a protobuf message ends the process.
 */
function encodeGrpcService(cluster: Bytes, authority: Bytes): Bytes {
  const envoyGrpc = ProtoWriter.create().bytes(CLUSTER_NAME, cluster);
  if (authority.length) envoyGrpc.bytes(AUTHORITY, authority);
  return ProtoWriter.create().bytes(ENVOY_GRPC, envoyGrpc.toBytes()).toBytes();
}

function isCallable(cluster: Bytes, service: Bytes, method: Bytes, metadata: HeaderList | null): bool {
  if (!cluster.length) return refuse(utf8("sdk: grpc refused: cluster is empty"));
  // Both become the path of the request.
  if (!isVisible(service) || !isVisible(method)) {
    return refuse(utf8("sdk: grpc refused: service or method is empty or has a blank"));
  }
  if (metadata !== null && (!metadata.isValid || metadata.hasPseudoHeaders)) {
    return refuse(utf8("sdk: grpc refused: invalid metadata"));
  }
  return true;
}
