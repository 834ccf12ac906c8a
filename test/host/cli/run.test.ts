/** `sluice run` on filters, as a process: what is tried is what the flags say, and a watch goes on with what has changed. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../../tools/checks/sources.ts'

const MAIN = join(root, 'host/cli/main.ts')
const RATELIMIT = join(root, 'filters/dist/ratelimit.wasm')
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-run-'))
  writeFileSync(
    join(folder, 'keys.yaml'),
    '{"key_sources": [{"header": "x-api-key"}], "credentials": [{"client": "al", "key": "k-al-0123456789"}]}',
  )
  writeFileSync(join(folder, 'request.yaml'), 'method: PUT\npath: /items\nheaders: {x-api-key: k-al-0123456789}\nbody: {a: 1}\n')
  writeLimit(1)
})
afterAll(() => rmSync(folder, { recursive: true }))

function writeLimit(tokens: number): void {
  const bucket = { max_tokens: tokens, tokens_per_fill: 1, fill_interval: '600s' }
  writeFileSync(join(folder, 'limit.json'), JSON.stringify({ limits: [{ name: 'all', token_bucket: bucket }] }))
}

function sluice(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'run', ...args], { cwd: folder }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

test('a chain of modules with their configurations, and a request of a file', async () => {
  const chain = `${join(root, 'filters/dist/api-key-auth.wasm')}=keys.yaml,${RATELIMIT}=limit.json`
  const { code, out, err } = await sluice('--json', '--chain', chain, '--request', 'request.yaml')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const { with: seen } = JSON.parse(out) as { with: { upstream: { head: string[]; body: string }; metrics: object } }
  expect(seen.upstream).toMatchObject({ head: expect.arrayContaining(['PUT /items']) as string[], body: '{"a":1}' })
  expect(seen.metrics).toEqual({ 'api_key_auth.allowed': 1, 'ratelimit.ok': 1 })
})

test.each([
  [['--chain', `${RATELIMIT},=limit.json`], "seen '=limit.json'"],
  [[RATELIMIT, '--chain', RATELIMIT], 'A module beside --chain'],
  [['--chain', RATELIMIT, '--config', 'limit.json'], 'cannot be used with'],
  [['--request', 'request.yaml', '-X', 'POST', RATELIMIT], 'cannot be used with'],
  [['--port', '70000', RATELIMIT], 'from 0 to 65535'],
])('%j is refused', async (args, told) => {
  const { code, out, err } = await sluice(...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(told)
})

test('a port, with a watch, serves the filter as it is now, and the last good one while it is wrong', async () => {
  const child = spawn(process.execPath, [MAIN, 'run', '--chain', `${RATELIMIT}=limit.json`, '--port', '0', '--watch'], {
    cwd: folder,
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  try {
    const wait = { timeout: 20_000 }
    await expect.poll(() => out + err, wait).toMatch(/^ready: /)
    const url = /^ready: (\S+)/.exec(out)![1]!
    const ask = async (): Promise<number> => (await fetch(url)).status
    expect([await ask(), await ask()]).toEqual([200, 429])
    await expect.poll(() => out, wait).toContain('    ratelimit.rate_limited: +1')
    writeFileSync(join(folder, 'limit.json'), '{"limitz": []}')
    await expect.poll(() => err, wait).toContain('limitz')
    expect(await ask()).toBe(429)
    writeLimit(3)
    await expect.poll(() => err, wait).toContain('reloaded')
    expect(await ask()).toBe(200)
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  }
})
