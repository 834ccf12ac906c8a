/** Random steps for the programmable guest: mostly arguments that mean something, sometimes ones at every edge. */
import { encodePairs } from '../../../host/abi/pairs.ts'
import type { SeededRandom } from '../../../host/testing/seeded-random.ts'
import { CURRENT_HOSTCALLS, SHAPES } from '../hostcalls/shapes.ts'
import { ARGUMENTS_AT, END, FREE, Mode, MODE_AT, PROGRAM, RESULT_AT, SIZE, STATUS_AT, STEP_BYTES } from './programmable-guest.ts'

/** Where inputs stand; results are written below. */
const INPUTS = 0x1000
/** A status that no hostcall returns. */
export const NOT_RUN = 0xdead

const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 200, 404, 1000, 65536, -1, 0x7fffffff, -0x80000000]
const BIG_NUMBERS = [0n, 1n, -1n, 7n, 1n << 40n, (1n << 63n) - 1n, -(1n << 63n)]
const LENGTHS = [0, 1, 8, 100, 0x7fffffff, -0x80000000, -1, SIZE]
const MODES = Object.values(Mode)

const TEXTS: readonly (string | Uint8Array)[] = [
  '',
  'up',
  'nobody',
  'x-a',
  'accept',
  ':path',
  ':status',
  ':method',
  'host',
  'content-length',
  'transfer-encoding',
  'X-Upper',
  'no token',
  'value',
  'two\r\nlines',
  '/other?a=1',
  '12',
  'plugin_name',
  'request\0path',
  'request\0headers\0x-a',
  'response\0code',
  'xds\0node\0id',
  'filter_state',
  'wasm.x-a',
  'a'.repeat(3000),
  '\0'.repeat(40),
  '\xff\xfe\x80',
  'clear_route_cache',
  'compress',
  'uncompress',
  'expr_create',
  'expr_evaluate',
  'verify_signature',
  'set_envoy_filter_state',
  'declare_property',
  'request.path == "/"',
  encodePairs([':method', 'GET', ':path', '/call', ':authority', 'up']),
  encodePairs(['x-a', '1', 'x-b', '2', 'accept', 'text/plain']),
  encodePairs([':status', '201', 'x-c', '3']),
  encodePairs(['bad name', 'x', 'x-d', 'a\r\nb']),
  Uint8Array.from([255, 255, 255, 255, 1, 0, 0, 0]),
]

/** A place in memory that the guest names as input. */
type Range = readonly [address: number, size: number]

/** Writes steps; remembers which bytes the host may write for them. */
export class RandomProgram {
  readonly #random: SeededRandom
  readonly #inputs: readonly Range[]
  /** Every place where a result of up to eight bytes may be written. */
  readonly outputs: number[] = []
  #count = 0

  constructor(random: SeededRandom) {
    this.#random = random
    this.#inputs = placeInputs()
  }

  /** Fills the input area. */
  writeInputs(bytes: Buffer): void {
    let at = INPUTS
    for (const text of TEXTS) {
      const source = typeof text === 'string' ? Buffer.from(text, 'latin1') : text
      bytes.set(source, at)
      at += source.length + 16
    }
  }

  /** A program without steps. */
  writeQuiet(bytes: Buffer, result: number): void {
    this.outputs.length = 0
    this.#count = 0
    bytes.writeUInt32LE(END, PROGRAM)
    bytes.writeUInt32LE(Mode.Normal, MODE_AT)
    bytes.writeInt32LE(result, RESULT_AT)
  }

  /** A new program. */
  write(bytes: Buffer): void {
    this.outputs.length = 0
    this.#count = this.#below(8)
    for (let step = 0; step < this.#count; step++) this.#writeStep(bytes, PROGRAM + step * STEP_BYTES)
    bytes.writeUInt32LE(END, PROGRAM + this.#count * STEP_BYTES)
    bytes.writeUInt32LE(this.#random.fraction() < 0.05 ? this.#pick(MODES) : Mode.Normal, MODE_AT)
    bytes.writeInt32LE(this.#pick([0, 0, 0, 0, 1, 1, 2, 3, 4, -1]), RESULT_AT)
  }

  /** Name and status of each step. */
  statuses(bytes: Buffer): { name: string; status: number }[] {
    return Array.from({ length: this.#count }, (_, step) => {
      const at = PROGRAM + step * STEP_BYTES
      return { name: CURRENT_HOSTCALLS[bytes.readUInt32LE(at)]!.name, status: bytes.readUInt32LE(at + STATUS_AT) }
    })
  }

  #writeStep(bytes: Buffer, at: number): void {
    const index = this.#below(CURRENT_HOSTCALLS.length)
    bytes.writeUInt32LE(index, at)
    bytes.writeUInt32LE(NOT_RUN, at + STATUS_AT)
    let place = at + ARGUMENTS_AT
    const put = (value: number): void => void bytes.writeInt32LE(value | 0, (place += 8) - 8)
    for (const argument of SHAPES[CURRENT_HOSTCALLS[index]!.name]!) {
      if (argument === 'in') this.#input().forEach(put)
      else if (argument === 'out') put(this.#output())
      else if (typeof argument === 'number') put(this.#number(argument))
      else bytes.writeBigInt64LE(this.#pick(BIG_NUMBERS), (place += 8) - 8)
    }
  }

  #number(example: number): number {
    const chance = this.#random.fraction()
    if (chance < 0.3) return example
    return chance < 0.6 ? this.#below(12) : this.#pick(NUMBERS)
  }

  #input(): Range {
    return this.#random.fraction() < 0.9 ? this.#pick(this.#inputs) : [this.#edge(), this.#pick(LENGTHS)]
  }

  #output(): number {
    const at = this.#random.fraction() < 0.9 ? 16 * this.#below(250) : this.#edge()
    this.outputs.push(at >>> 0)
    return at
  }

  /** Around both ends of memory and where a signed number turns over. */
  #edge(): number {
    return this.#pick([0, -1, SIZE, SIZE - 4, 0x7fffffff, -0x80000000, FREE]) + this.#pick([0, 0, 1, -3, -7])
  }

  #below(count: number): number {
    return Math.floor(this.#random.fraction() * count)
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }
}

function placeInputs(): Range[] {
  let at = INPUTS
  return TEXTS.map((text) => {
    const range = [at, text.length] as const
    at += text.length + 16
    return range
  })
}
