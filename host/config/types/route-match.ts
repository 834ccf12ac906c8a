/** Which requests a route takes. See ../types.ts. */
import type { LinearRegex } from '../../util/linear-regex.ts'

export interface RouteMatchConfig {
  readonly path: PathMatchConfig
  /** Of texts only. */
  readonly caseSensitive: boolean
  readonly headers: readonly HeaderMatcherConfig[]
  readonly queryParameters: readonly QueryMatcherConfig[]
  readonly grpcOnly: boolean
  /** Share of the requests, 0 to 1. */
  readonly fraction: number
  /** What must be known of the client's certificate; null = anything. */
  readonly certificate: CertificateMatchConfig | null
}

/** `TlsContextMatchOptions`; null = either way. */
export interface CertificateMatchConfig {
  readonly presented: boolean | null
  readonly validated: boolean | null
}

export type PathMatchConfig =
  /** CONNECT. */
  | { readonly kind: 'connect' }
  | { readonly kind: 'prefix' | 'exact' | 'separated_prefix'; readonly value: string }
  /** The whole path matches. */
  | { readonly kind: 'regex' | 'template'; readonly regex: LinearRegex }

export interface HeaderMatcherConfig {
  /** Lower-case. */
  readonly name: string
  readonly match: ValueMatcherConfig
  readonly invert: boolean
  readonly treatMissingAsEmpty: boolean
}

export type ValueMatcherConfig =
  | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains'; readonly value: string; readonly ignoreCase: boolean }
  /** The whole value matches. */
  | { readonly kind: 'regex'; readonly regex: LinearRegex }
  | { readonly kind: 'present'; readonly present: boolean }
  /** Half open: start <= n < end. */
  | { readonly kind: 'range'; readonly start: bigint; readonly end: bigint }

export interface QueryMatcherConfig {
  readonly name: string
  readonly match: Exclude<ValueMatcherConfig, { kind: 'range' }>
}
