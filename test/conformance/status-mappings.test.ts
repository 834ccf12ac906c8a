/** A host that gives one status where another belongs turns exactly the rows of that status red: no other hides or follows them. */
import { afterEach, beforeAll, expect, test } from 'vitest'
import { Status } from '../../host/abi/enums.ts'
import { ABI_VERSIONS } from '../../host/abi/version.ts'
import { CHAPTERS } from '../../host/conformance/chapters/index.ts'
import { mismatches } from '../../host/conformance/compare.ts'
import { toRecord } from '../../host/conformance/record.ts'
import { rowKey, type Row } from '../../host/conformance/rows.ts'
import { runChapter } from '../../host/conformance/run.ts'
import { harnessJudge } from './judges.ts'

/** Given by no hostcall. */
const WRONG = 13
/** What hostcalls return beside success; 11 only stands in the answer of a call. */
const MAPPINGS = Object.entries(Status).filter(([, status]) => status !== Status.Ok && status !== Status.BrokenConnection)

/** The harness runs the host's own code in this process, so that the fault can be put into it. */
const statuses: Record<string, number> = Status
const intact = { ...Status }

/** What the harness does without a fault, by chapter; the kit holds it against the record. */
let sound: ReadonlyMap<string, readonly Row[]>

beforeAll(async () => {
  sound = await rowsOfHarness()
})
afterEach(() => void Object.assign(Status, intact))

test.each(MAPPINGS)('%s', { timeout: 60_000 }, async (name, status) => {
  statuses[name] = WRONG
  const faulty = await rowsOfHarness()
  const red = CHAPTERS.flatMap(({ name: chapter }) =>
    mismatches(chapter, faulty.get(chapter)!, toRecord(sound.get(chapter)!), ABI_VERSIONS).map(
      ({ version, key }) => `${chapter} ${version} ${key}`,
    ),
  )
  const wanted = [...sound.values()].flat().filter((row) => hasStatus(row, status))
  expect(wanted.length).toBeGreaterThan(0)
  expect(red.toSorted()).toEqual(wanted.map((row) => `${row.chapter} ${row.version} ${rowKey(row)}`).toSorted())
})

async function rowsOfHarness(): Promise<Map<string, Row[]>> {
  const host = await harnessJudge.open(ABI_VERSIONS)
  const rows = new Map<string, Row[]>()
  for (const chapter of CHAPTERS) rows.set(chapter.name, await runChapter(host, chapter, ABI_VERSIONS))
  await host.close()
  return rows
}

/** Functions of WASI have numbers of their own, pthread_equal answers equality. */
function hasStatus({ call, result }: Row, status: number): boolean {
  return call !== null && /^(?:proxy|envoy)_/.test(call.name) && Number.parseInt(result, 10) === status
}
