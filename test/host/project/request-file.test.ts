/** Requests in files, for `sluice run --request`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SluiceError } from '../../../host/errors.ts'
import { readRequestFile } from '../../../host/project/trial/request-file.ts'
import type { TrialRequest } from '../../../host/project/trial/trial.ts'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-request-'))))
afterAll(() => rmSync(folder, { recursive: true }))

function readAs(name: string, content: string | Buffer): TrialRequest {
  const path = join(folder, name)
  writeFileSync(path, content)
  return readRequestFile(path)
}

describe('a request in a file', () => {
  test.each([
    ['with CRLF', 'POST /a?b=1 HTTP/1.1\r\nHost: me.test\r\nX-Two: 1\r\nx-two:2\r\n\r\nline\r\n\r\nend'],
    ['with LF', 'POST /a?b=1\nHost: me.test\nX-Two: 1\nx-two:2\ncontent-length: 7\n\nline\r\n\r\nend'],
  ])('is an HTTP message %s', (_, message) => {
    const headers = [
      ['host', 'me.test'],
      ['x-two', '1'],
      ['x-two', '2'],
    ]
    expect(readAs('a.http', message)).toEqual({ method: 'POST', path: '/a?b=1', headers, body: 'line\r\n\r\nend' })
  })

  test('keeps the bytes of a body, and needs none', () => {
    const bytes = Buffer.from([0x00, 0xff, 0x0a, 0xc3, 0xa9])
    expect(readAs('b.http', Buffer.concat([Buffer.from('PUT / HTTP/1.0\n\n'), bytes])).body).toBe(bytes.latin1Slice())
    expect(readAs('c.http', 'GET /only HTTP/1.1\n')).toEqual({ method: 'GET', path: '/only', headers: [], body: '' })
  })

  test('is YAML, with headers by name or as pairs, and a body that becomes JSON', () => {
    const headers = [
      ['x-a', '1'],
      ['x-b', '2'],
      ['x-b', '3'],
    ]
    const wanted = { method: 'POST', path: '/i', headers, body: '{"a":[1]}' }
    expect(readAs('a.yaml', 'method: POST\npath: /i\nheaders: {x-a: 1, x-b: [2, 3]}\nbody: {a: [1]}\n')).toEqual(wanted)
    expect(readAs('b.yml', 'method: POST\npath: /i\nheaders: [[X-A, 1], [x-b, [2, 3]]]\nbody: \'{"a":[1]}\'\n')).toEqual(wanted)
    expect(readAs('c.yaml', 'body: é')).toEqual({ method: 'GET', path: '/', headers: [], body: Buffer.from('é').latin1Slice() })
  })

  test.each([
    ['a.http', 'nonsense', { line: 1, seen: "'nonsense'", wanted: 'GET /path HTTP/1.1' }],
    ['b.http', 'GET / HTTP/1.1\nhost me', { line: 2, seen: "'host me'", wanted: 'name: value' }],
    [
      'c.http',
      'GET / HTTP/1.1\nTransfer-Encoding: chunked\n\n0\n\n',
      { line: 2, wanted: expect.stringContaining('as it is') as string },
    ],
    ['d.yaml', 'url: /', { seen: 'url', wanted: 'method, path, headers, body' }],
    ['e.yaml', 'just text', { seen: 'no fields' }],
    ['f.yaml', 'headers: [a]', { seen: '"a"' }],
    ['g.yaml', 'method: G T', { seen: "'G T /'" }],
    ['h.yaml', 'a: [', {}],
  ])('is refused with its place: %s %j', (name, content, detail) => {
    const place = expect.objectContaining({ path: join(folder, name), ...detail }) as unknown
    expect(() => readAs(name, content)).toThrow(expect.objectContaining({ code: 'SLUICE_CLI_USAGE', detail: place }) as Error)
  })

  test('has to be there', () => {
    expect(() => readRequestFile(join(folder, 'none.http'))).toThrow(SluiceError)
  })
})
