/** Addresses and ranges of the filters beside Node's own: `net.isIP` says what is an address, `net.BlockList` what is in a range. */
import { BlockList, isIP } from 'node:net'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Dice } from '../fuzz/http1/messages.ts'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'
import { RecordingHost } from '../sdk/support/recording-host.ts'
import { shareOf } from '../support/counts.ts'

const wasm = readFileSync(await sdkGuestModule(join(import.meta.dirname, 'guests/cidr.ts')))
const MAPPED_BITS = 96

/** The guest with a set of ranges. */
class Ranges {
  readonly #guest = new RecordingHost(wasm)
  readonly fault: string | null
  #nextId = 2

  constructor(ranges: readonly string[]) {
    this.fault = this.#guest.start(JSON.stringify({ ranges })) ? null : this.#guest.logs.join('\n')
  }

  /** A digit per address, or a dash where the text is none. */
  ask(addresses: readonly string[]): string {
    const id = this.#nextId++
    this.#guest.logs.length = 0
    this.#guest.request(id, [['x-addresses', addresses.join(',')]])
    this.#guest.end(id)
    return this.#guest.logs[0]!
  }
}

/** The same set as two lists of Node, one for each family: mapped addresses are IPv4. */
class Oracle {
  readonly #ipv4 = new BlockList()
  readonly #ipv6 = new BlockList()

  add(address: string, bits: number): void {
    const mapped = mappedOf(address)
    if (mapped !== null && bits >= MAPPED_BITS) this.#ipv4.addSubnet(mapped, bits - MAPPED_BITS, 'ipv4')
    else if (address.includes(':')) this.#ipv6.addSubnet(address, bits, 'ipv6')
    else this.#ipv4.addSubnet(address, bits, 'ipv4')
  }

