/** Heads of HTTP/1 messages, as tables of the plugin tester write them, with the names of HTTP/2. */
import type { HeaderList } from '../../messages.ts'

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\S+) HTTP\/1\.[01]$/
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: .*)?$/
const FIELD = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/

/** Byte strings; throws Error for another text. */
export function parseHead(text: string, isRequest: boolean): HeaderList {
  const [first = '', ...lines] = text.split(/\r?\n/)
  const fields = lines.filter((line) => line !== '').map(parseField)
  return isRequest ? requestFields(first, fields) : [[':status', statusOf(first)], ...fields]
}

function requestFields(line: string, fields: readonly [string, string][]): HeaderList {
  const [, method, target] = REQUEST_LINE.exec(line) ?? []
  if (method === undefined || target === undefined) throw wrong(line, 'a line as GET / HTTP/1.1')
  if (target.startsWith('/')) {
    const head = [[':method', method] as const, [':path', target] as const]
    return [...head, ...fields.map(([name, value]) => [name === 'host' ? ':authority' : name, value] as const)]
  }
  if (!URL.canParse(target)) throw wrong(target, 'a path or a URL')
  const { protocol, pathname, search, host } = new URL(target)
  const rest = fields.filter(([name]) => name !== 'host')
  return [[':method', method], [':scheme', protocol.slice(0, -1)], [':path', pathname + search], [':authority', host], ...rest]
}

function statusOf(line: string): string {
  const status = STATUS_LINE.exec(line)?.[1]
  if (status === undefined) throw wrong(line, 'a line as HTTP/1.1 200 OK')
  return status
}

function parseField(line: string): [string, string] {
  const [, name, value] = FIELD.exec(line) ?? []
  if (name === undefined || value === undefined) throw wrong(line, 'name: value')
  return [name.toLowerCase(), value]
}

function wrong(seen: string, wanted: string): Error {
  return new Error(`head of a message: seen ${JSON.stringify(seen)}, wanted ${wanted}`)
}
