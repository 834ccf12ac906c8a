/** Reads `/tap` of a host's admin interface. */
import { request, type IncomingMessage } from 'node:http'
import type { TraceJson } from '../../host/tap/trace-json.ts'

export interface ReadTap {
  /** Everything until the tap ends. */
  traces(): Promise<TraceJson[]>
}

/** Resolves when the tap is open: requests from here on are seen. Rejects with status and text when it is refused. */
export async function openTap(port: number, query: string): Promise<ReadTap> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path: `/tap?${query}`, agent: false }, resolve)
    call.on('error', reject)
    call.end()
  })
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${await textOf(response)}`)
  return { traces: async () => (await textOf(response)).split('\n').filter(Boolean).map(parseTrace) }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function parseTrace(line: string): TraceJson {
  return JSON.parse(line) as TraceJson
}
