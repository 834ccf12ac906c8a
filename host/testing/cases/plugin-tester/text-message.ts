/**
 * Reads the text form of a protobuf message whose fields are known. As in protobuf's own reader a field that the
 * message does not have, or that comes twice and is not repeated, is an error.
 */
import { TextScanner, type TextToken } from './text-scanner.ts'

/** `text` is a string of UTF-8, `bytes` a byte string. */
export interface FieldType {
  readonly type: 'text' | 'bytes' | 'bool' | 'integer' | readonly string[] | MessageType
  readonly repeated?: true
}

/** Fields by name. */
export interface MessageType {
  readonly fields: Readonly<Record<string, FieldType>>
}

type Message = Record<string, unknown>

/** Reads a whole text; absent fields are absent, repeated ones arrays. Errors name file, line and column. */
export function parseTextMessage(text: string, file: string, type: MessageType): object {
  const scanner = new TextScanner(text, file)
  const message = readFields(scanner, type)
  if (scanner.next.text !== '') throw unexpected(scanner, scanner.next, 'a field')
  return message
}

function readFields(scanner: TextScanner, type: MessageType): Message {
  const message: Message = {}
  while (scanner.next.kind === 'name') {
    readField(scanner, type, message)
    if (!scanner.takeIf(',')) scanner.takeIf(';')
  }
  return message
}

function readField(scanner: TextScanner, type: MessageType, message: Message): void {
  const { text: name, offset } = scanner.take()
  if (!Object.hasOwn(type.fields, name))
    throw scanner.fault(offset, `${name}: unknown field, wanted one of ${Object.keys(type.fields).join(', ')}`)
  const field = type.fields[name]!
  const hasColon = scanner.takeIf(':')
  if (!hasColon && !isMessage(field.type)) throw unexpected(scanner, scanner.next, `: after ${name}`)
  if (field.repeated === true) return void ((message[name] ??= []) as unknown[]).push(...readValues(scanner, field))
  if (Object.hasOwn(message, name)) throw scanner.fault(offset, `${name}: seen twice, wanted once`)
  message[name] = readValue(scanner, field)
}

/** One value, or a list of them. */
function readValues(scanner: TextScanner, field: FieldType): unknown[] {
  if (!scanner.takeIf('[')) return [readValue(scanner, field)]
  const values: unknown[] = []
  while (!scanner.takeIf(']')) {
    if (values.length > 0 && !scanner.takeIf(',')) throw unexpected(scanner, scanner.next, ', or ]')
    values.push(readValue(scanner, field))
  }
  return values
}

function readValue(scanner: TextScanner, { type }: FieldType): unknown {
  if (isMessage(type)) return readMessage(scanner, type)
  if (type === 'bytes') return readString(scanner)
  if (type === 'text') return Buffer.from(readString(scanner), 'latin1').toString('utf8')
  if (type === 'bool') return readBool(scanner)
  return type === 'integer' ? readInteger(scanner) : readEnum(scanner, type as readonly string[])
}

function readMessage(scanner: TextScanner, type: MessageType): Message {
  const end = scanner.takeIf('{') ? '}' : scanner.takeIf('<') ? '>' : null
  if (end === null) throw unexpected(scanner, scanner.next, '{')
  const message = readFields(scanner, type)
  if (!scanner.takeIf(end)) throw unexpected(scanner, scanner.next, `a field or ${end}`)
  return message
}

/** Strings in a row are one. */
function readString(scanner: TextScanner): string {
  if (scanner.next.kind !== 'string') throw unexpected(scanner, scanner.next, 'a string')
  let text = ''
  while (scanner.next.kind === 'string') text += scanner.take().text
  return text
}

function readBool(scanner: TextScanner): boolean {
  const token = scanner.take()
  if (['true', 'True', 't', '1'].includes(token.text) && token.kind !== 'string') return true
  if (['false', 'False', 'f', '0'].includes(token.text) && token.kind !== 'string') return false
  throw unexpected(scanner, token, 'true or false')
}

/** No field here takes a negative one. */
function readInteger(scanner: TextScanner): number {
  const token = scanner.take()
  const value = /^(?:0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(token.text)
    ? Number(token.text.replace(/^0(?=[0-7]+$)/, '0o'))
    : Number.NaN
  if (token.kind === 'number' && Number.isSafeInteger(value)) return value
  throw unexpected(scanner, token, 'a whole number')
}

/** By name or number. */
function readEnum(scanner: TextScanner, names: readonly string[]): string {
  const token = scanner.take()
  const name = token.kind === 'number' ? names[Number(token.text)] : token.text
  if (name !== undefined && token.kind !== 'string' && names.includes(name)) return name
  throw unexpected(scanner, token, `one of ${names.join(', ')}`)
}

function isMessage(type: FieldType['type']): type is MessageType {
  return typeof type === 'object' && 'fields' in type
}

function unexpected(scanner: TextScanner, { kind, text, offset }: TextToken, wanted: string): Error {
  const seen = kind === 'string' ? JSON.stringify(text) : text === '' ? 'the end of the text' : text
  return scanner.fault(offset, `seen ${seen}, wanted ${wanted}`)
}
