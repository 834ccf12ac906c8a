/** docs/MANIFESTS.md: each command prints what stands below it, and no surface is left out. */
import { describe, expect, test, vi } from 'vitest'
import { runProgram } from '../../host/cli/program.ts'
import { SURFACES } from '../../host/manifest/render.ts'
import { read } from '../../tools/checks/sources.ts'

const examples = [
  ...read('docs/MANIFESTS.md').matchAll(/^```sh\nsluice (manifest (\S+) [^\n]*)\n```\n\n```yaml\n([^]*?)```$/gm),
].map(([, command = '', surface = '', yaml = '']) => ({ command, surface, yaml }))

async function printed(command: string): Promise<string> {
  let text = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((part) => ((text += String(part)), true))
  try {
    expect(await runProgram(command.split(' '))).toBe(0)
    return text
  } finally {
    write.mockRestore()
  }
}

describe('docs/MANIFESTS.md', () => {
  test.each(examples)('prints what $surface prints', async ({ command, yaml }) => {
    expect(await printed(command)).toBe(yaml)
  })

  test('has an example of each surface', () => {
    expect(examples.map(({ surface }) => surface)).toEqual(SURFACES.map(({ name }) => name))
  })
})
