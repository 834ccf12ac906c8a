/** Operators that take something out of the request, or out of the process around it. */
import { utf8ByteString } from '../../util/bytes.ts'
import { queryValue } from '../value-matcher.ts'
import type { FormatContext } from './context.ts'

type RequestOperator = (context: FormatContext) => string | null

/** `NAME`: the first value of a query parameter, its escapes decoded. */
export function queryParameter(name: string | null): RequestOperator | null {
  if (name === null || name === '') return null
  return ({ requestHeaders }) => {
    const target = requestHeaders.get(':path') ?? ''
    const mark = target.indexOf('?')
    const value = mark < 0 ? null : queryValue(target.slice(mark + 1), name)
    return value === null ? null : decode(value)
  }
}

/** `WQ`, which is the default, or `NQ` (with or without query), then `:ORIG`, `:PATH` or `:ORIG_OR_PATH`: as it came, as it is, or the first there is. */
export function requestPath(argument: string | null): RequestOperator | null {
  const [, query, source = 'ORIG_OR_PATH'] = /^(WQ|NQ)(?::(ORIG|PATH|ORIG_OR_PATH))?$/.exec(argument ?? 'WQ') ?? []
  if (query === undefined) return null
  return ({ requestHeaders }) => {
    const original = source === 'PATH' ? null : requestHeaders.get('x-envoy-original-path')
    const path = original ?? (source === 'ORIG' ? null : requestHeaders.get(':path'))
    const mark = path === null || query === 'WQ' ? -1 : path.indexOf('?')
    return path === null || mark < 0 ? path : path.slice(0, mark)
  }
}

/** `NAME`: a variable of the environment, as it was when the configuration was read. */
export function environment(name: string | null): RequestOperator | null {
  if (name === null || name === '') return null
  const value = process.env[name]
  const text = value === undefined ? '-' : utf8ByteString(value)
  return () => text
}

/** An escape that is none stays as it is. */
function decode(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
