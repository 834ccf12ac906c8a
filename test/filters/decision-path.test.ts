/**
 * The paths that rules are compared with. Istio's own list is the oracle: the paths that an upstream sees behind a proxy that
 * normalises them are those that our rules see, while our upstream sees what the client wrote.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'
import { RecordingHost } from '../sdk/support/recording-host.ts'
import { goModuleFile } from '../support/go-file.ts'
import { ISTIO } from '../support/istio-sources.ts'

const MODES = ['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'] as const
type Mode = (typeof MODES)[number]

const wasm = readFileSync(await sdkGuestModule(join(import.meta.dirname, 'guests/paths-and-hosts.ts')))
const istio = readFileSync(
  await goModuleFile(ISTIO.module, ISTIO.version, 'tests/integration/security/normalization_test.go'),
  'utf8',
)

/** The guest with a configuration. */
class Guest {
  readonly #guest = new RecordingHost(wasm)
  readonly fault: string | null
  #nextId = 2

  constructor(config: object) {
    this.fault = this.#guest.start(JSON.stringify(config)) ? null : this.#guest.logs.join('\n')
  }

  ask(header: 'x-paths' | 'x-hosts', texts: readonly string[]): string[] {
    const id = this.#nextId++
    this.#guest.logs.length = 0
    this.#guest.request(id, [[header, texts.join(' ')]])
    this.#guest.end(id)
    return this.#guest.logs[0]!.split(' ')
  }
}

/** Istio's pairs of paths, in groups of one mode: `{"/a", "/b"}` behind the mode's name. */
function groupsOfIstio(): { mode: Mode; pairs: [string, string][] }[] {
  const text = (literal: string): string => (literal.startsWith('"') ? (JSON.parse(literal) as string) : literal.slice(1, -1))
  return istio
    .split('ProxyPathNormalization_')
    .slice(2)
    .map((group) => ({
      mode: /^\w+/.exec(group)![0] as Mode,
      pairs: [...group.matchAll(/\{(".*?"|`.*?`), (".*?"|`.*?`)\}/g)].map(([, from, to]): [string, string] => [
        text(from!),
        text(to!),
      ]),
    }))
}

/**
 * Of these Istio's proxy removes a segment between two slashes, and sends on what is left. Our upstream sees what the client wrote, and
 * most make one slash of two first: who has a rule for one of both paths must not be passed by with the other.
 */
const TORN: readonly string[] = ['/app//../admin', '/app//../../admin', '/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\\abc']

/** What a percent code is in a decision: letters, digits and `-._~` itself in all modes but the first, slashes one in the last. */
function decoded(code: string, mode: Mode): string {
  const byte = String.fromCharCode(parseInt(code.slice(1), 16))
  if (mode !== 'NONE' && /[\w.~-]/.test(byte)) return byte
  return mode === 'DECODE_AND_MERGE_SLASHES' && /[/\\]/.test(byte) ? '/' : code
}

describe("Istio's list", () => {
  const groups = groupsOfIstio()

  it('is whole', () => {
    expect(new Set(groups.map(({ mode }) => mode))).toEqual(new Set(MODES))
    expect(groups.flatMap(({ pairs }) => pairs).length).toBeGreaterThanOrEqual(90)
  })

  it.each(groups.flatMap(({ mode, pairs }) => pairs.map(([from, to]) => [mode, from, to] as const)))(
    '%s: %s is %s',
    (mode, from, to) => {
      // Istio's proxy takes the parameter of this one for none; here that is a field of its own.
      const strips = from.startsWith('/..;/')
      const guest = new Guest({ path_normalization: mode, strip_path_parameters: strips, reject_ambiguous: true })
      const isTorn = TORN.includes(from) && to !== from && !to.includes('..')
      const isRefused = to === '400' || isTorn
      expect(guest.ask('x-paths', [from])).toEqual([isRefused ? '!' : to])
    },
  )
})

