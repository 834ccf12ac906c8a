import { Status } from "../abi/enums";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { ProtoWriter } from "../protobuf/writer";
import { callForeignFunction } from "./foreign";

/** How long filter state lives. */
export enum StateSpan {
  FilterChain = 0,
  DownstreamRequest = 1,
  DownstreamConnection = 2,
}

/** What the value of a property is. */
export enum PropertyType {
  Bytes = 0,
  String = 1,
  FlatBuffers = 2,
  Protobuf = 3,
}

/**
 * Stores a value under one of Envoy's own filter-state keys, for instance `envoy.string`;
 * `NotFound` without a stream or when Envoy knows no such key.
 */
export function setEnvoyFilterState(key: Bytes, value: Bytes, span: StateSpan): Status {
  const message = ProtoWriter.create().bytes(1, key).bytes(2, value).uint(3, span);
  return callForeignFunction(utf8("set_envoy_filter_state"), message.toBytes()).status;
}

/**
 * Declares a property before its first `setProperty`: in `onConfigure`, once per name
 * (`BadArgument` the second time). `schema` describes FlatBuffers and Protobuf values.
 */
export function declareProperty(
  name: Bytes, type: PropertyType, isReadOnly: bool, span: StateSpan, schema: Bytes = Bytes.absent,
): Status {
  const message = ProtoWriter.create().bytes(1, name).bool(2, isReadOnly).uint(3, type);
  if (!schema.isAbsent) message.bytes(4, schema);
  message.uint(5, span);
  return callForeignFunction(utf8("declare_property"), message.toBytes()).status;
}

/** Makes the proxy choose the route again; it does so by itself when request headers change. */
export function clearRouteCache(): Status {
  return callForeignFunction(utf8("clear_route_cache"), Bytes.absent).status;
}
