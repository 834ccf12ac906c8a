/** Sockets share a buffer to read into: what one message brings must never turn up in another, however slow its receiver. */
import { createServer, request } from 'node:http'
import { connect, type ClientHttp2Session } from 'node:http2'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveBefore, type Served } from '../http2/origin.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwx'
const LENGTH = 3_000_000

function bodyOf(letter: string): Buffer {
  return Buffer.alloc(LENGTH, letter)
}

/** `GET /<letter>` is answered by a body of that letter, a POST by its own body. */
const origin = createServer((message, response) => {
  if (message.method === 'POST') message.pipe(response)
  else response.end(bodyOf(message.url![1]!))
})
let served: Served
let session: ClientHttp2Session

beforeAll(async () => {
  served = await serveBefore(origin, {})
  session = connect(`http://127.0.0.1:${served.port}`, { maxSessionMemory: 1000 })
})

afterAll(async () => {
  session.close()
  await served.stop()
})

/** Everything that is not the letter, and how much was read; reads with a rest now and then. */
async function read(source: Readable, letter: string): Promise<{ length: number; foreign: string }> {
  let length = 0
  let foreign = ''
  for await (const chunk of source as AsyncIterable<Buffer>) {
    length += chunk.length
    foreign += chunk.toString('latin1').replaceAll(letter, '').slice(0, 20)
    if (length % 7 < 3) await sleep(2)
  }
  return { length, foreign }
}

function http1(letter: string, method: string): Promise<{ length: number; foreign: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: served.port, path: `/${letter}`, method, agent: false }, (response) => {
      read(response, letter).then(resolve, reject)
    })
    asked.on('error', reject).end(method === 'POST' ? bodyOf(letter) : undefined)
  })
}

function http2(letter: string, method: string): Promise<{ length: number; foreign: string }> {
  const stream = session.request({ ':path': `/${letter}`, ':method': method })
  stream.end(method === 'POST' ? bodyOf(letter) : undefined)
  return read(stream, letter)
}

test.each([
  ['downloads by HTTP/1.1', http1, 'GET'],
  ['downloads by HTTP/2', http2, 'GET'],
  ['uploads and their echo by HTTP/1.1', http1, 'POST'],
  ['uploads and their echo by HTTP/2', http2, 'POST'],
])('%s, many at a time, keep their bytes apart', async (_, exchange, method) => {
  const results = await Promise.all(Array.from(LETTERS, (letter) => exchange(letter, method)))
  expect(results).toEqual(Array.from(LETTERS, () => ({ length: LENGTH, foreign: '' })))
})
