import { BufferType, LogLevel, MapType, Status } from "../abi/enums";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { Body } from "../hostcalls/body";
import { readClockNanos } from "../hostcalls/clock";
import { HeaderList } from "../hostcalls/header-list";
import { ForeignResult, callForeignFunction } from "../hostcalls/foreign";
import { startGrpcCall, startGrpcStream } from "../hostcalls/grpc";
import { GrpcCall } from "../hostcalls/grpc-call";
import { GrpcCallHandler, GrpcStreamHandler } from "../hostcalls/grpc-handlers";
import { GrpcStream } from "../hostcalls/grpc-stream";
import { HeaderMap } from "../hostcalls/headers";
import { HostStatus, readHostStatus } from "../hostcalls/host-status";
import { CalloutHandler, startHttpCall } from "../hostcalls/http-callout";
import { isLogLevelEnabled, logBytes } from "../hostcalls/log";
import { PairList } from "../hostcalls/pair-list";
import { readProperty, readPropertyWord } from "../hostcalls/properties";
import {
  SharedDataUpdate, SharedValue, readSharedData, updateSharedData, writeSharedData,
} from "../hostcalls/shared-data";
import { enqueue, resolveQueue } from "../hostcalls/shared-queue";
import { activate } from "./callback";
import { IS_BUNDLE, composition } from "./composition";
import { TableEntry } from "./entry-table";

/** Attempts of a compare-and-set loop before it reports the conflict. */
const CAS_ATTEMPTS: u32 = 16;

/**
 * What every context can do. Hostcalls act on the context whose method is called, also
 * from another context's callback (a stream resumed from `onTick`).
 */
export abstract class Context extends TableEntry {
  /** What this context waits for, a list of `Pending`; it ends with the context. For the SDK. */
  pending: TableEntry | null = null;

  constructor(
    id: u32,
    /** Whether this is a root context. */
    readonly isRoot: bool,
  ) {
    super(id);
  }

  /** A function of the proxy calls this context. */
  onForeignFunction(functionId: u32, argument: Bytes): void {}

  /** Calls a function of the proxy for this context; see the functions of `hostcalls/` first. */
  callForeignFunction(name: Bytes, argument: Bytes): ForeignResult {
    activate(this.id);
    return callForeignFunction(name, argument);
  }

  /** Whether lines of this level are written; ask before building a line. */
  isLogEnabled(level: LogLevel): bool {
    return isLogLevelEnabled(level);
  }

  /** Writes a line of bytes to the proxy's log, if the level is enabled. */
  log(level: LogLevel, message: Bytes): void {
    if (isLogLevelEnabled(level)) logBytes(level, message);
  }

  /** Writes a string to the proxy's log; encodes it only if the level is enabled. */
  logText(level: LogLevel, message: string): void {
    if (isLogLevelEnabled(level)) logBytes(level, Bytes.fromString(message));
  }

  /** Wall clock, nanoseconds since 1970-01-01 UTC. */
  nowNanos(): u64 {
    return readClockNanos();
  }

  /** A string or bytes attribute, or `Bytes.absent`; segments are separated by NUL. */
  getProperty(path: Bytes): Bytes {
    const own = IS_BUNDLE ? composition().property(path) : Bytes.absent;
    if (!own.isAbsent) return own;
    return activate(this.id) ? readProperty(path) : Bytes.absent;
  }

  /** A uint attribute, or `otherwise` when it is missing or of another size. */
  getPropertyU64(path: Bytes, otherwise: u64 = 0): u64 {
    return activate(this.id) ? readPropertyWord<u64>(path, otherwise) : otherwise;
  }

  /** An int attribute; timestamps and durations are nanoseconds. */
  getPropertyI64(path: Bytes, otherwise: i64 = 0): i64 {
    return activate(this.id) ? readPropertyWord<i64>(path, otherwise) : otherwise;
  }

  /** A double attribute, for instance a number in route metadata. */
  getPropertyF64(path: Bytes, otherwise: f64 = 0): f64 {
    return activate(this.id) ? readPropertyWord<f64>(path, otherwise) : otherwise;
  }

  /** A bool attribute. */
  getPropertyBool(path: Bytes, otherwise: bool = false): bool {
    return activate(this.id) ? readPropertyWord<u8>(path, otherwise) != 0 : otherwise;
  }

  /** A timestamp attribute, in nanoseconds since 1970, or `otherwise`. */
  getPropertyTimestamp(path: Bytes, otherwise: i64 = 0): i64 {
    return this.getPropertyI64(path, otherwise);
  }

