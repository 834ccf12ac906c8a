/** The kit has a row for every hostcall, version and status, or says why it has none. */
import { expect, test } from 'vitest'
import { HOSTCALLS } from '../../host/abi/hostcalls.ts'
import { ABI_VERSIONS, isWithin } from '../../host/abi/version.ts'
import { DOCUMENTED_STATUSES, UNREACHED_STATUSES } from '../../host/conformance/statuses.ts'
import { recordedCalls } from './coverage.ts'

/** Missing names are 0 and empty in ABI 0.1.0. */
const NOT_IN_0_1_0 = 'proxy_get_header_map_value 1'

/** Of calls that are restricted nothing but that is seen. */
const calls = recordedCalls().filter(({ chapter }) => chapter !== 'restricted')
const seen = new Set(calls.map(({ name, version, status }) => `${name} ${version} ${status}`))

test('every hostcall has its statuses written down', () => {
  expect(Object.keys(DOCUMENTED_STATUSES).toSorted()).toEqual(HOSTCALLS.map(({ name }) => name).toSorted())
})

test.each(HOSTCALLS)('$name: every status in every version', ({ name, since, until }) => {
  const missing = ABI_VERSIONS.filter((version) => isWithin(version, since, until)).flatMap((version) =>
    DOCUMENTED_STATUSES[name]!.filter(
      (status) => !isExcused(name, status) && !(version === '0.1.0' && `${name} ${status}` === NOT_IN_0_1_0),
    )
      .filter((status) => !seen.has(`${name} ${version} ${status}`))
      .map((status) => `${version} ${status}`),
  )
  expect(missing).toEqual([])
})

test('no excuse is out of date', () => {
  const reached = UNREACHED_STATUSES.flatMap(({ name, statuses }) =>
    statuses
      .filter((status) => ABI_VERSIONS.every((version) => seen.has(`${name} ${version} ${status}`)))
      .map((status) => `${name} ${status}`),
  )
  expect(reached).toEqual([])
})

function isExcused(name: string, status: number): boolean {
  return UNREACHED_STATUSES.some((one) => one.name === name && one.statuses.includes(status))
}
