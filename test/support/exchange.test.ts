import { afterEach, describe, expect, test } from 'vitest'
import { EMPTY_ANSWER, type ScriptedMessage, type ClientRequest } from '../../host/testing/cases/script.ts'
import { exchange } from './client.ts'
import { MessageParser, type WireMessage } from './http-text.ts'
import { RecordingUpstream } from './upstream.ts'

const GET: ClientRequest = {
  from: '127.0.0.1',
  method: 'GET',
  path: '/',
  headers: [],
  body: '',
  chunks: null,
  trailers: [],
  abortMillis: null,
}

function parse(text: string, size: number, isResponse: boolean): WireMessage[] {
  const done: WireMessage[] = []
  const parser = new MessageParser({
    bodiless: (line) => line.includes(' 204 '),
    untilClose: isResponse,
    onHead: () => {},
    onComplete: (message) => done.push(message),
  })
  for (let at = 0; at < text.length; at += size) parser.push(text.slice(at, at + size))
  parser.end()
  return done
}

describe('MessageParser', () => {
  const requests =
    'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc' +
    'POST /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\nX-Sum: 5\r\n\r\nPUT /4 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'

  test.each([1, 2, 7, 1000])('reads the same requests in pieces of %i bytes', (size) => {
    const seen = parse(requests, size, false).map(({ startLine, body, trailers }) => [startLine.split(' ')[1], body, trailers])
    expect(seen).toEqual([
      ['/1', '', []],
      ['/2', 'abc', []],
      ['/3', 'abcde', [['X-Sum', '5']]],
      ['/4', '', []],
    ])
  })

  test('skips interim answers and reads a body without length to the end of the connection', () => {
    const [message] = parse('HTTP/1.1 103 Early\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\nserver: s\r\n\r\nhello', 5, true)
    expect(message).toMatchObject({ startLine: 'HTTP/1.1 200 OK', body: 'hello', complete: true })
  })
})

describe('exchange with a RecordingUpstream', () => {
  let upstream: RecordingUpstream
  afterEach(() => upstream.close())

  async function ask(answer: Partial<ScriptedMessage>, request: Partial<ClientRequest> = {}): ReturnType<typeof exchange> {
    upstream = await RecordingUpstream.start(() => ({ ...EMPTY_ANSWER, ...answer }))
    return exchange(upstream.port, { ...GET, ...request })
  }

  test('sends chunks and trailers and reads chunks and trailers', async () => {
    const seen = await ask({ chunks: ['ab', 'c'], trailers: [['x-t', '1']] }, { chunks: ['1', '23'], trailers: [['x-r', '2']] })
    expect(seen).toMatchObject({ reset: false, message: { body: 'abc', trailers: [['x-t', '1']] } })
    expect(upstream.requests).toMatchObject([{ body: '123', trailers: [['x-r', '2']], complete: true }])
  })

  test.each([
    [{ fail: 'close' }, null],
    [{ fail: 'reset' }, null],
    [{ fail: 'close_in_body', body: 'abcd' }, 'ab'],
  ] as const)('reports an answer cut by %j', async (answer, body) => {
    const seen = await ask(answer)
    expect([seen.reset, seen.message?.body ?? null]).toEqual([true, body])
  })

  test('reads the head of an answer to HEAD and waits for no body', async () => {
    const seen = await ask({ body: 'long' }, { method: 'HEAD' })
    expect([seen.reset, seen.message?.headers]).toEqual([false, [['content-length', '4']]])
  })

  test('leaves when it is told to, and says that it left', async () => {
    const seen = await ask({ fail: 'hang' }, { abortMillis: 20 })
    expect(seen).toMatchObject({ reset: false, message: null })
    expect(seen.tookMillis).toBeLessThan(500)
  })

  test('measures the time of the answer', async () => {
    const seen = await ask({ delayMillis: 60 })
    expect(seen.tookMillis).toBeGreaterThan(58)
  })
})
