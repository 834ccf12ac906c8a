/** An answer that the proxy or a filter makes: what is to be said, before it takes the form of a message. */
import type { RouteAction } from '../config/types.ts'
import { HeaderMap } from '../http/header-map.ts'
import type { LocalReply } from '../plugin/stream-host.ts'
import type { FormatContext } from '../route/format/context.ts'
import { locationOf, uriOf } from '../route/redirect.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'

type DirectAction = Exclude<RouteAction, { kind: 'cluster' }>

export interface Reply extends LocalReply {
  /** ResponseFlag bits to set. */
  readonly flags: number
  /** True for an answer of the route table: its own header changes apply. */
  readonly fromRoute: boolean
  /** Of the body; '' = text/plain, unless a header says otherwise. */
  readonly contentType: string
}

export const NO_BODY = Buffer.alloc(0)

/** A reply with a text (byte string) and without extra headers. */
export function textReply(status: number, text: string, details: string, flags: number, headers: HeaderMap | null = null): Reply {
  const body = text === '' ? NO_BODY : Buffer.from(text, 'latin1')
  return { status, details, body, headers, grpcStatus: -1, flags, fromRoute: false, contentType: '' }
}

/** What a guest asked to send. */
export function guestReply(reply: LocalReply): Reply {
  const { status, details, body, headers, grpcStatus } = reply
  return { status: status & 0xffff, details, body, headers, grpcStatus, flags: 0, fromRoute: false, contentType: '' }
}

/** A reply that sends the client elsewhere. */
export function redirectReply(status: number, location: string, details: string): Reply {
  return textReply(status, '', details, 0, HeaderMap.from([['location', location]]))
}

/** The answer of a route that needs no upstream. */
export function routeReply(action: DirectAction, { pathRewrite, bodyFormat }: CompiledRoute, stream: FormatContext): Reply {
  if (action.kind === 'redirect') {
    return { ...redirectReply(action.status, locationOf(action, pathRewrite, stream), 'direct_response'), fromRoute: true }
  }
  const headers = namesPlace(action.status) ? HeaderMap.from([['location', uriOf(stream.requestHeaders)]]) : null
  const reply = { status: action.status, details: 'direct_response', headers, grpcStatus: -1, flags: 0, fromRoute: true }
  const body = action.body.length === 0 ? NO_BODY : Buffer.from(action.body)
  if (bodyFormat === null) return { ...reply, body, contentType: '' }
  const text = bodyFormat.format(stream, body.latin1Slice())
  return { ...reply, body: Buffer.from(text, 'latin1'), contentType: bodyFormat.contentType }
}

/** Envoy names the request's own URI where a status speaks of a place (router.cc, decodeHeaders). */
function namesPlace(status: number): boolean {
  return status === 201 || (status >= 300 && status < 400)
}
