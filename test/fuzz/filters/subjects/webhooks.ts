import { createHmac } from 'node:crypto'
import type { Dice } from '../../http1/messages.ts'
import { linesOf, messageOf, type Field, type Message } from '../message.ts'
import { START, type Subject } from '../subject.ts'

const SECRET = "It's a Secret"
const OLDER = 'k-0123456789'
const BODIES = ['', '{"a":1}', 'x'.repeat(100), '\xff\x00.']
const NOW = START / 1000
const TOLERANCE = 300

function macOf(secret: string, text: string, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', secret).update(text, 'latin1').digest(encoding)
}

/** Whether one of the codes is that of the text under one of the secrets. */
function isSigned(text: string, codes: readonly string[], encoding: 'hex' | 'base64'): boolean {
  const wanted = [SECRET, OLDER].map((secret) => macOf(secret, text, encoding))
  return codes.some((code) => wanted.includes(encoding === 'hex' ? code.toLowerCase() : code))
}

function isRecent(time: string): boolean {
  return /^\d+$/.test(time) && Math.abs(Number(time) - NOW) <= TOLERANCE
}

interface Preset {
  readonly preset: string
  fields(body: string, secret: string, time: number): Field[]
  passes(message: Message, body: string): boolean
}

const GITHUB: Preset = {
  preset: 'github',
  fields: (body, secret) => [['x-hub-signature-256', `sha256=${macOf(secret, body, 'hex')}`]],
  passes(message, body) {
    const [line = '', ...more] = linesOf(message, 'x-hub-signature-256')
    return more.length === 0 && line.startsWith('sha256=') && isSigned(body, [line.slice(7)], 'hex')
  },
}

const STRIPE: Preset = {
  preset: 'stripe',
  fields: (body, secret, time) => [['stripe-signature', `t=${time},v1=${macOf(secret, `${time}.${body}`, 'hex')},v0=00`]],
  passes(message, body) {
    const [line = '', ...more] = linesOf(message, 'stripe-signature')
    const parts = line.split(',')
    const [time = '', ...times] = parts.filter((part) => part.startsWith('t=')).map((part) => part.slice(2))
    const codes = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice(3))
    return more.length + times.length === 0 && isRecent(time) && isSigned(`${time}.${body}`, codes, 'hex')
  },
}

const STANDARD: Preset = {
  preset: 'standard',
  fields: (body, secret, time) => [
    ['webhook-id', 'msg_1'],
    ['webhook-timestamp', String(time)],
    ['webhook-signature', `v1a,AAAA v1,${macOf(secret, `msg_1.${time}.${body}`, 'base64')}`],
  ],
  passes(message, body) {
    const [ids, times, lines] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => linesOf(message, name))
    if (ids!.length !== 1 || times!.length !== 1 || lines!.length !== 1) return false
    const codes = lines![0]!.split(' ').filter((part) => part.startsWith('v1,'))
    const text = `${ids![0]}.${times![0]}.${body}`
    return (
      isRecent(times![0]!) &&
      isSigned(
        text,
        codes.map((part) => part.slice(3)),
        'base64',
      )
    )
  },
}

export const WEBHOOKS: readonly Subject[] = [GITHUB, STRIPE, STANDARD].map((preset) => ({
  name: `hmac-auth, webhooks of ${preset.preset}`,
  filter: 'hmac-auth',
  config: { schemes: [{ webhook: { preset: preset.preset, secrets: [SECRET, OLDER] } }] },
  message: (dice: Dice) => {
    const body = dice.pick(BODIES)
    const fields = preset.fields(body, dice.pick([SECRET, OLDER]), NOW + dice.pick([0, -TOLERANCE, TOLERANCE]))
    return messageOf([...fields, ['x-a', 'b']], { method: 'POST', body })
  },
  senders: (message) => (preset.passes(message, message.body ?? '') ? [] : null),
}))
