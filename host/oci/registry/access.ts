/** How registries are reached: what a person may choose, and limits on everything that a peer says. */

/** Choices of the user; each absent one has its default. */
export interface RegistryAccess {
  /** True = plain HTTP, false = TLS; absent = TLS, but plain HTTP to loopback addresses when no option of TLS is given. */
  readonly plainHttp?: boolean
  /** Certificates are not judged. */
  readonly insecure?: boolean
  /** A PEM file with certificate authorities that are trusted beside those of the system. */
  readonly caFile?: string
  /** Where settings are looked up; default: the process's. */
  readonly environment?: Environment
  /** Waits between tries; default: the machine's timer. */
  readonly wait?: (millis: number) => Promise<void>
  readonly limits?: Partial<AccessLimits>
}

export type Environment = Readonly<Record<string, string | undefined>>

export interface AccessLimits {
  /** Milliseconds until a connection stands. */
  readonly connectMillis: number
  /** Milliseconds without a byte of an answer. */
  readonly idleMillis: number
  /** Milliseconds of one request with its answer. */
  readonly requestMillis: number
  /** Bytes of one blob: what Istio's agent takes at most of a module. */
  readonly blobBytes: number
  /** Bytes of one piece of a chunked upload; a larger blob is sent in pieces. */
  readonly chunkBytes: number
  /** Longest `Retry-After` that is waited for, milliseconds. */
  readonly retryAfterMillis: number
}

export const DEFAULT_LIMITS: AccessLimits = {
  connectMillis: 10_000,
  idleMillis: 30_000,
  requestMillis: 300_000,
  blobBytes: 256 * 1024 * 1024,
  chunkBytes: 16 * 1024 * 1024,
  retryAfterMillis: 60_000,
}

/** Bytes of any other document: a page of tags, a token, an error. */
export const MAX_DOCUMENT = 4 * 1024 * 1024
/** Pages of one list: a registry that never ends is given up. */
export const MAX_PAGES = 1000

export function limitsOf({ limits = {} }: RegistryAccess): AccessLimits {
  return { ...DEFAULT_LIMITS, ...limits }
}
