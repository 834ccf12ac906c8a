/** Public surface of the SDK; export groups are imported from `@sluice/sdk/exports/…`. */

export { abort } from "./abi/abort";
export { Action, GrpcStatus, LogLevel, Status } from "./abi/enums";
export { BytesBuilder } from "./bytes/builder";
export { Bytes } from "./bytes/bytes";
export { OwnedBytes } from "./bytes/owned-bytes";
export { utf8 } from "./bytes/utf8";
export { Context } from "./context/context";
export { HttpContext } from "./context/http-context";
export { registerNamedRoot, registerRoot } from "./context/registry";
export { RootContext } from "./context/root-context";
export { Body } from "./hostcalls/body";
export { HeaderList } from "./hostcalls/header-list";
export { HeaderMap } from "./hostcalls/headers";
export { CalloutHandler } from "./hostcalls/http-callout";
export { Counter, Gauge, Histogram } from "./hostcalls/metrics";
export { SharedDataUpdate, SharedValue } from "./hostcalls/shared-data";
export { decodeHex, encodeHex } from "./bytes/hex";
export { equalsConstantTime } from "./crypto/constant-time";
export { sha256 } from "./crypto/sha256";
export { JsonReader, JsonToken } from "./json/reader";
export { xxh64 } from "./util/xxh64";
