/** What the record covers: hostcall, version, status and callback of every row. */
import { ABI_VERSIONS, type AbiVersion } from '../../host/abi/version.ts'
import { CHAPTERS } from '../../host/conformance/chapters/index.ts'
import { readRecord, recorded } from '../../host/conformance/record.ts'
import { hostcallOf } from '../../host/conformance/rows.ts'

export interface RecordedCall {
  readonly chapter: string
  readonly key: string
  readonly name: string
  readonly version: AbiVersion
  /** Callback. */
  readonly phase: string
  /** NaN for a call without one. */
  readonly status: number
}

/** Every call of the record. */
export function recordedCalls(): RecordedCall[] {
  return CHAPTERS.flatMap(({ name: chapter }) => {
    const record = readRecord(chapter)
    return Object.keys(record).flatMap((key) => {
      const { phase, hostcall: name } = hostcallOf(key)
      if (name === null) return []
      return ABI_VERSIONS.flatMap((version) => {
        const result = recorded(record, key, version)
        return result === undefined ? [] : [{ chapter, key, name, version, phase, status: Number.parseInt(result, 10) }]
      })
    })
  })
}
