import { describe, expect, test } from 'vitest'
import { frameGrpcMessage, GrpcDecoder, unframeGrpcMessages, type GrpcFault } from '../../../host/http/grpc-decoder.ts'

const MESSAGES = ['', 'a', 'hello', 'x'.repeat(300)]
const BODY = Buffer.concat(MESSAGES.map((message) => frameGrpcMessage(Buffer.from(message))))

/** Feeds a body in two pieces. */
function decodeIn(decoder: GrpcDecoder, body: Buffer, split: number): string[] | GrpcFault {
  const texts: string[] = []
  for (const piece of [body.subarray(0, split), body.subarray(split)]) {
    const messages = decoder.decode(piece)
    if (typeof messages === 'string') return messages
    texts.push(...messages.map(String))
  }
  return texts
}

describe('GrpcDecoder', () => {
  test('finds the same messages wherever the bytes are cut', () => {
    for (let split = 0; split <= BODY.length; split++)
      expect(decodeIn(new GrpcDecoder(Infinity), BODY, split), `cut at ${split}`).toEqual(MESSAGES)
  })

  test.each([
    ['flags that mean nothing', [2], 'malformed'],
    ['a compressed message', [1, 0, 0, 0, 1, 9], 'malformed'],
    ['a message that is too long, before it has come', [0, 0, 0, 0, 11], 'too_long'],
  ])('refuses %s', (_what, bytes, fault) => {
    expect(new GrpcDecoder(10).decode(Buffer.from(bytes as number[]))).toBe(fault)
  })

  test('takes an empty message that says it is compressed', () => {
    expect(unframeGrpcMessages(Buffer.from([1, 0, 0, 0, 0])).map(String)).toEqual([''])
  })

  test('leaves out what is no whole message at the end', () => {
    expect(unframeGrpcMessages(Buffer.concat([BODY, Buffer.from([0, 0])])).map(String)).toEqual(MESSAGES)
  })
})
