/** What all commands share: where results and words go, colours, exit codes. */
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EXIT, exitCodeOf } from '../../../host/cli/exit-codes.ts'
import { SluiceError, SluiceErrors } from '../../../host/errors.ts'

const MAIN = join(import.meta.dirname, '../../../host/cli/main.ts')
const RED = '\u001b[31m'

function sluice(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = process.cwd(),
): Promise<{ code: number; out: string; err: string }> {
  const { NO_COLOR: _, FORCE_COLOR: __, ...plain } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { ...plain, ...env }, cwd }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

describe('the exit code', () => {
  test('follows from the code of the first error', () => {
    const usage = new SluiceError('SLUICE_CLI_USAGE', 'a')
    const load = new SluiceError('SLUICE_WASM_LOAD', 'b')
    expect(exitCodeOf(new SluiceErrors([usage, load]))).toBe(EXIT.usage)
    expect(exitCodeOf(load)).toBe(EXIT.failed)
    expect(exitCodeOf(new TypeError('a defect'))).toBe(EXIT.failed)
  })
})

describe('sluice', () => {
  test('proposes a command for one that does not exist', async () => {
    const { code, out, err } = await sluice(['inspct'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toBe("error: unknown command 'inspct' (Did you mean inspect?) [SLUICE_CLI_USAGE]; see sluice --help\n")
  })

  test('knows the flags of all commands wherever they stand, and prints errors as JSON', async () => {
    for (const args of [
      ['--json', 'inspect'],
      ['inspect', '--json'],
    ]) {
      const { code, out, err } = await sluice(args)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(JSON.parse(err)).toMatchObject({ code: 'SLUICE_CLI_USAGE', message: "missing required argument 'what'" })
    }
  })

  test('uses colours where they are wanted only', async () => {
    const args = ['inspect', 'none.wasm']
    expect((await sluice(args)).err).toMatch(/^error: none\.wasm/)
    expect((await sluice(args, { FORCE_COLOR: '1' })).err).toMatch(`${RED}error:`)
    expect((await sluice(args, { NO_COLOR: '1', FORCE_COLOR: undefined })).err).not.toContain(RED)
    expect((await sluice(['--color', 'always', ...args], { NO_COLOR: '1' })).err).toMatch(`${RED}error:`)
    expect((await sluice([...args, '--color=never'], { FORCE_COLOR: '1' })).err).toMatch(/^error: none\.wasm/)
    expect((await sluice(['--color', 'maybe', ...args])).code).toBe(EXIT.usage)
  })

  test('runs in another folder', async () => {
    const folder = join(MAIN, '../../..')
    const { code, out } = await sluice(['--cwd', folder, '--json', 'inspect', 'filters/dist/stats.wasm'], {}, tmpdir())
    expect({ code, bytes: (JSON.parse(out) as { bytes: number }).bytes > 0 }).toEqual({ code: 0, bytes: true })
    const absent = await sluice(['doctor', '--cwd', join(folder, 'none')])
    expect(absent).toMatchObject({
      code: EXIT.usage,
      out: '',
      err: expect.stringMatching(/none: Cannot run there: seen ENOENT/) as string,
    })
  })

  test('says more with --verbose: requests without their query, and causes', async () => {
    const { code, err } = await sluice(['-v', 'list', 'localhost:1/team/filter'])
    expect(code).toBe(EXIT.network)
    expect(err).toMatch(/^error: .*\n {2}because: .*ECONNREFUSED/s)
    expect((await sluice(['list', 'localhost:1/team/filter'])).err).not.toContain('because')
    expect((await sluice(['-v', '-q', 'doctor'])).code).toBe(EXIT.usage)
  })
})