  /** A duration attribute, in nanoseconds, or `otherwise`. */
  getPropertyDuration(path: Bytes, otherwise: i64 = 0): i64 {
    return this.getPropertyI64(path, otherwise);
  }

  /** A map or list attribute; empty when it is missing or something else. */
  getPropertyPairs(path: Bytes): PairList {
    return PairList.of(this.getProperty(path));
  }

  /** Reads a key of the shared store. Keys are shared by all plugins with this vm_id. */
  getSharedData(key: Bytes): SharedValue {
    return readSharedData(key);
  }

  /** Writes a key: always with `cas` 0, else only when its version is still `cas`. */
  setSharedData(key: Bytes, value: Bytes, cas: u32 = 0): Status {
    return writeSharedData(key, value, cas);
  }

  /** Reads, computes and writes a key until no other writer came between. */
  updateSharedData(key: Bytes, update: SharedDataUpdate, attempts: u32 = CAS_ATTEMPTS): Status {
    return updateSharedData(key, update, attempts);
  }

  /** Finds a queue by VM id (empty = own) and name; 0 when there is none. */
  resolveQueue(vmId: Bytes, name: Bytes): u32 {
    return resolveQueue(vmId, name);
  }

  /** Appends an item to a queue. */
  enqueue(queueId: u32, item: Bytes): Status {
    return enqueue(queueId, item);
  }

  /**
   * Starts an HTTP call. `headers` need `:method`, `:path` and `:authority`; `timeoutMs` 0
   * means none. `Ok`: the handler gets exactly one outcome, unless this context is deleted
   * first. Anything else: no outcome follows; `InternalFailure` means that the call could
   * not be sent (no healthy endpoint) and is to be treated like a 503.
   */
  httpCall(
    cluster: Bytes, headers: HeaderList, body: Bytes, timeoutMs: u32, handler: CalloutHandler,
  ): Status {
    if (!activate(this.id)) return Status.BadArgument;
    return startHttpCall(this, cluster, headers, body, timeoutMs, handler);
  }

  /** Headers of the answer to a callout; only in `CalloutHandler.onResponse`. */
  get calloutHeaders(): HeaderMap {
    return HeaderMap.of(this.id, MapType.HttpCallResponseHeaders);
  }

  /** Trailers of the answer to a callout; only in `CalloutHandler.onResponse`. */
  get calloutTrailers(): HeaderMap {
    return HeaderMap.of(this.id, MapType.HttpCallResponseTrailers);
  }

  /** Body of the answer to a callout, read-only; only in `CalloutHandler.onResponse`. */
  get calloutBody(): Body {
    return Body.of(this.id, BufferType.HttpCallResponseBody, false);
  }

  /** Status of the answer to a callout; 0 when it has none. */
  get calloutStatus(): u32 {
    return this.calloutHeaders.get(utf8(":status")).toU32();
  }

  /**
   * Starts a unary gRPC call to a cluster: `service` with its package, `metadata` without
   * pseudo headers, `message` in protobuf; `timeoutMs` 0 means none; `authority` is the name of the
   * cluster unless it is given. The handler gets exactly
   * one outcome, unless the call is cancelled or this context is deleted first. Null when it
   * could not be sent: no outcome follows.
   */
  grpcCall(
    cluster: Bytes, service: Bytes, method: Bytes, metadata: HeaderList | null, message: Bytes,
    timeoutMs: u32, handler: GrpcCallHandler, authority: Bytes = Bytes.absent,
  ): GrpcCall | null {
    if (!activate(this.id)) return null;
    return startGrpcCall(this, cluster, service, method, metadata, message, timeoutMs, handler, authority);
  }

  /** Opens a gRPC stream in the same way; it is cancelled when this context is deleted. */
  grpcStream(
    cluster: Bytes, service: Bytes, method: Bytes, metadata: HeaderList | null,
    handler: GrpcStreamHandler,
  ): GrpcStream | null {
    if (!activate(this.id)) return null;
    return startGrpcStream(this, cluster, service, method, metadata, handler);
  }

  /** Response headers of a gRPC stream; only in `GrpcStreamHandler.onInitialMetadata`. */
  get grpcInitialMetadata(): HeaderMap {
    return HeaderMap.of(this.id, MapType.GrpcCallInitialMetadata);
  }

  /** Response trailers of a gRPC stream; only in `GrpcStreamHandler.onTrailingMetadata`. */
  get grpcTrailingMetadata(): HeaderMap {
    return HeaderMap.of(this.id, MapType.GrpcCallTrailingMetadata);
  }

  /** Why the callout whose `onReset` runs failed; stale anywhere else. */
  get hostStatus(): HostStatus {
    return readHostStatus();
  }
}
