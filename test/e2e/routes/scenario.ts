/** Rows of the route suite: one configuration of a connection manager, and what becomes of requests to it. */

/**
 * A request in short, `GET a.test/path?query`, then its headers behind ` | `. An upstream answers 200 and writes back the
 * head that it got; `x-answer: 404 | …` is no header of the request: it is what the upstream answers, and further headers
 * of the answer.
 */
export type Request = string

/**
 * What comes back: `STATUS UPSTREAM` for an answer of an upstream, else `STATUS` with the location or the body; `STATUS *`
 * where the rest is only known to be equal. More lines
 * must be among those of the answer; behind `> ` stands a line that the upstream must have seen; behind `- ` the start of a
 * line that must not be there.
 */
export type Expected = string | readonly [string, ...string[]]

export type Exchange = readonly [Request, Expected]

export interface Scenario {
  readonly name: string
  /** Routes of the only virtual host; their default cluster is `a`. */
  readonly routes?: readonly object[]
  /** Fields of the route table beside or instead of `routes`. */
  readonly table?: object
  /** Fields of the connection manager. */
  readonly manager?: object
  readonly exchanges: readonly Exchange[]
  /** Why host and Envoy differ: the answer of Envoy by request. Other answers are equal byte by byte. */
  readonly differs?: { readonly reason: string; readonly envoy: Readonly<Record<Request, Expected>> }
}

/** A route to a cluster; more fields of the route beside it. */
export function to(cluster: string, match: object, action: object = {}, more: object = {}): object {
  return { match, route: { cluster, ...action }, ...more }
}

/** A route that takes what no other took. */
export const REST = to('z', { prefix: '/' })
