/**
 * What goes over the wire to registries, for people who watch. The HTTP client tells it on Node's diagnostics channels, so that
 * nothing else has to know who listens.
 */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'

export interface TrafficListener {
  /** An answer has come; `url` has no query, which may hold a token. */
  onAnswer?(method: string, url: string, status: number): void
  /** Bytes of bodies went out or came in. */
  onBytes?(count: number): void
  /** So many bytes of content will go out or come in, beside those that were told before. */
  onExpected?(count: number): void
}

/** What undici publishes, as far as it is used (its `docs/api/DiagnosticsChannel.md`). */
interface Message {
  readonly request: { readonly method: string; readonly origin?: string | URL; readonly path: string }
  readonly response?: { readonly statusCode: number }
  readonly chunk?: string | Uint8Array
}

const EXPECTED = 'sluice:registry:expected'
const expectedChannel = channel(EXPECTED)

/** Says that so many bytes of content will go out or come in. */
export function expectBytes(count: number): void {
  expectedChannel.publish(count)
}

/** Tells of everything from now on; returns what ends that. */
export function watchTraffic(listener: TrafficListener): () => void {
  const handlers: Readonly<Record<string, (message: unknown) => void>> = {
    'undici:request:headers': (message) => {
      const { request, response } = message as Message
      const url = String(request.origin ?? '') + request.path.replace(/\?.*$/s, '')
      listener.onAnswer?.(request.method, url, response!.statusCode)
    },
    'undici:request:bodyChunkSent': (message) => listener.onBytes?.(lengthOf(message)),
    'undici:request:bodyChunkReceived': (message) => listener.onBytes?.(lengthOf(message)),
    [EXPECTED]: (count) => listener.onExpected?.(count as number),
  }
  for (const [name, handler] of Object.entries(handlers)) subscribe(name, handler)
  return () => {
    for (const [name, handler] of Object.entries(handlers)) unsubscribe(name, handler)
  }
}

function lengthOf(message: unknown): number {
  return Buffer.byteLength((message as Message).chunk ?? '')
}
