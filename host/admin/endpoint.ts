/** The shape of an endpoint and its answers. */
import type { AdminProviders, MaybePromise } from './providers.ts'

export interface AdminResponse {
  readonly status: number
  readonly contentType: string
  /** Whole, or in parts as they come: until the signal says that nobody reads on. */
  readonly body: string | ((signal: AbortSignal) => AsyncIterable<string>)
  /** Runs when the answer is on its way. */
  readonly afterwards?: () => void
}

export interface AdminEndpoint {
  readonly path: string
  /** Changes something, so GET is refused. */
  readonly isPost: boolean
  readonly help: string
  /** Query parameters with their meaning. */
  readonly parameters: Readonly<Record<string, string>>
  handle(query: URLSearchParams, providers: AdminProviders): MaybePromise<AdminResponse>
}

export function textResponse(body: string, status = 200): AdminResponse {
  return { status, contentType: 'text/plain; charset=UTF-8', body }
}

/** JSON as Envoy prints messages: one blank of indentation. */
export function jsonResponse(value: unknown): AdminResponse {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(value, null, 1)}\n` }
}

/** A parameter as regular expression, null when it is absent or empty, a message when it is none. */
export function regexParameter(query: URLSearchParams, name: string): RegExp | string | null {
  const source = query.get(name) ?? ''
  if (source === '') return null
  try {
    return new RegExp(source)
  } catch (error) {
    return (error as SyntaxError).message
  }
}
