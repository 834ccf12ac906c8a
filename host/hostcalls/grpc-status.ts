import type { HeaderMap } from '../http/header-map.ts'

const GRPC_BY_HTTP: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
])

const UNKNOWN = 2

/** The gRPC status that an HTTP status stands for (Envoy's Grpc::Utility::httpToGrpcStatus; 200 too is "unknown"). */
export function grpcStatusOf(httpStatus: number): number {
  return GRPC_BY_HTTP.get(httpStatus) ?? UNKNOWN
}

/** True for `application/grpc` and its variants (`application/grpc+proto` …), as Envoy decides it. */
export function isGrpcRequest(request: HeaderMap): boolean {
  const type = request.get('content-type')
  if (type === null || !type.startsWith('application/grpc')) return false
  return type.length === 16 || type.charCodeAt(16) === 0x2b
}
