/** Applies the rules of `rules.ts` to one field of a message. */
import type { DescField } from '@bufbuild/protobuf'
import type { Duration } from '@bufbuild/protobuf/wkt'
import { isReflectMessage } from '@bufbuild/protobuf/reflect'
import type { ReflectMessage } from '@bufbuild/protobuf/reflect'
import { toMilliseconds } from '../duration.ts'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import { FIELD_RULES, REQUIRED_ONEOFS } from './rules.ts'
import type { FieldRule } from './rules.ts'

/** Adds a fault for each required oneof that is not set. */
export function checkOneofs(message: ReflectMessage, path: ConfigPath, faults: Fault[]): void {
  for (const oneof of message.desc.oneofs) {
    if (message.oneofCase(oneof) !== undefined || !REQUIRED_ONEOFS.has(`${message.desc.typeName}.${oneof.name}`)) continue
    const names = oneof.fields.map((field) => field.name)
    const wanted = names.length === 1 ? names[0]! : `one of ${names.join(', ')}`
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Field is missing', path, wanted })
  }
}

/** Adds a fault for each rule that the field breaks; an unset field with presence only needs to be required. */
export function checkField(message: ReflectMessage, field: DescField, path: ConfigPath, faults: Fault[]): void {
  const rule = FIELD_RULES[message.desc.typeName]?.[field.name] ?? {}
  const isSet = message.isSet(field)
  if (!isSet && (field.fieldKind === 'message' || field.oneof !== undefined)) {
    if (rule.required && field.oneof === undefined) faults.push(missing(path))
    return
  }
  if (field.fieldKind === 'list') return checkList(message, field, rule, path, faults)
  if (field.fieldKind === 'map') return
  const fault = checkValue(message.get(field), rule)
  if (fault === null) return
  if (!isSet) faults.push(missing(path))
  else faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Value is not allowed', path, ...fault })
}

function missing(path: ConfigPath): Fault {
  return { code: 'SLUICE_CONFIG_INVALID', message: 'Field is missing', path }
}

function checkList(
  message: ReflectMessage,
  field: DescField & { fieldKind: 'list' },
  rule: FieldRule,
  path: ConfigPath,
  faults: Fault[],
): void {
  const list = message.get(field)
  const isSized = list.size >= (rule.minItems ?? 0) && list.size <= (rule.maxItems ?? Infinity)
  if (!isSized) {
    const wanted = list.size < (rule.minItems ?? 0) ? `at least ${rule.minItems}` : `at most ${rule.maxItems}`
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Wrong number of items', path, seen: String(list.size), wanted })
  }
  if (rule.items === undefined) return
  for (const [index, item] of [...list].entries()) {
    const fault = checkValue(item, rule.items)
    if (fault !== null)
      faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Value is not allowed', path: [...path, index], ...fault })
  }
}

interface ValueFault {
  readonly seen: string
  readonly wanted: string
}

function checkValue(value: unknown, rule: FieldRule): ValueFault | null {
  if (typeof value === 'string') return checkText(value, rule)
  if (typeof value === 'number' || typeof value === 'bigint') return checkNumber(Number(value), rule, '')
  if (!isReflectMessage(value)) return null
  if (value.desc.typeName === 'google.protobuf.Duration') return checkDuration(value.message as Duration, rule)
  const wrapped: unknown = (value.message as { value?: unknown }).value
  return value.desc.file.name === 'google/protobuf/wrappers' ? checkValue(wrapped, rule) : null
}

function checkText(value: string, rule: FieldRule): ValueFault | null {
  if (value.length < (rule.minLength ?? 0)) return { seen: show(value), wanted: 'text that is not empty' }
  if (Buffer.byteLength(value) > (rule.maxBytes ?? Infinity))
    return { seen: show(value), wanted: `at most ${rule.maxBytes} bytes` }
  if (rule.pattern !== undefined && !rule.pattern.test(value))
    return { seen: show(value), wanted: rule.wanted ?? String(rule.pattern) }
  return null
}

function checkNumber(value: number, rule: FieldRule, unit: string): ValueFault | null {
  const seen = `${value}${unit}`
  if (value < (rule.min ?? -Infinity)) return { seen, wanted: `at least ${rule.min}${unit}` }
  if (value > (rule.max ?? Infinity)) return { seen, wanted: `at most ${rule.max}${unit}` }
  if (rule.above !== undefined && value <= rule.above) return { seen, wanted: `more than ${rule.above}${unit}` }
  return null
}

/** Envoy takes no negative duration anywhere. */
function checkDuration(value: Duration, rule: FieldRule): ValueFault | null {
  return checkNumber(toMilliseconds(value), { ...rule, min: rule.min ?? 0 }, ' ms')
}
