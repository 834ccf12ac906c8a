/** The completion scripts, in the shells they are for. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../host/cli/commands.ts'

const MAIN = join(import.meta.dirname, '../../../host/cli/main.ts')
let folder = ''

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-completion-'))))
afterAll(() => rmSync(folder, { recursive: true }))

function scriptOf(shell: string): string {
  const file = join(folder, shell)
  writeFileSync(file, execFileSync(process.execPath, [MAIN, 'completion', shell]))
  return file
}

/** In CI every shell is there; elsewhere the tests of one that is not are skipped. */
function isMissing(shell: string): boolean {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    console.log(`completion: no ${shell} on this machine, its test is skipped`)
    return !process.env['CI']
  }
}

describe('completion', () => {
  function bash(...words: string[]): string[] {
    const code = `source '${scriptOf('bash')}'; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', code], { encoding: 'utf8' }).trim().split('\n')
  }

  test('bash knows every command', () => {
    expect(bash('sluice', '').toSorted()).toEqual(Object.keys(COMMANDS).toSorted())
    expect(bash('sluice', 'comp')).toEqual(['completion'])
  })

  test('bash knows the flags and choices of a command', () => {
    expect(bash('sluice', 'build', '--w')).toEqual(['--watch'])
    expect(bash('sluice', 'completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish', '--json']))
  })

  test.skipIf(isMissing('fish'))('fish knows commands and flags', () => {
    const complete = (line: string): string =>
      execFileSync('fish', ['--no-config', '-c', `source '${scriptOf('fish')}'; complete -C '${line}'`], { encoding: 'utf8' })
    expect(
      complete('sluice ')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('\t')[0]),
    ).toEqual(expect.arrayContaining(Object.keys(COMMANDS)))
    expect(complete('sluice build --w')).toContain('--watch')
  })

  test.skipIf(isMissing('zsh'))('zsh is a script that defines the completion', () => {
    const code = `autoload -Uz compinit && compinit -u -d '${folder}/dump'; source '${scriptOf('zsh')}'; echo $_comps[sluice]`
    expect(execFileSync('zsh', ['-f', '-c', code], { encoding: 'utf8' }).trim()).toBe('_sluice')
  })
})
