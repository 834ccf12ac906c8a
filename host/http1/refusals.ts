/** What an HTTP/1 codec answers to requests it cannot accept: status, body and response details of Envoy 1.40. */
import { type CodecRefusal, HEAD_TIMEOUT } from '../http/codec.ts'

function refusal(status: number, body: string, details: string): CodecRefusal {
  return { status, body, details }
}

/** Every refusal of the HTTP/1 codec. For a response the same faults are a protocol error with these details. */
export const Refusal = {
  codecError: refusal(400, 'Bad Request', 'http1.codec_error'),
  invalidCharacters: refusal(400, 'Bad Request', 'http1.invalid_characters'),
  invalidUrl: refusal(400, 'Bad Request', 'http1.invalid_url'),
  invalidScheme: refusal(400, 'Bad Request', 'http1.invalid_scheme'),
  invalidAuthority: refusal(400, 'Bad Request', 'http.invalid_authority'),
  unexpectedUnderscore: refusal(400, 'Bad Request', 'http1.unexpected_underscore'),
  connectionHeaderRejected: refusal(400, 'Bad Request', 'http1.connection_header_rejected'),
  bodyDisallowed: refusal(400, 'Bad Request', 'http1.body_disallowed'),
  lengthAndChunked: refusal(400, 'Bad Request', 'http1.content_length_and_chunked_not_allowed'),
  lengthNotAllowed: refusal(400, 'Bad Request', 'http1.content_length_not_allowed'),
  encodingNotAllowed: refusal(400, 'Bad Request', 'http1.transfer_encoding_not_allowed'),
  headTimeout: HEAD_TIMEOUT,
  lowVersion: refusal(426, 'Upgrade Required', 'low_version'),
  headTooLarge: refusal(431, 'Request Header Fields Too Large', 'http1.headers_too_large'),
  tooManyHeaders: refusal(431, 'Request Header Fields Too Large', 'http1.too_many_headers'),
  invalidTransferEncoding: refusal(501, 'Not Implemented', 'http1.invalid_transfer_encoding'),
} as const
