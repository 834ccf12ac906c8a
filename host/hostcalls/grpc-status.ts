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

/** By gRPC status, 0 to 16. */
const HTTP_BY_GRPC = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]

/** The HTTP status that stands for a gRPC status (Envoy's Grpc::Utility::grpcToHttpStatus). */
export function httpStatusOf(grpcStatus: number): number {
  return HTTP_BY_GRPC[grpcStatus] ?? 500
}
