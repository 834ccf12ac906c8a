/** Visits every message inside a message, those packed in an `Any` included, and checks each field by itself. */
import { anyUnpack } from '@bufbuild/protobuf/wkt'
import type { Any } from '@bufbuild/protobuf/wkt'
import { reflect, isReflectMessage } from '@bufbuild/protobuf/reflect'
import type { DescField, DescMessage, Message, UnknownField } from '@bufbuild/protobuf'
import type { ReflectMessage } from '@bufbuild/protobuf/reflect'
import { CONFIG_PAGE } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import { ANY_REGISTRY, ANY_TYPES, isAlwaysEmpty, typeNameOf } from '../registry.ts'
import { reservedNameOf } from '../reserved.ts'
import { checkField, checkOneofs } from './field.ts'

/** Adds to `faults` what is wrong with single fields of `message` and of all messages in it. */
export function checkMessage(desc: DescMessage, message: Message, path: ConfigPath, faults: Fault[]): void {
  walk(reflect(desc, message), path, faults)
}

function walk(message: ReflectMessage, path: ConfigPath, faults: Fault[]): void {
  // Free data has no rules and nothing to refuse.
  if (message.desc.typeName === 'google.protobuf.Struct') return
  checkUnknown(message, path, faults)
  checkOneofs(message, path, faults)
  for (const field of message.fields) {
    const at = [...path, field.name]
    checkField(message, field, at, faults)
    if (message.isSet(field)) walkField(message, field, at, faults)
  }
}

function walkField(message: ReflectMessage, field: DescField, path: ConfigPath, faults: Fault[]): void {
  if (field.fieldKind === 'list') {
    for (const [index, item] of [...message.get(field)].entries()) walkValue(field, item, [...path, index], faults)
    return
  }
  if (field.fieldKind === 'map') {
    for (const [key, item] of message.get(field)) walkValue(field, item, [...path, { key: String(key) }], faults)
    return
  }
  walkValue(field, message.get(field), path, faults)
}

function walkValue(field: DescField, value: unknown, path: ConfigPath, faults: Fault[]): void {
  if (field.enum !== undefined) checkEnum(field, Number(value), path, faults)
  if (!isReflectMessage(value)) return
  if (value.desc.typeName === 'google.protobuf.Any') walkAny(field, value.message as Any, path, faults)
  else walk(value, path, faults)
}

function walkAny(field: DescField, any: Any, path: ConfigPath, faults: Fault[]): void {
  const name = `${field.parent.typeName}.${field.name}`
  if (any.typeUrl === '' && isAlwaysEmpty(name)) return
  const allowed = ANY_TYPES.get(name) ?? []
  const desc = allowed.find((candidate) => candidate.typeName === typeNameOf(any.typeUrl))
  if (desc === undefined) {
    const wanted = `one of ${allowed.map((candidate) => candidate.typeName).join(', ')}`
    const message = 'Type does not belong here or is not supported by sluice'
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message,
      path: [...path, '@type'],
      seen: any.typeUrl,
      wanted,
      next: CONFIG_PAGE,
    })
    return
  }
  const unpacked = unpack(any)
  if (unpacked !== null) return walk(reflect(desc, unpacked), path, faults)
  faults.push({
    code: 'SLUICE_CONFIG_TYPE',
    message: 'Bytes are not a message of the type named beside them',
    path,
    seen: any.typeUrl,
  })
}

function unpack(any: Any): Message | null {
  try {
    return anyUnpack(any, ANY_REGISTRY) ?? null
  } catch {
    return null
  }
}

/** Fields that came in wire form and that our messages do not have. */
function checkUnknown(message: ReflectMessage, path: ConfigPath, faults: Fault[]): void {
  const unknown: readonly UnknownField[] = message.getUnknown() ?? []
  for (const number of new Set(unknown.map((field) => field.no))) {
    const name = reservedNameOf(message.desc, number)
    const text = name === null ? 'Unknown field' : 'Field is not supported by sluice'
    const at = name === null ? path : [...path, name]
    const wanted = `a field of ${message.desc.typeName}`
    faults.push({
      code: 'SLUICE_CONFIG_UNKNOWN_FIELD',
      message: text,
      path: at,
      seen: name ?? `field number ${number}`,
      wanted,
      next: CONFIG_PAGE,
    })
  }
}

function checkEnum(field: DescField, number: number, path: ConfigPath, faults: Fault[]): void {
  const desc = field.enum
  if (desc === undefined || desc.value[number] !== undefined) return
  const name = reservedNameOf(desc, number)
  const message = name === null ? 'Unknown value' : 'Value is not supported by sluice'
  const wanted = `one of ${desc.values.map((value) => value.name).join(', ')}`
  faults.push({ code: 'SLUICE_CONFIG_TYPE', message, path, seen: name ?? String(number), wanted })
}
