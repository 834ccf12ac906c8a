/** Access logs and their formats. See ../types.ts. */
import type { HeaderMatcherConfig } from './route-match.ts'

/** Form of the body of an answer that the proxy makes itself. */
export interface BodyFormatConfig {
  readonly format: AccessLogFormat
  /** '' = that of the format. */
  readonly contentType: string
}

export type AccessLogConfig = {
  readonly target: { readonly kind: 'stdout' | 'stderr' } | { readonly kind: 'file'; readonly path: string }
  readonly format: AccessLogFormat
  /** Null = every stream. */
  readonly filter: LogFilterConfig | null
}

/** Streams that are meant. */
export type LogFilterConfig =
  | { readonly kind: 'status' | 'duration'; readonly op: 'EQ' | 'GE' | 'LE' | 'NE'; readonly value: number }
  | { readonly kind: 'header'; readonly header: HeaderMatcherConfig }
  /** Any of these bits. */
  | { readonly kind: 'flags'; readonly flags: number }
  | { readonly kind: 'any' }
  /** So many of so many, by the request id or by lot. */
  | { readonly kind: 'share'; readonly share: number; readonly of: number; readonly isDrawn: boolean }
  | { readonly kind: 'grpc'; readonly statuses: readonly number[]; readonly isExcluding: boolean }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly LogFilterConfig[] }

/** `SubstitutionFormatString`; with `omitsEmpty` what is missing is left out, else it is a dash, or null. */
export type AccessLogFormat =
  /** Envoy's operators; null text = the default format. */
  | { readonly kind: 'text'; readonly text: string | null; readonly omitsEmpty: boolean }
  | { readonly kind: 'json'; readonly template: unknown; readonly omitsEmpty: boolean }
