/** Requests of the client connection's tests. */
import { HeaderMap } from '../../../host/http/header-map.ts'
import type { RecordedResponse } from './recording.ts'

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

export function request(method: string, ...fields: [string, string][]): HeaderMap {
  return HeaderMap.from([[':authority', 'a.test'], [':path', '/p'], [':method', method], [':scheme', 'http'], ...fields])
}

export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Waits for the end of a response or its reset. */
export function finished(response: RecordedResponse): Promise<void> {
  if (response.isComplete || response.resetReason !== '') return Promise.resolve()
  return new Promise((resolve) => {
    response.onEnd = resolve
  })
}
