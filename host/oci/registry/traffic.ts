/**
 * What goes over the wire to registries, for people who watch. The HTTP client tells it on Node's diagnostics channels, so that
 * nothing else has to know who listens.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

export interface TrafficListener {
  /** An answer has come; `url` has no query, which may hold a token. */
  onAnswer?(method: string, url: string, status: number): void
  /** Bytes of bodies went out or came in. */
  onBytes?(sent: number, received: number): void
}

/** What undici publishes, as far as it is used (its `docs/api/DiagnosticsChannel.md`). */
interface Message {
  readonly request: { readonly method: string; readonly origin?: string | URL; readonly path: string }
  readonly response?: { readonly statusCode: number }
  readonly chunk?: string | Uint8Array
}

/** Tells of everything from now on; returns what ends that. */
export function watchTraffic(listener: TrafficListener): () => void {
  const handlers: Readonly<Record<string, (message: unknown) => void>> = {
    'undici:request:headers': (message) => {
      const { request, response } = message as Message
      const url = String(request.origin ?? '') + request.path.replace(/\?.*$/s, '')
      listener.onAnswer?.(request.method, url, response!.statusCode)
    },
    'undici:request:bodyChunkSent': (message) => listener.onBytes?.(lengthOf(message), 0),
    'undici:request:bodyChunkReceived': (message) => listener.onBytes?.(0, lengthOf(message)),
  }
  for (const [name, handler] of Object.entries(handlers)) subscribe(name, handler)
  return () => {
    for (const [name, handler] of Object.entries(handlers)) unsubscribe(name, handler)
  }
}

function lengthOf(message: unknown): number {
  return Buffer.byteLength((message as Message).chunk ?? '')
}
