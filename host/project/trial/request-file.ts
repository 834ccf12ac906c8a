/** A request in a file: an HTTP message as it is on the wire, or YAML. */
import { SluiceError } from '../../errors.ts'
import { attempt, readOr } from '../../util/attempt.ts'
import { fromByteString, utf8ByteString } from '../../util/bytes.ts'
import { parse } from 'yaml'
import type { TrialRequest } from './trial.ts'

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+)(?: HTTP\/1\.[01])?$/
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*(.*?)[\t ]*$/
/** The body tells how long it is. */
const IGNORED = 'content-length'

/** Throws SLUICE_CLI_USAGE with what is wrong in it, SLUICE_CONFIG_FILE when it cannot be read. */
export function readRequestFile(path: string): TrialRequest {
  const bytes = readOr('SLUICE_CONFIG_FILE', 'Cannot read the request', path)
  return /\.ya?ml$/.test(path) ? requestOfYaml(bytes.toString('utf8'), path) : requestOfMessage(bytes.latin1Slice(), path)
}

/** Everything after the first empty line is the body. */
function requestOfMessage(message: string, path: string): TrialRequest {
  const [head = ''] = message.split(/\r?\n\r?\n/, 1)
  const [first = '', ...lines] = head.trimEnd().split(/\r?\n/)
  const [, method, target] = REQUEST_LINE.exec(first) ?? []
  if (method === undefined) throw fault(path, 1, first, 'GET /path HTTP/1.1')
  const headers = lines.map((line, index) => headerOf(line, path, index + 2))
  const body = message.slice(head.length).replace(/^\r?\n\r?\n/, '')
  return { method, path: target!, headers: headers.filter(([name]) => name !== IGNORED), body }
}

function headerOf(line: string, path: string, number: number): [string, string] {
  const [, name = '', value] = HEADER_LINE.exec(line) ?? []
  if (value === undefined) throw fault(path, number, line, 'name: value')
  if (name.toLowerCase() !== 'transfer-encoding') return [name.toLowerCase(), value]
  throw fault(path, number, line, 'no transfer-encoding: the body as it is')
}

function fault(path: string, line: number, byteString: string, wanted: string): SluiceError {
  const seen = `'${fromByteString(byteString).toString('utf8').slice(0, 80)}'`
  return new SluiceError('SLUICE_CLI_USAGE', 'Not an HTTP request', { path, line, seen, wanted })
}

const FIELDS = ['method', 'path', 'headers', 'body']

/** `method`, `path`, `headers` by name or as a list of pairs, `body`: a text, or what becomes JSON. */
function requestOfYaml(text: string, path: string): TrialRequest {
  const value: unknown = attempt('SLUICE_CLI_USAGE', 'Not YAML', { path }, () => parse(text))
  const fields = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name))
  if (unknown !== undefined || Object.keys(fields).length === 0) {
    const seen = unknown ?? 'no fields'
    throw new SluiceError('SLUICE_CLI_USAGE', 'Not a request', { path, seen, wanted: FIELDS.join(', ') })
  }
  const { method = 'GET', path: target = '/', headers = {}, body = '' } = fields
  const bodyText = typeof body === 'string' ? body : JSON.stringify(body)
  const first = utf8ByteString(`${String(method)} ${String(target)}`)
  const lines = headerPairs(headers, path).map((pair) => utf8ByteString(pair.join(': ')))
  return requestOfMessage(`${[first, ...lines].join('\n')}\n\n${utf8ByteString(bodyText)}`, path)
}

function headerPairs(headers: unknown, path: string): [string, string][] {
  const pairs: unknown[] = Array.isArray(headers) ? headers : Object.entries(Object(headers) as object)
  return pairs.flatMap((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      const wanted = 'a mapping, or a list of [name, value]'
      throw new SluiceError('SLUICE_CLI_USAGE', 'Not headers', { path, seen: JSON.stringify(pair), wanted })
    }
    const [name, values] = pair as [unknown, unknown]
    const list: unknown[] = Array.isArray(values) ? values : [values]
    return list.map((value): [string, string] => [String(name), String(value)])
  })
}
