import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES, SluiceError, type ErrorCode } from '../../host/errors.ts'

const ROOT = join(import.meta.dirname, '../..')
const CODES = Object.keys(ERROR_CODES) as ErrorCode[]
const PAGE = readFileSync(join(ROOT, 'docs/ERRORS.md'), 'utf8')

/** Text of the host's sources, but for the registry itself. */
function sources(): string {
  const files = readdirSync(join(ROOT, 'host'), { recursive: true, encoding: 'utf8' })
  const own = files.filter((file) => file.endsWith('.ts') && !/^(errors\.ts|node_modules|config.gen)/.test(file))
  return own.map((file) => readFileSync(join(ROOT, 'host', file), 'utf8')).join('\n')
}

describe('docs/ERRORS.md', () => {
  test('has a section for each code of host/errors.ts and for no other', () => {
    const sections = [...PAGE.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code)
    expect(sections.toSorted()).toEqual(CODES.toSorted())
  })

  test.each(CODES)('explains %s in a sentence or more', (code) => {
    const section = PAGE.split(`### \`${code}\`\n`)[1]?.split(/^#/m)[0] ?? ''
    expect(section.trim().length).toBeGreaterThan(40)
  })

  test('names no other code in its text', () => {
    const named = new Set(PAGE.match(/SLUICE_\w+/g))
    expect([...named].filter((code) => !(code in ERROR_CODES))).toEqual([])
  })
})

test('the sources of the host use only codes that are registered', () => {
  const used = new Set(sources().match(/SLUICE_(?:CONFIG|WASM|OCI|LISTEN|FILTER|MANIFEST|CHECK|CLI)_[A-Z_]+/g))
  expect([...used].filter((code) => !(code in ERROR_CODES))).toEqual([])
})

test('SluiceError prints place, value seen, value wanted, code and next step', () => {
  const error = new SluiceError('SLUICE_CONFIG_TYPE', 'Not a port', {
    path: 'a.b[0]',
    line: 3,
    column: 7,
    seen: '"x"',
    wanted: 'a number',
    next: 'see docs/CONFIG.md',
  })
  expect(String(error)).toBe(
    'a.b[0] (line 3, column 7): Not a port: seen "x", wanted a number [SLUICE_CONFIG_TYPE]; see docs/CONFIG.md',
  )
  expect(error.toJSON()).toEqual({
    code: 'SLUICE_CONFIG_TYPE',
    message: 'Not a port',
    path: 'a.b[0]',
    line: 3,
    column: 7,
    seen: '"x"',
    wanted: 'a number',
    next: 'see docs/CONFIG.md',
  })
})
