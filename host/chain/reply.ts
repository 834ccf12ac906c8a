/** An answer that the proxy or a filter makes: what is to be said, before it takes the form of a message. */
import type { RouteAction } from '../config/types.ts'
import { HeaderMap } from '../http/header-map.ts'
import type { LocalReply } from '../plugin/stream-host.ts'
import { locationOf, uriOf } from '../route/redirect.ts'

type DirectAction = Exclude<RouteAction, { kind: 'cluster' }>

export interface Reply extends LocalReply {
  /** ResponseFlag bits to set. */
  readonly flags: number
  /** True for an answer of the route table: its own header changes apply. */
  readonly fromRoute: boolean
}

export const NO_BODY = Buffer.alloc(0)

/** A reply with a text (byte string) and without extra headers. */
export function textReply(status: number, text: string, details: string, flags: number, headers: HeaderMap | null = null): Reply {
  const body = text === '' ? NO_BODY : Buffer.from(text, 'latin1')
  return { status, details, body, headers, grpcStatus: -1, flags, fromRoute: false }
}

/** What a guest asked to send. */
export function guestReply(reply: LocalReply): Reply {
  const { status, details, body, headers, grpcStatus } = reply
  return { status: status & 0xffff, details, body, headers, grpcStatus, flags: 0, fromRoute: false }
}

/** A reply that sends the client elsewhere. */
export function redirectReply(status: number, location: string, details: string): Reply {
  return textReply(status, '', details, 0, HeaderMap.from([['location', location]]))
}

/** The answer of a route that needs no upstream. */
export function routeReply(action: DirectAction, request: HeaderMap): Reply {
  if (action.kind === 'redirect')
    return { ...redirectReply(action.status, locationOf(action, request), 'direct_response'), fromRoute: true }
  const { status } = action
  const body = action.body.length === 0 ? NO_BODY : Buffer.from(action.body)
  const headers = namesPlace(status) ? HeaderMap.from([['location', uriOf(request)]]) : null
  return { status, details: 'direct_response', body, headers, grpcStatus: -1, flags: 0, fromRoute: true }
}

/** Envoy names the request's own URI where a status speaks of a place (router.cc, decodeHeaders). */
function namesPlace(status: number): boolean {
  return status === 201 || (status >= 300 && status < 400)
}
