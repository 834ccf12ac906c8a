/** Each misuse of test/cases/guests/misuse.yaml costs exactly one log line, and no hostcall that would do harm. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { loadTable } from '../../host/testing/cases/load-table.ts'
import { sdkGuestModule } from './support/compile-sdk-guest.ts'
import { RecordingHost } from './support/recording-host.ts'

const folder = join(import.meta.dirname, '../cases/guests')
const table = loadTable(join(folder, 'misuse.yaml'))
const wasm = readFileSync(await sdkGuestModule(join(folder, 'misuse.ts')))

/** One request with a body each way, from its head to its deletion. */
function runStream(act: string): RecordingHost {
  const host = new RecordingHost(wasm)
  host.start(act)
  host.request(2, [[':method', 'POST']], false)
  host.buffers.set(0, Buffer.from('abcdef'))
  host.call('proxy_on_request_body', 2, 6, 1)
  host.maps.set(2, [[':status', '200']])
  host.call('proxy_on_response_headers', 2, 1, 0)
  host.buffers.set(1, Buffer.from('hello'))
  host.call('proxy_on_response_body', 2, 5, 1)
  host.end(2)
  return host
}

/** Lines that the table wants in a case. */
function wantedLines(one: (typeof table.cases)[number]): readonly string[] {
  return one.steps.flatMap((step) => (step.kind === 'logs' ? step.texts : []))
}

describe('a misuse', () => {
  it.each(table.cases.map((one) => [one.title, one] as const))('%s, with one line', (_title, one) => {
    const host = runStream(one.chain[one.subject]?.config ?? '')
    expect(host.logs.map((line) => line.trim())).toEqual(wantedLines(one))
    const kinds = new Set(host.calls.map((call) => call.split(' ')[0]))
    for (const harmful of ['continue', 'close', 'set_buffer', 'http_call']) expect(kinds).not.toContain(harmful)
    expect(host.callsOf('local_response').length).toBeLessThanOrEqual(1)
  })
})
