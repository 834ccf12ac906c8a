import { describe, expect, it } from 'vitest'
import { faultsOf } from './sample.ts'
import { VERDICTS } from './verdicts.ts'

describe('readConfiguration judges', () => {
  it.each(VERDICTS)('$name', ({ text, faults }) => {
    const seen = faultsOf(text).map((error) => [error.code, error.detail.path])
    expect(seen).toEqual(faults ?? [])
  })

  it('gives each case a name of its own', () => {
    const names = VERDICTS.map((verdict) => verdict.name)
    expect(new Set(names).size).toBe(names.length)
  })
})