  ask(addresses: readonly string[]): string {
    return addresses.map((address) => (this.#has(address) ? '1' : '0')).join('')
  }

  #has(address: string): boolean {
    const ipv4 = mappedOf(address) ?? (address.includes(':') ? null : address)
    return ipv4 === null ? this.#ipv6.check(address, 'ipv6') : this.#ipv4.check(ipv4, 'ipv4')
  }
}

function mappedOf(address: string): string | null {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? null
}

/** Few different bits, so that ranges nest and addresses hit them. */
function randomIpv4(dice: Dice): number {
  return ((10 << 24) | (dice.roll(4) << 22) | (dice.roll(4) << 12) | dice.roll(dice.pick([1, 4, 256]))) >>> 0
}

const dotted = (value: number): string => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.')

function randomIpv6(dice: Dice): bigint {
  const group = (): bigint => BigInt(dice.pick([0, 0, 1, 0x8000, 0xffff, dice.roll(65536)]))
  let value = 0x2001n
  for (let i = 1; i < 8; i++) value = (value << 16n) | group()
  return value
}

function groupsOf(value: bigint): string {
  return Array.from({ length: 8 }, (_, i) => ((value >> BigInt(16 * (7 - i))) & 0xffffn).toString(16)).join(':')
}

function randomAddress(dice: Dice): string {
  const kind = dice.roll(4)
  if (kind === 0) return groupsOf(randomIpv6(dice))
  return `${kind === 1 ? '::ffff:' : ''}${dotted(randomIpv4(dice))}`
}

/** Address and prefix length; what is behind the prefix is zero. */
function randomRange(dice: Dice): [string, number] {
  const kind = dice.roll(3)
  if (kind === 0) {
    const bits = dice.roll(129)
    return [groupsOf((randomIpv6(dice) >> BigInt(128 - bits)) << BigInt(128 - bits)), bits]
  }
  const bits = dice.roll(33)
  const address = dotted(bits === 0 ? 0 : (randomIpv4(dice) >>> (32 - bits)) << (32 - bits))
  return kind === 1 ? [address, bits] : [`::ffff:${address}`, bits + MAPPED_BITS]
}

describe('a set of ranges', () => {
  it('has the same addresses as the lists of Node', () => {
    const dice = new Dice(1)
    let hits = 0
    let misses = 0
    for (let i = 0; i < shareOf(10_000); i++) {
      const ranges = Array.from({ length: dice.roll(12) }, () => randomRange(dice)).filter(([, bits]) => bits > dice.roll(30))
      const addresses = Array.from({ length: 60 }, () => randomAddress(dice))
      const oracle = new Oracle()
      for (const [address, bits] of ranges) oracle.add(address, bits)
      const wanted = oracle.ask(addresses)
      expect({ ranges, addresses, verdicts: new Ranges(ranges.map((range) => range.join('/'))).ask(addresses) }).toEqual({
        ranges,
        addresses,
        verdicts: wanted,
      })
      hits += wanted.split('1').length - 1
      misses += wanted.split('0').length - 1
    }
    expect(hits).toBeGreaterThan(misses / 10)
    expect(misses).toBeGreaterThan(hits / 10)
  })

  it('keeps the families apart', () => {
    const addresses = ['1.2.3.4', '::ffff:1.2.3.4', '::ffff:102:304', '::1', '2001:db8::1', '::1.2.3.4']
    expect(new Ranges(['0.0.0.0/0']).ask(addresses)).toBe('111000')
    expect(new Ranges(['::/0']).ask(addresses)).toBe('000111')
    expect(new Ranges(['::ffff:0:0/96']).ask(addresses)).toBe('111000')
    expect(new Ranges(['0.0.0.0/0', '::/0']).ask(addresses)).toBe('111111')
    expect(new Ranges([]).ask(addresses)).toBe('000000')
  })

  it('takes a single address without a length', () => {
    expect(new Ranges(['10.0.0.1', '2001:db8::1']).ask(['10.0.0.1', '10.0.0.2', '2001:db8:0::1', '2001:db8::2'])).toBe('1010')
  })

  it('decides among 10 000 ranges about as fast as among 10', () => {
    const dice = new Dice(2)
    const host = (): string => `${1 + dice.roll(223)}.${dice.roll(256)}.${dice.roll(256)}.${dice.roll(256)}`
    const many = Array.from({ length: 10_000 }, host)
    const addresses = Array.from({ length: 1000 }, host)
    const timeOf = (ranges: Ranges): number => {
      const rounds = Array.from({ length: 8 }, () => {
        const start = performance.now()
        ranges.ask(addresses)
        return performance.now() - start
      })
      return Math.min(...rounds)
    }
    const large = new Ranges(many)
    expect(large.fault).toBeNull()
    expect(large.ask(many.slice(-500))).toBe('1'.repeat(500))
    // One range after the other would take a thousand times as long.
    expect(timeOf(large)).toBeLessThan(20 * timeOf(new Ranges(many.slice(0, 10))))
  })

  it.each([
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '/8',
    '10.0.0/8',
    '010.0.0.0/8',
    '10.0.0.0:80',
    ' 10.0.0.0/8',
    '2001:db8::1/64',
    '2001:db8::/129',
    '8000::/0',
    '0:0:0:1::/63',
    '::1:0/112x',
    '::ffff:10.0.0.0/8',
    '::ffff:10.0.0.1/104',
    '[::1]/128',
    'fe80::%eth0/64',
    'a.test',
    '',
  ])('refuses %j with its path', (range) => {
    expect(new Ranges(['10.0.0.0/8', range]).fault).toBe(
      `configuration refused: ranges[1]: seen ${range}, wanted a range such as "10.0.0.0/8", without bits behind its prefix`,
    )
  })
})

describe('an address', () => {
  const all = new Ranges(['0.0.0.0/0', '::/0'])
  const isAddress = (text: string): boolean => all.ask([text]) === '1'

  it('is what Node takes for one, under random changes', () => {
    const dice = new Dice(3)
    let valid = 0
    for (let i = 0; i < shareOf(200_000); i++) {
      const text = mutate(dice, randomText(dice))
      const wanted = isIP(text) !== 0
      expect({ text, isAddress: isAddress(text) }).toEqual({ text, isAddress: wanted })
      if (wanted) valid++
    }
    expect(valid).toBeGreaterThan(shareOf(200_000) / 10)
  })

  it.each([
    ['::', true],
    ['1::', true],
    ['1:2:3:4:5:6:7::', true],
    ['::2:3:4:5:6:7:8', true],
    ['1:2:3:4:5:6:7::8', false],
    ['1:2:3:4:5:6:1.2.3.4', true],
    ['1:2:3:4:5:6:7:1.2.3.4', false],
    ['1.2.3.4::', false],
    ['1::2::3', false],
    [':::', false],
    [':1::', false],
    ['1::2:', false],
    ['::00001', false],
    ['::g', false],
    ['fe80::1%eth0', true],
    ['fe80::1%', false],
    ['1.2.3.4%eth0', false],
    ['1.2.3', false],
    ['1.2.3.4.5', false],
    ['1.2.3.256', false],
    ['1.2.3.04', false],
    ['1.2.3.', false],
    ['0x1.2.3.4', false],
    ['16909060', false],
    ['', false],
  ])('%j: %s', (text, wanted) => {
    expect(isAddress(text)).toBe(wanted)
    expect(isIP(text) !== 0).toBe(wanted)
  })

  function randomText(dice: Dice): string {
    if (dice.roll(3) === 0) return dotted(randomIpv4(dice))
    const groups = Array.from({ length: 8 }, () => dice.roll(65536).toString(16))
    const isMixed = dice.roll(3) === 0
    if (isMixed) groups.splice(6, 2, dotted(randomIpv4(dice)))
    if (dice.roll(3) === 0) return groups.join(':')
    const start = dice.roll(groups.length)
    const end = start + 1 + dice.roll(groups.length - start)
    return `${groups.slice(0, start).join(':')}::${groups.slice(end).join(':')}`
  }

  function mutate(dice: Dice, text: string): string {
    let changed = text
    for (let i = dice.roll(3); i > 0; i--) {
      const at = dice.roll(changed.length + 1)
      changed = changed.slice(0, at) + dice.text('0123456789abfF:.:.g', 2) + changed.slice(at + dice.roll(2))
    }
    return changed
  }
})