describe.each(MODES)('%s', (mode) => {
  const codes = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).padStart(2, '0')}`)

  it('gives 256 percent codes of either case their meaning', () => {
    const guest = new Guest({ path_normalization: mode, reject_ambiguous: true })
    const paths = [...codes, ...codes.map((code) => code.toUpperCase())].map((code) => `/admin${code}x`)
    const wanted = paths.map((path) => (path.includes('%00') ? '!' : `/admin${decoded(path.slice(6, 9), mode)}x`))
    expect(guest.ask('x-paths', paths)).toEqual(wanted)
  })
})

describe('a path', () => {
  it.each([
    ['/x/..;/admin', '/admin'],
    ['/admin;a=b/x;c', '/admin/x'],
    ['/;/admin', '/admin'],
    ['/admin;', '/admin'],
    ['/admin%3bx', '/admin%3bx'],
    ['/a;b?c;d', '/a'],
  ])('has no parameters when they are taken off: %s is %s', (from, to) => {
    expect(new Guest({ strip_path_parameters: true }).ask('x-paths', [from])).toEqual([to])
  })

  it.each([
    ['/a?b/../c', '/a'],
    ['/a#b/../c', '/a'],
    ['/..', '/'],
    ['/../../a', '/a'],
    ['/a/..', '/'],
    ['/a/.', '/a/'],
    ['/a/./', '/a/'],
    ['/a/b/..', '/a/'],
    ['//', '/'],
    ['/.a/..b/...', '/.a/..b/...'],
    ['/%2', '/%2'],
    ['/%', '/%'],
    ['/%2%35', '/%25'],
    ['*', '*'],
    ['', ''],
    ['/a//../b', '/b'],
    ['/a///.././b//', '/b/'],
    ['/a//..', '/'],
    ['/a/..//b//c', '/b/c'],
    [String.raw`/a\/%2e%2e/b`, '/b'],
  ])('%s is %s', (from, to) => {
    expect(new Guest({}).ask('x-paths', [from])).toEqual([to])
  })

  it('loses an empty segment to .. where slashes stay', () => {
    expect(new Guest({ path_normalization: 'BASE' }).ask('x-paths', ['/a//../b', '/a//b'])).toEqual(['/a/b', '/a//b'])
  })

  it('is not that of the request before', () => {
    expect(new Guest({}).ask('x-paths', ['/%61', '/%62', '/%61', '/c', '/%62'])).toEqual(['/a', '/b', '/a', '/c', '/b'])
  })
})

describe('a path that others may read otherwise', () => {
  const strict = new Guest({ reject_ambiguous: true })
  const slashes = new Guest({ escaped_slashes: 'reject' })

  it.each([
    '/a%zz',
    '/a%',
    '/a%2',
    '/a%g0',
    '/a%00b',
    '/a\0b',
    '/%%41',
    ...TORN.slice(0, 2),
    '/a//b/../c',
    '/a//..',
    '/a/;/..;x/b',
  ])('%j is refused', (path) => {
    expect(strict.ask('x-paths', [path])).toEqual(['!'])
    expect(new Guest({}).ask('x-paths', [path])).not.toEqual(['!'])
  })

  it.each(['/a%41', '/a?b=%zz', '/a#%00', '/%2f', '/a/../b//c', '/a//b', '/a//.', '/a?//..'])('%j is none', (path) => {
    expect(strict.ask('x-paths', [path])).not.toEqual(['!'])
  })

  it.each(['/admin%2fx', '/admin%5Cx', '/%2F'])('%j is refused when escaped slashes are', (path) => {
    expect(slashes.ask('x-paths', [path])).toEqual(['!'])
    expect(strict.ask('x-paths', [path])).not.toEqual(['!'])
  })

  it('keeps others when escaped slashes are refused', () => {
    expect(slashes.ask('x-paths', ['/a%00', '/a?b=%2f', '/a/b'])).toEqual(['/a%00', '/a', '/a/b'])
  })
})

describe('fields about paths', () => {
  it.each([
    [
      { path_normalization: 'base' },
      'path_normalization: seen base, wanted NONE, BASE, MERGE_SLASHES or DECODE_AND_MERGE_SLASHES',
    ],
    [{ escaped_slashes: 'decode' }, 'escaped_slashes: seen decode, wanted keep or reject'],
  ])('%j is refused', (config, fault) => {
    expect(new Guest(config).fault).toBe(`configuration refused: ${fault}`)
  })
})

describe('a host', () => {
  it.each([
    ['a.test', ['a.test', 'A.TEST', 'a.test.', 'a.test:8080', 'A.Test.:1'], ['b.test', 'xa.test', 'x.a.test', '', 'a.tes']],
    ['*.a.test', ['x.a.test', 'y.x.a.test', 'X.A.TEST:80', 'x.a.test.'], ['a.test', '.a.test', 'xa.test', 'a.test.x', '']],
    ['a.test:8080', ['a.test:8080', 'A.test.:8080'], ['a.test', 'a.test:80', 'a.test:18080']],
    ['*.a.test:80', ['x.a.test:80'], ['x.a.test', 'a.test:80']],
    ['*', ['a', 'a.test:1', '[::1]:80', ''], []],
    ['A.Test.', ['a.test', 'a.test.'], ['b.test']],
    ['[::1]', ['[::1]', '[::1]:80'], ['[::2]', '::1']],
    ['[::1]:80', ['[::1]:80'], ['[::1]', '[::1]:81']],
  ])('%s is %j and not %j', (pattern, yes, no) => {
    const guest = new Guest({ hosts: [pattern] })
    expect(guest.ask('x-hosts', [...yes, ...no])).toEqual([...yes.map(() => '1'), ...no.map(() => '0')])
  })

  it.each(['', 'a.*.test', '*a.test', '**', '*.', 'a.test/x', 'a test', ':80'])('%j is refused with its path', (pattern) => {
    const wanted = 'a host such as "*.a.test" or "a.test:8080"'
    expect(new Guest({ hosts: ['a.test', pattern] }).fault).toBe(
      `configuration refused: hosts[1]: seen ${pattern}, wanted ${wanted}`,
    )
  })
})
