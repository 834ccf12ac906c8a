/** `%GRPC_STATUS%` and `%GRPC_STATUS_NUMBER%` of requests that are gRPC. */
import { grpcStatusOf, isGrpcRequest } from '../../hostcalls/grpc-status.ts'
import type { FormatContext } from './context.ts'

/** In the order of their numbers. */
const NAMES = (
  'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted ' +
  'FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'
).split(' ')
const SNAKE_NAMES = (
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED ' +
  'FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'
).split(' ')
/** A `grpc-status` that is no number. */
const INVALID = -1

/** As {@link grpcStatusOfAnswer}; null for other requests. */
export function grpcStatusNumber(context: FormatContext): number | null {
  return isGrpcRequest(context.requestHeaders) ? grpcStatusOfAnswer(context) : null
}

/** Of trailers, else headers, else what the HTTP status stands for; null before an answer. */
export function grpcStatusOfAnswer(context: FormatContext): number | null {
  const named = context.responseTrailerMap?.get('grpc-status') ?? context.responseHeaders?.get('grpc-status') ?? null
  if (named !== null) return /^\d{1,9}$/.test(named) ? Number(named) : INVALID
  return context.info.responseCode === 0 ? null : grpcStatusOf(context.info.responseCode)
}

/** `CAMEL_STRING` (the default), `SNAKE_STRING` or `NUMBER`; a number without a name is shown as it is. Null for other forms. */
export function grpcStatusText(form: string | null): ((context: FormatContext) => string | number | null) | null {
  if (form === 'NUMBER') return grpcStatusNumber
  const names = form === 'SNAKE_STRING' ? SNAKE_NAMES : form === null || form === '' || form === 'CAMEL_STRING' ? NAMES : null
  if (names === null) return null
  return (context) => {
    const status = grpcStatusNumber(context)
    return status === null ? null : (names[status] ?? status)
  }
}
