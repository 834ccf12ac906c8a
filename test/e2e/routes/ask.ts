/** One request of the route suite to one proxy, and its answer as lines that can be compared. */
import { connect } from 'node:net'
import { MessageParser, type WireMessage } from '../../support/http-text.ts'
import type { Request } from './scenario.ts'

const LIMIT = 10_000

/**
 * Start line, headers and body of the answer, line by line; what is never the same twice is masked. `{port}` stands for
 * the port of the listener in both.
 */
export async function ask(port: number, request: Request): Promise<string[]> {
  const message = await exchange(port, toText(request.replaceAll('{port}', String(port))), request.startsWith('HEAD '))
  const headers = message.headers.map(([name, value]) => `${name}: ${value}`)
  return [message.startLine, ...headers, ...message.body.split('\n')]
    .map((line) => masked(line, port))
    .filter((line) => line !== '')
}

/** The request as it goes over the wire. */
function toText(request: Request): string {
  const [start = '', ...fields] = request.split(' | ')
  const [, method = '', authority = '', path = ''] = /^(\S+) ([^/ ]*)(.*)$/.exec(start) ?? []
  const length = /^(POST|PUT)$/.test(method) ? ['content-length: 0'] : []
  const lines = [`${method} ${path} HTTP/1.1`, ...(authority === '' ? [] : [`host: ${authority}`]), ...fields, ...length]
  return `${lines.join('\r\n')}\r\n\r\n`
}

function exchange(port: number, text: string, isHead: boolean): Promise<WireMessage> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const fail = (why: string): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(new Error(`${why} after ${JSON.stringify(text)}`))
    }
    const timer = setTimeout(() => fail('no answer'), LIMIT)
    const parser = new MessageParser({
      bodiless: (startLine) => isHead || /^HTTP\/1\.1 (204|304)/.test(startLine),
      untilClose: true,
      onHead: () => {},
      onComplete: (message) => {
        clearTimeout(timer)
        socket.destroy()
        resolve(message)
      },
    })
    socket.on('data', (bytes: Buffer) => parser.push(bytes.latin1Slice()))
    socket.on('error', (error) => fail(error.message))
    socket.on('close', () => fail('closed'))
    socket.write(text, 'latin1')
  })
}

function masked(line: string, port: number): string {
  return line
    .replace(/^(set-cookie: \w+=)"[0-9a-f]{1,16}"/, '$1*')
    .replace(`x-forwarded-port: ${port}`, 'x-forwarded-port: {port}')
    .replace(/^(date|x-envoy-upstream-service-time): .*$/, '$1: *')
    .replace(/(x-request-id): [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, '$1: *')
}
