/** Secrets in a worker, made from what the main thread sends. */
import { buildSecret, decodeSecret } from '../config/secrets.ts'
import type { TlsSecret } from '../config/types.ts'
import type { SecretHandle } from './secret-source.ts'

interface Received {
  readonly revision: number
  readonly secret: TlsSecret
}

export class ReceivedSecrets {
  #received: ReadonlyMap<string, Received> = new Map()

  /** By key; one that was there before is the same object. */
  take(handles: readonly SecretHandle[]): ReadonlyMap<string, TlsSecret> {
    this.#received = new Map(handles.map((handle) => [handle.key, this.#kept(handle) ?? receive(handle)]))
    return new Map([...this.#received].map(([key, { secret }]) => [key, secret]))
  }

  #kept({ key, revision }: SecretHandle): Received | null {
    const before = this.#received.get(key)
    return before?.revision === revision ? before : null
  }
}

function receive({ revision, message, files }: SecretHandle): Received {
  const readFile = (path: string): Uint8Array => files.get(path)!
  return { revision, secret: buildSecret(decodeSecret(message), { readFile, environment: process.env }) }
}
