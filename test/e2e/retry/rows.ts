/** What a row of the retry tests says. */

/** What the upstream does with its nth request: a status, or `close` (no answer), `hang`, `refuse` (nobody listens). */
export type Deed = number | 'close' | 'hang' | 'refuse' | Answer

export interface Answer {
  readonly status: number
  readonly headers?: string
  /** Milliseconds before it. */
  readonly after?: number
  /** Instead of a head without a body. */
  readonly text?: string
}

export interface Row {
  readonly what: string
  readonly policy?: object
  /** Fields of the route, its action, the virtual host, the cluster. */
  readonly entry?: object
  readonly route?: object
  readonly virtualHost?: object
  readonly cluster?: object
  /** Name of the endpoint. */
  readonly hostname?: string
  readonly headers?: string
  readonly body?: string
  readonly deeds: readonly Deed[]
  /** 0 = the connection ends without one. */
  readonly status: number
  /** Requests that the upstream saw. */
  readonly tries: number
  /** Headers of each of them; `{row}` stands for the name of the row. */
  readonly seen?: Readonly<Record<string, readonly (string | undefined)[]>>
  readonly log?: string
  /** Milliseconds that it takes at least. */
  readonly takes?: number
  /** Statistics of the cluster. */
  readonly stats?: Readonly<Record<string, number>>
}
