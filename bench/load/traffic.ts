/** How clients and the upstream of a benchmark speak. */
import { runH2load, runSteady } from './h2load.ts'
import type { Slice } from './slice.ts'
import { runWrk } from './wrk.ts'

/** How HTTP/2 load is spread. */
export interface Http2Load {
  readonly connections: number
  /** Requests of a connection at a time. */
  readonly streams: number
}

/** What deviates from 64 keep-alive clients of HTTP/1.1 in clear text, bodies of 100 bytes, an upstream of HTTP/1.1. */
export interface Traffic {
  /** Clients of HTTP/2. */
  readonly http2?: Http2Load
  /** TLS 1.3 in front. */
  readonly isTls?: true
  /** Every request has a connection of its own. */
  readonly isShort?: true
  /** Bytes of a response's body. */
  readonly body?: Body
  /** The proxies speak HTTP/2 to the upstream. */
  readonly isHttp2Upstream?: true
  /** Fields of every request, beside the usual ones or instead of them; HTTP/1.1 only. */
  readonly headers?: Readonly<Record<string, string>>
  /** Requests a second, spread evenly over time and clients; none = as many as are answered. */
  readonly rate?: number
}

/** Sizes of the bodies that the upstream has besides its hundred bytes. */
export const BODIES = [10_240, 102_400, 1_048_576] as const
export type Body = (typeof BODIES)[number]

const PATH = '/api/items?id=42'

function urlOf({ isTls, body }: Traffic, port: number): string {
  return `${isTls ? 'https' : 'http'}://127.0.0.1:${port}${body === undefined ? PATH : `/${body}`}`
}

/** One slice of load on a loopback port, generated on core 0; its script lies in the folder `work`. */
export function runLoad(traffic: Traffic, work: string, port: number, seconds: number): Promise<Slice> {
  const url = urlOf(traffic, port)
  if (traffic.rate !== undefined) return runSteady(work, url, traffic.rate, seconds)
  if (traffic.http2 !== undefined) return runH2load(traffic.http2, url, seconds)
  const headers = { ...traffic.headers, ...(traffic.isShort ? { Connection: 'close' } : {}) }
  return runWrk(work, url, headers, seconds)
}

/** The load in words. */
export function describeLoad({ rate, http2, isShort, isTls, body, isHttp2Upstream }: Traffic): string {
  const parts = ['wrk -t1 -c64']
  if (http2 !== undefined) parts[0] = `h2load -t1 -c${http2.connections} -m${http2.streams}`
  if (rate !== undefined) parts[0] = `h2load --h1 -t1 -c64, ${rate} requests/s`
  if (isTls) parts.push('TLS 1.3')
  if (isShort) parts.push('a connection each')
  if (body !== undefined) parts.push(`bodies of ${body / 1024} KiB`)
  if (isHttp2Upstream) parts.push('HTTP/2 upstream')
  return parts.join(', ')
}
