/** Requests with credentials, and ones that differ a little from them. */
import { mutatedBytes } from '../crypto/mutated-bytes.ts'
import type { Dice } from '../http1/messages.ts'

/** Names are in lower case. */
export type Field = readonly [name: string, value: string]

export interface Message {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly fields: readonly Field[]
  /** As a byte string; null = none. */
  readonly body: string | null
  /** Nothing was changed: it has to pass. */
  readonly isWhole: boolean
}

export function messageOf(fields: readonly Field[], more: Partial<Message> = {}): Message {
  return { method: 'GET', path: '/', host: 'a.test', fields, body: null, isWhole: true, ...more }
}

/** The values of a header, one for each line. */
export function linesOf({ fields }: Message, name: string): string[] {
  return fields.filter(([own]) => own === name).map(([, value]) => value)
}

/** The value of a header whose lines proxies join as they read them; an empty one before another leaves nothing. */
export function joinedValue(message: Message, name: string): string {
  const lines = linesOf(message, name)
  return lines
    .slice(
      Math.max(
        0,
        lines.findIndex((line) => line !== ''),
      ),
    )
    .join()
}

/** Up to three changes of headers, of the path or the body; values come from the message itself and from `other`. */
export function mutated(message: Message, other: Message, dice: Dice): Message {
  let one = message
  for (let changes = dice.pick([0, 1, 1, 1, 1, 1, 2, 3]); changes > 0; changes--) one = changedOnce(one, other, dice)
  return one
}

function changedOnce(message: Message, other: Message, dice: Dice): Message {
  const kind = dice.roll(12)
  if (kind === 0) return { ...message, path: pathOf(changed(message.path, other.path, dice)), isWhole: false }
  if (kind === 1) return { ...message, method: dice.pick(['GET', 'POST', 'get', 'HEAD']), isWhole: false }
  if (kind === 2) return { ...message, host: dice.pick(['a.test', 'A.test:80', 'b.test', 'a.test.']), isWhole: false }
  if (kind === 3 && message.body !== null) {
    return { ...message, body: changed(message.body, other.body ?? '', dice), isWhole: false }
  }
  return { ...message, fields: changedFields(message.fields, other.fields, dice), isWhole: false }
}

function changedFields(fields: readonly Field[], others: readonly Field[], dice: Dice): readonly Field[] {
  const at = dice.roll(fields.length)
  const [name = 'x', value = ''] = fields[at] ?? []
  const another = others.find(([own]) => own === name)?.[1] ?? ''
  switch (dice.roll(10)) {
    case 0:
      return fields.toSpliced(at, 1)
    case 1:
      return fields.toSpliced(at, 0, [name, value])
    case 2:
      return fields.toSpliced(dice.roll(fields.length + 1), 0, [name, another])
    case 3:
      return fields.toSpliced(at, 1, [name, another])
    case 4: {
      // One line as two.
      const cut = dice.roll(value.length + 1)
      return fields.toSpliced(at, 1, [name, valueOf(value.slice(0, cut))], [name, valueOf(value.slice(cut))])
    }
    case 5:
      return [...fields, [dice.pick(fields)?.[0] ?? 'x', valueOf(value)]]
    default:
      return fields.toSpliced(at, 1, [name, valueOf(changed(value, another, dice))])
  }
}

function changed(text: string, other: string, dice: Dice): string {
  return mutatedBytes(Buffer.from(text, 'latin1'), Buffer.from(other, 'latin1'), dice).toString('latin1')
}

/** What a proxy lets through as a value. */
function valueOf(text: string): string {
  return text.replaceAll(/[^\t -~\x80-\xff]/g, '').replaceAll(/^[\t ]+|[\t ]+$/g, '')
}

/** What a proxy lets through as a path. */
function pathOf(text: string): string {
  return `/${text.replaceAll(/[^!-~]/g, '').replace(/^\//, '')}`
}
