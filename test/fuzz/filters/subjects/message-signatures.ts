import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createSigner, createVerifier, httpbis, type Request, type VerifyingKey } from 'http-message-signatures'
import { parseDictionary, serializeDictionary, type Dictionary } from 'structured-headers'
import type { Dice } from '../../http1/messages.ts'
import { linesOf, messageOf, type Field, type Message } from '../message.ts'
import { START, type Subject } from '../subject.ts'

const KEPT = 400
const MAX_AGE = 300
const MOST_AHEAD = 60
const REQUIRED = ['@method', '@path']
const FIELDS = [
  '@authority',
  '@target-uri',
  '@query',
  'x-a',
  '"x-list";sf',
  '"x-list";bs',
  '"x-list";key="a"',
  '"@query-param";name="q"',
]

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const secret = createSecretKey('k-0123456789', 'utf8')
const pem = ({ publicKey }: Pair): string => publicKey.export({ format: 'pem', type: 'spki' }) as string
const ed25519 = generateKeyPairSync('ed25519')
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const KEYS = [
  { id: 'mac', alg: 'hmac-sha256', signing: secret, verifying: secret, config: { secret: 'k-0123456789' } },
  { id: 'ed', alg: 'ed25519', signing: ed25519.privateKey, verifying: ed25519.publicKey, config: { public_key: pem(ed25519) } },
  { id: 'ec', alg: 'ecdsa-p256-sha256', signing: p256.privateKey, verifying: p256.publicKey, config: { public_key: pem(p256) } },
] as const

/** Signed by the package http-message-signatures, which judges as well. */
export async function messageSignatures(dice: Dice): Promise<Subject> {
  const messages = await Promise.all(Array.from({ length: KEPT }, () => signed(dice)))
  return {
    name: 'hmac-auth, message signatures',
    filter: 'hmac-auth',
    config: {
      schemes: [
        { rfc9421: { keys: KEYS.map(({ id, alg, config }) => ({ keyid: id, alg, ...config })), required_components: REQUIRED } },
      ],
    },
    message: (own) => own.pick(messages),
    senders,
  }
}

async function signed(dice: Dice): Promise<Message> {
  const { id, alg, signing } = dice.pick(KEYS)
  const path = dice.pick(['/a?q=1', '/a?q=%201&r', '/?q='])
  const fields: Field[] = [
    ['x-a', dice.pick(['one', 'a, b', ''])],
    ['x-list', dice.pick(['a=1', 'a=1, b;c="d"', 'a=(1 2);x'])],
  ]
  const created = new Date(START - dice.pick([0, 60, MAX_AGE]) * 1000)
  const chosen = [...REQUIRED, ...FIELDS.filter(() => dice.roll(3) === 0)]
  const config = {
    key: createSigner(signing, alg, id),
    fields: chosen,
    paramValues: { created },
    params: ['created', 'keyid', 'alg'],
  }
  const whole = messageOf(fields, { path })
  const { headers } = await httpbis.signMessage(config, requestOf(whole))
  const added = Object.entries(headers).flatMap(([name, value]): Field[] =>
    name.toLowerCase().startsWith('signature') ? [[name.toLowerCase(), String(value)]] : [],
  )
  return { ...whole, fields: [...fields, ...added] }
}

function requestOf(message: Message): Request {
  const names = new Set(message.fields.map(([name]) => name))
  const headers = Object.fromEntries([...names].map((name) => [name, linesOf(message, name)]))
  // The package takes the URI as it is told, for `@target-uri`, too.
  const host = message.host.toLowerCase().replace(/:80$/, '')
  return { method: message.method, url: `http://${host}${message.path}`, headers }
}

/** One of the signatures holds; the package looks at several in a way of its own. */
async function senders(message: Message): Promise<string[] | null> {
  for (const one of singly(message)) if (await holds(one)) return []
  return null
}

function singly(message: Message): Message[] {
  const [inputs, signatures] = ['signature-input', 'signature'].map((name) => dictionaryOf(linesOf(message, name).join(', ')))
  const rest = message.fields.filter(([name]) => !name.startsWith('signature'))
  return [...inputs!].flatMap(([label, input]) => {
    const signature = signatures!.get(label)
    if (signature === undefined) return []
    const pair: Field[] = [
      ['signature-input', serializeDictionary(new Map([[label, input]]))],
      ['signature', serializeDictionary(new Map([[label, signature]]))],
    ]
    return [{ ...message, fields: [...rest, ...pair] }]
  })
}

function dictionaryOf(text: string): Dictionary {
  try {
    return parseDictionary(text)
  } catch {
    return new Map()
  }
}

async function holds(message: Message): Promise<boolean> {
  const limits = { maxAge: MAX_AGE, notAfter: START / 1000 + MOST_AHEAD }
  const config = { keyLookup, requiredFields: REQUIRED, requiredParams: ['created', 'keyid'], ...limits }
  return httpbis.verifyMessage(config, requestOf(message)).then(
    (verdict) => verdict === true,
    () => false,
  )
}

function keyLookup({ keyid }: { readonly keyid?: string }): Promise<VerifyingKey | null> {
  const key = KEYS.find(({ id }) => id === keyid)
  return Promise.resolve(
    key === undefined ? null : { id: key.id, algs: [key.alg], verify: createVerifier(key.verifying, key.alg) },
  )
}
