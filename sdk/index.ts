/** Public surface of the SDK; export groups are imported from `@sluice/sdk/exports/…`. */

export { abort } from "./abi/abort";
export { Action, GrpcStatus, LogLevel, PeerType, Status } from "./abi/enums";
export { BytesBuilder } from "./bytes/builder";
export { Bytes } from "./bytes/bytes";
export { OwnedBytes } from "./bytes/owned-bytes";
export { utf8 } from "./bytes/utf8";
export { isUtf8 } from "./bytes/utf8-check";
export { Context } from "./context/context";
export { HttpContext } from "./context/http-context";
export { TcpContext } from "./context/tcp-context";
export { registerNamedRoot, registerRoot } from "./context/registry";
export { RootContext } from "./context/root-context";
export { Body } from "./hostcalls/body";
export { compress, uncompress } from "./hostcalls/compression";
export { Expression } from "./hostcalls/expression";
export {
  PropertyType, StateSpan, clearRouteCache, declareProperty, setEnvoyFilterState,
} from "./hostcalls/filter-state";
export { ForeignResult } from "./hostcalls/foreign";
export { GrpcCall } from "./hostcalls/grpc-call";
export { GrpcCallHandler, GrpcStreamHandler } from "./hostcalls/grpc-handlers";
export { GrpcStream } from "./hostcalls/grpc-stream";
export { HeaderList } from "./hostcalls/header-list";
export { HeaderMap } from "./hostcalls/headers";
export { HostStatus } from "./hostcalls/host-status";
export { CalloutHandler } from "./hostcalls/http-callout";
export { MetricName } from "./hostcalls/metric-name";
export { Counter, Gauge, Histogram } from "./hostcalls/metrics";
export { SignatureKey, SignatureResult, sign, verifySignature } from "./hostcalls/signature";
export { PairList } from "./hostcalls/pair-list";
export { SharedDataUpdate, SharedValue } from "./hostcalls/shared-data";
export { decodeHex, encodeHex } from "./bytes/hex";
export { equalsConstantTime } from "./crypto/constant-time";
export { sha256 } from "./crypto/sha256";
export { JsonReader, JsonToken } from "./json/reader";
export { JsonWriter } from "./json/writer";
export { ProtoReader } from "./protobuf/reader";
export { WireType } from "./protobuf/wire-type";
export { ProtoWriter } from "./protobuf/writer";
export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "./text/base64";
export { formatHttpDate, parseHttpDate } from "./text/http-date";
export { decodePercent, encodePercent } from "./text/percent";
export { formatRfc3339, parseRfc3339 } from "./text/rfc3339";
export { NO_TIME } from "./text/time-fields";
export { LruMap } from "./util/lru";
export { Random } from "./util/random";
export { xxh64 } from "./util/xxh64";
