/** Requests as policies see them: who comes from where, to what address, with what credentials, and wants what. */

export interface Visitor {
  readonly isTls: boolean
  /** The name in the client's certificate, as OpenSSL writes it (`URI:spiffe://a/b`); empty = its subject; null = no certificate. */
  readonly identity: string | null
  /** Server name of TLS; null without one. */
  readonly serverName: string | null
  /** Address of the connection. */
  readonly from: string
  /** Address of the client before the one that connects; null = they are one. */
  readonly forwardedFor: string | null
  readonly toAddress: string
  readonly toPort: number
  readonly method: string
  readonly host: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  /** Of a token that is good; null without one. */
  readonly claims: Readonly<Record<string, unknown>> | null
}

/** What differs from {@link NOBODY}. */
export type Traits = Partial<Visitor>

export const NOBODY: Visitor = {
  isTls: true,
  identity: null,
  serverName: null,
  from: '127.0.0.1',
  forwardedFor: null,
  toAddress: '127.0.0.1',
  toPort: 8080,
  method: 'GET',
  host: 'golden.test',
  path: '/',
  headers: [],
  claims: null,
}

/** Traits together; of those that exclude each other the last counts. */
export function visitorOf(traits: readonly Traits[]): Visitor {
  const visitor = Object.assign({}, NOBODY, ...traits) as Visitor
  const claims = traits.map((one) => one.claims).filter((one) => one !== null && one !== undefined)
  return {
    ...visitor,
    headers: traits.flatMap((one) => one.headers ?? []),
    claims: claims.length === 0 ? null : Object.assign({}, ...claims),
  }
}
