/** The JOSE of the filters, asked directly: signatures without claims. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'
import { RecordingHost } from '../../sdk/support/recording-host.ts'

const wasm = readFileSync(await sdkGuestModule(join(import.meta.dirname, '../guests/jws.ts')))

export class JwsGuest {
  readonly #guest = new RecordingHost(wasm)
  #nextId = 2

  constructor() {
    this.#guest.start()
  }

  /** Why a text is refused; empty when a key of the set (by default of the last one) made its signature. */
  refusal(jws: string, keys?: object | Buffer): string {
    const id = this.#nextId++
    this.#guest.logs.length = 0
    this.#guest.calls.length = 0
    const text = Buffer.isBuffer(keys) ? keys.toString('latin1') : JSON.stringify(keys)
    const set: [string, string][] = keys === undefined ? [] : [['x-jwks', text]]
    this.#guest.request(id, [...set, ['x-jws', jws]])
    this.#guest.end(id)
    return this.#guest.logs[0] ?? 'nothing was said'
  }
}
