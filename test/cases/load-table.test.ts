import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoTable } from './demo.ts'
import { parseTable } from '../../host/testing/cases/load-table.ts'
import { textBytes } from '../../host/testing/cases/text.ts'

const HEAD = 'filter: demo\ncases:\n'
const parse = (cases: string) => parseTable(HEAD + cases, 'cases.yaml')

describe('parseTable', () => {
  test('merges defaults into each case and makes JSON of the configuration', () => {
    const table = parseTable(
      `filter: demo
defaults:
  config: {a: 1}
  options: {failure_policy: FAIL_OPEN, before: [{filter: other, config: text}]}
cases:
  - {id: one, title: One, steps: [{request: }]}
  - {id: two, title: Two, config: {b: [2]}, options: {before: []}, steps: [{request: }]}
`,
      'cases.yaml',
    )
    expect(table.cases.map((one) => [one.chain, one.subject, one.failurePolicy])).toEqual([
      [
        [
          { filter: 'other', config: 'text' },
          { filter: 'demo', config: '{"a":1}' },
        ],
        1,
        'FAIL_OPEN',
      ],
      [[{ filter: 'demo', config: '{"b":[2]}' }], 0, 'FAIL_OPEN'],
    ])
  })

  test.each([
    ['  - {id: a, title: t, stepz: []}\n', 'cases.yaml:3:30: cases.0.stepz: unknown field'],
    [
      '  - {id: a, title: t, steps: [{request: {expect: {status: "200"}}}]}\n',
      'cases.0.steps.0.request.expect.status: seen "200", wanted number',
    ],
    ['  - {id: a, title: t, steps: [{advance: 3}]}\n', 'cases.yaml:3:41: cases.0.steps.0.advance: seen 3, wanted string'],
    ['  - {id: a, title: t, steps: [{advance: 3 s}]}\n', 'wanted text that matches'],
    [
      '  - {id: a, title: t, steps: [{advance: 3s, logs: [a]}]}\n',
      'cases.0.steps.0: seen advance and logs, wanted one of request',
    ],
    ['  - {id: a, title: t}\n', 'cases.0: wanted either steps or configure: refused'],
    ['  - {id: a, title: t, configure: refused}\n', 'cases.0: wanted logs together with configure: refused'],
    [
      '  - {id: a, title: t, steps: [{request: }]}\n  - {id: a, title: t, steps: [{request: }]}\n',
      'cases.yaml:4:10: cases.1.id: seen a twice',
    ],
    ['  - {id: a, id: b}\n', 'Map keys must be unique'],
    ['  - {title: t, steps: [{request: }]}\n', 'cases.0: field id is missing'],
  ])('refuses %j with the place', (cases, message) => {
    expect(() => parse(cases)).toThrow(message)
  })

  test('sums up the waits of a case and leaves long ones to virtual time', () => {
    const table = parse(`  - {id: a, title: t, steps: [{advance: 1.5s}, {request: {upstream: {delay: 600ms}}}]}
  - {id: b, title: t, steps: [{advance: 1.5s}, {request: {upstream: {delay: 500ms}}}]}
`)
    expect(table.cases.map((one) => one.skips)).toEqual([{ host: 'clock', envoy: 'clock' }, {}])
  })

  test('reads the example of docs/CASES.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/CASES.md'), 'utf8')
    const example = /```yaml\n([\s\S]*?)```/.exec(page)![1]!
    expect(parseTable(example, 'CASES.md').cases.map(({ id }) => id)).toEqual(['AK-1a', 'AK-2a', 'AK-C1', 'RL-2', 'FI-2', 'FI-9'])
  })

  test('reads the table of the runner itself', () => {
    expect(demoTable().cases.length).toBeGreaterThan(8)
  })
})

test('textBytes sends characters beyond one byte as UTF-8', () => {
  expect([textBytes('\u00e9'), textBytes('\u20ac'), textBytes({ repeat: 'ab', times: 3 })]).toEqual([
    '\u00e9',
    '\xe2\x82\xac',
    'ababab',
  ])
})
