/** Configurations made of others: parts of one in the place of parts of another, and bytes that are cut, put in or replaced. */
import type { Dice } from '../http1/messages.ts'

const PIECES = [
  ...'{}[]",:\\ 0129-.eE\n\0',
  'null',
  'true',
  '""',
  '{}',
  '[]',
  '1e400',
  '-0',
  '9007199254740993',
  '18446744073709551616',
  '\\u0000',
  '\\ud800',
  '"*"',
  '"0s"',
  '"100%"',
].map((piece) => Buffer.from(piece))

/** One that begins as an entry of `pool` and is changed up to three times. */
export function mutatedConfiguration(pool: readonly Buffer[], dice: Dice): Buffer {
  let config = dice.pick(pool)
  for (let changes = dice.roll(3); changes >= 0; changes--) {
    config = dice.roll(2) === 0 ? (crossed(config, dice.pick(pool), dice) ?? config) : edited(config, dice.pick(pool), dice)
  }
  return config
}

/** One part of the first is one of the second, mostly one of the same name, or goes; null when one of them is no JSON. */
function crossed(one: Buffer, other: Buffer, dice: Dice): Buffer | null {
  const [whole, donor] = [parsed(one), parsed(other)]
  const [targets, sources] = [placesIn(whole), placesIn(donor)]
  if (targets.length === 0 || sources.length === 0) return null
  const { holder, name, role } = dice.pick(targets)
  const fitting = sources.filter((source) => source.role === role)
  const from = dice.pick(fitting.length > 0 && dice.roll(8) > 0 ? fitting : sources)
  const kind = dice.roll(6)
  if (kind === 0) delete holder[name]
  else if (kind === 1) holder[from.name] = from.holder[from.name]
  else holder[name] = from.holder[from.name]
  return Buffer.from(JSON.stringify(whole))
}

/** A member or an item, and whose. */
interface Place {
  readonly holder: Record<string, unknown>
  readonly name: string
  /** The name; of an item the one of its list. */
  readonly role: string
}

function placesIn(value: unknown, role = ''): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Record<string, unknown>
  return Object.keys(holder).flatMap((name) => {
    const own = Array.isArray(value) ? `${role}[]` : name
    return [{ holder, name, role: own }, ...placesIn(holder[name], own)]
  })
}

function edited(config: Buffer, other: Buffer, dice: Dice): Buffer {
  const at = dice.roll(config.length + 1)
  const [head, tail] = [config.subarray(0, at), config.subarray(at)]
  switch (dice.roll(6)) {
    case 0:
      return Buffer.concat([head, dice.pick(PIECES), tail])
    case 1:
      return Buffer.concat([head, dice.pick(PIECES), tail.subarray(1)])
    case 2:
      return Buffer.concat([head, tail.subarray(1 + dice.roll(8))])
    case 3:
      return Buffer.concat([head, Buffer.of(dice.roll(256)), tail.subarray(1)])
    case 4:
      // A part twice: members of the same name, lists that grow.
      return Buffer.concat([head, config.subarray(dice.roll(at + 1), at), tail])
    default:
      return Buffer.concat([head, other.subarray(dice.roll(other.length + 1))])
  }
}

/** The value of a text; undefined for one that is no JSON, or no UTF-8. */
export function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return undefined
  }
}
