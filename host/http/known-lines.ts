/**
 * Lines of the fields that hosts and filters add (hot): few, and the same in message after message. A kept line is fit to
 * be written, so it needs neither to be checked nor to be put together again.
 */
import { TOKEN, VALUE } from './tables.ts'

/** Longer fields are mostly unique; a line of one pays for the room of another. */
const LONGEST = 40
const SLOTS = 256
const COLON = 0x3a

/** One line per slot, the latest wins, so nothing grows. */
const names: string[] = Array.from({ length: SLOTS }, () => '')
const values: string[] = Array.from({ length: SLOTS }, () => '')
const lines: string[] = Array.from({ length: SLOTS }, () => '')

/** True when the name is a token, or a pseudo header's, and every byte of the value may stand in one (RFC 9110, 5.5, 5.6.2). */
export function isField(name: string, value: string): boolean {
  return isKept(slotOf(name, value), name, value) || (isName(name) && isValue(value))
}

/** `name: value` with its line end, for a field that {@link isField} or that the host made. */
export function lineOf(name: string, value: string): string {
  if (name.length + value.length > LONGEST || value === '') return name + ': ' + value + '\r\n'
  const slot = slotOf(name, value)
  return isKept(slot, name, value) ? lines[slot]! : makeLine(slot, name, value)
}

/** A token, or a pseudo header: those are not written as fields. */
export function isName(name: string): boolean {
  if (name.length === 0) return false
  for (let i = name.charCodeAt(0) === COLON && name.length > 1 ? 1 : 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code > 0xff || TOKEN[code] === 0) return false
  }
  return true
}

/** True when no byte of the value ends a line or cuts a string. */
export function isValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code > 0xff || VALUE[code] === 0) return false
  }
  return true
}

/** Any slot will do for what cannot be kept. */
function slotOf(name: string, value: string): number {
  const length = value.length
  if (length === 0 || name.length === 0) return 0
  const mixed = 31 * name.length + 17 * length + name.charCodeAt(name.length - 1) + 7 * value.charCodeAt(length - 1)
  return (mixed + value.charCodeAt(length >> 1)) & (SLOTS - 1)
}

function isKept(slot: number, name: string, value: string): boolean {
  return values[slot] === value && names[slot] === name && value !== ''
}

function makeLine(slot: number, name: string, value: string): string {
  const line = `${name}: ${value}\r\n`
  if (!isName(name) || !isValue(value)) return line
  names[slot] = name
  values[slot] = value
  lines[slot] = line
  return line
}
