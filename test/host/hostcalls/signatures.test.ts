/** Keys that were read once verify again, each for itself, and guests cannot fill the memory with them. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import {
  VerifySignatureArgumentsSchema,
  VerifySignatureResultSchema,
} from '../../../host/config/gen/envoy/source/extensions/common/wasm/foreign_functions_pb.ts'
import { KeyCache, MAX_KEYS, MAX_KEY_BYTES } from '../../../host/hostcalls/key-cache.ts'
import { verifySignature } from '../../../host/hostcalls/signatures.ts'
import type { Vm } from '../../../host/plugin/vm.ts'

const TEXT = Buffer.from('signed')
const VM = { work: () => {} } as unknown as Vm

/** The error of a verification, '' when the signature is good. */
function verify(fields: MessageInitShape<typeof VerifySignatureArgumentsSchema>): string {
  const message = create(VerifySignatureArgumentsSchema, { hashFunction: 'sha256', text: TEXT, ...fields })
  const result = verifySignature(VM, Buffer.from(toBinary(VerifySignatureArgumentsSchema, message)))
  if (typeof result === 'number') return `status ${result}`
  return fromBinary(VerifySignatureResultSchema, result).error
}

const derOf = (key: KeyObject): Uint8Array => Uint8Array.from(key.export({ format: 'der', type: 'spki' }))
const pemOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString()
const FAILED = 'Failed to verify digest. Error code: 0'
const NO_KEY = 'Failed to initialize digest verify.'

describe('verify_signature', () => {
  const pairs = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ]

  test('takes each key for what it is, the first time and later', () => {
    for (const { privateKey, publicKey } of [...pairs, ...pairs]) {
      const signature = Uint8Array.from(sign('sha256', TEXT, privateKey))
      const answers = pairs.map((pair) => [
        verify({ publicKey: derOf(pair.publicKey), signature }),
        verify({ publicKeyPem: pemOf(pair.publicKey), signature }),
      ])
      const wanted = pairs.map((pair) => (pair.publicKey === publicKey ? ['', ''] : [FAILED, FAILED]))
      expect(answers).toEqual(wanted)
    }
  })

  test('knows no key in the wrong form, even if it has read the text in the right one', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const signature = Uint8Array.from(sign('sha256', TEXT, privateKey))
    expect(verify({ publicKeyPem: pemOf(publicKey), signature })).toBe('')
    expect(verify({ publicKey: Uint8Array.from(Buffer.from(pemOf(publicKey))), signature })).toBe(NO_KEY)
    expect(verify({ publicKey: derOf(publicKey), signature })).toBe('')
    expect(verify({ publicKeyPem: Buffer.from(derOf(publicKey)).toString('latin1'), signature })).toBe(NO_KEY)
  })

  test('refuses a changed key after the right one', () => {
    const { privateKey, publicKey } = pairs[0]!
    const signature = Uint8Array.from(sign('sha256', TEXT, privateKey))
    const changed = derOf(publicKey)
    changed[changed.length - 40]! ^= 1
    expect(verify({ publicKey: derOf(publicKey), signature })).toBe('')
    expect(verify({ publicKey: changed, signature })).toBe(FAILED)
  })
})

describe('kept keys', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  test('are read once, as is what is no key', () => {
    const read: string[] = []
    const keys = new KeyCache((text) => (read.push(text), text === 'good' ? publicKey : null))
    for (let i = 0; i < 3; i++) expect([keys.get('good'), keys.get('bad')]).toEqual([publicKey, null])
    expect(read).toEqual(['good', 'bad'])
  })

  test('are bounded in number: those that were used last stay', () => {
    const read: string[] = []
    const keys = new KeyCache((text) => (read.push(text), publicKey))
    for (let i = 0; i < 10_000; i++) {
      keys.get(`key ${i}`)
      keys.get('used')
    }
    expect(keys.size).toBe(MAX_KEYS)
    expect(read.length).toBe(10_001)
    keys.get('key 0')
    expect(read.at(-1)).toBe('key 0')
  })

  test('are bounded in length', () => {
    const keys = new KeyCache(() => publicKey)
    keys.get('x'.repeat(MAX_KEY_BYTES))
    expect(keys.get('x'.repeat(MAX_KEY_BYTES + 1))).toBe(publicKey)
    expect(keys.size).toBe(1)
  })
})
