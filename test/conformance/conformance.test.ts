/** The kit judges what this repository makes, and the record is checked against a real Envoy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ABI_VERSIONS } from '../../host/abi/version.ts'
import { CHAPTERS } from '../../host/conformance/chapters/index.ts'
import { mismatches, mismatchText } from '../../host/conformance/compare.ts'
import { differencesOf, knownDifference } from '../../host/conformance/differences.ts'
import type { JudgedHost } from '../../host/conformance/judge.ts'
import { readRecord } from '../../host/conformance/record.ts'
import { runChapter } from '../../host/conformance/run.ts'
import { fetchOrReason } from '../drift/config-tools.ts'
import { fetchEnvoy } from '../support/envoy-binary.ts'
import { TEST_ENGINES } from '../support/engines.ts'
import { envoyJudge, harnessJudge, hostJudge } from './judges.ts'

const { value: envoy, reason: missing } = await fetchOrReason(fetchEnvoy)

const JUDGES = [
  { name: 'the harness', judge: harnessJudge, skip: false },
  ...TEST_ENGINES.map((engine) => ({ name: `the host on ${engine}`, judge: hostJudge(engine), skip: false })),
  { name: `a real Envoy${missing}`, judge: envoyJudge, skip: envoy === null },
]

describe.each(JUDGES)('$name', ({ judge, skip }) => {
  let host: JudgedHost
  beforeAll(async () => {
    if (!skip) host = await judge.open(ABI_VERSIONS)
  })
  afterAll(() => host?.close())

  test.skipIf(skip).each(CHAPTERS)('does what the record says of $name', async (chapter) => {
    const record = readRecord(chapter.name)
    const rows = await runChapter(host, chapter, ABI_VERSIONS)
    const seen = mismatches(chapter.name, rows, record, ABI_VERSIONS)
    const known = seen.map((one) => knownDifference(one, judge.name))
    expect(seen.filter((_, at) => known[at] === undefined).map(mismatchText)).toEqual([])
    expect(differencesOf(judge.name, chapter.name).filter((one) => !known.includes(one))).toEqual([])
  })
})
