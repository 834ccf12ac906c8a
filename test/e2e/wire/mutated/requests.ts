/** What an upstream got, as a list of requests that two proxies can be compared by. */
import { MessageParser, type Field, type WireMessage } from '../../../support/http-text.ts'
import type { Observation } from '../row.ts'

/**
 * Every whole request, in the order of connections: its line, its fields in an order of their own, body and trailers.
 * How much of a request that was never completed reached the upstream depends on reads.
 */
export function wholeRequests({ upstream }: Observation): string[] {
  return upstream.flatMap((connection) => {
    const requests: string[] = []
    const parser = new MessageParser({
      bodiless: () => false,
      untilClose: false,
      onHead: () => {},
      onComplete: (message) => requests.push(textOf(message)),
    })
    parser.push(connection.slice(0, connection.lastIndexOf('[')))
    return requests
  })
}

function textOf({ startLine, headers, body, trailers }: WireMessage): string {
  return [startLine, ...linesOf(headers), '', body, ...linesOf(trailers)].join('\n')
}

function linesOf(fields: readonly Field[]): string[] {
  return fields.map(([name, value]) => `${name}: ${value}`).toSorted()
}
