/** Calls functions of a guest by request headers: names and numbers as they are, bytes in hexadecimal. */
import { createHash } from 'node:crypto'
import { compileSdkGuest } from './compile-sdk-guest.ts'
import { RecordingHost } from './recording-host.ts'

/** Inputs of a call, by the name of their header without `x-`. */
export type Inputs = Record<string, Uint8Array | number | string>

export interface CryptoGuest {
  /** What a function of the guest says to these inputs. */
  call(name: string, inputs: Inputs): string
}

/** The guest `test/sdk/guests/<name>.ts`, which logs one answer per request. */
export async function cryptoGuest(name: string): Promise<CryptoGuest> {
  const guest = new RecordingHost(await compileSdkGuest(name))
  guest.start()
  let nextId = 2
  return {
    call(function_, inputs) {
      const id = nextId++
      guest.logs.length = 0
      guest.calls.length = 0
      guest.request(id, [['x-call', function_], ...Object.entries(inputs).map(field)])
      guest.end(id)
      return guest.logs[0] ?? 'nothing'
    },
  }
}

function field([name, value]: [string, Uint8Array | number | string]): [string, string] {
  return [`x-${name}`, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)]
}

/** Bytes that look random and are the same in every run. */
export function noise(length: number, seed: number): Buffer {
  return createHash('shake256', { outputLength: Math.max(1, length) })
    .update(String(seed))
    .digest()
    .subarray(0, length)
}
