/** What `sluice doctor` finds. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { diagnose, type Diagnosis } from '../../../host/project/doctor.ts'
import { initProject } from '../../../host/project/init.ts'
import { root } from '../../../tools/checks/sources.ts'

let folder = ''

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const states = (findings: readonly Diagnosis[]): Record<string, string> =>
  Object.fromEntries(findings.map(({ what, state }) => [what, state]))

function doctor(env: NodeJS.ProcessEnv): Promise<{ out: { findings: readonly Diagnosis[] }; code: number }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'host/cli/main.ts'), '--json', 'doctor'], { cwd: folder, env }, (error, out) => {
      resolve({ out: JSON.parse(out) as { findings: Diagnosis[] }, code: error === null ? 0 : Number(error.code) })
    })
  })
}

describe('sluice doctor', () => {
  test('says outside of a project how to begin one', async () => {
    const findings = await diagnose(folder)
    expect(states(findings)).toMatchObject({ sluice: 'good', node: 'good', project: 'missing' })
    expect(findings.at(-1)?.next).toBe('sluice init my-filter')
  })

  test('finds what a new project has not installed, then what it has not built', async () => {
    const project = initProject(join(folder, 'my-filter'), 'header').folder
    expect(states(await diagnose(project))).toMatchObject({ project: 'good', assemblyscript: 'bad', '@sluice/sdk': 'bad' })
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
    expect(states(await diagnose(project))).toMatchObject({ assemblyscript: 'good', '@sluice/sdk': 'good', module: 'missing' })
  })

  test('names registries and helpers that are kept, and a helper that is not on PATH, without a secret', async () => {
    const [config, bin, project] = ['docker', 'bin', 'published'].map((name) => join(folder, name)) as [string, string, string]
    mkdirSync(config)
    mkdirSync(bin)
    writeFileSync(join(bin, 'docker-credential-there'), '#!/bin/sh\n', { mode: 0o755 })
    initProject(project, 'header')
    writeFileSync(join(project, 'sluice.config.json'), '{"image": "registry.test/team/published"}')
    const auths = { 'registry.test': { auth: Buffer.from('bob:hunter2').toString('base64') } }
    const fields = { auths, credHelpers: { 'a.test': 'there', 'b.test': 'absent' } }
    writeFileSync(join(config, 'config.json'), JSON.stringify(fields))
    const findings = await diagnose(project, { PATH: bin, DOCKER_CONFIG: config })
    expect(states(findings)).toMatchObject({
      credentials: 'good',
      'docker-credential-there': 'good',
      'docker-credential-absent': 'bad',
      'login at registry.test': 'good',
    })
    expect(findings.find(({ what }) => what === 'credentials')?.seen).toContain('registry.test, a.test, b.test')
    expect(JSON.stringify(findings)).not.toMatch(/hunter2|bob|Ym9i/)
    const without = await diagnose(project, { PATH: bin, DOCKER_CONFIG: bin })
    expect(states(without)).toMatchObject({ credentials: 'missing', 'login at registry.test': 'missing', envoy: 'missing' })
    writeFileSync(join(config, 'config.json'), 'no JSON')
    expect(states(await diagnose(project, { PATH: bin, DOCKER_CONFIG: config }))).toMatchObject({ credentials: 'bad' })
  })

  test('says where a missing wasmtime was looked for', async () => {
    const { out, code } = await doctor({ PATH: '', SLUICE_CACHE: join(folder, 'cache'), WASMTIME_LIB: join(folder, 'none.so') })
    const finding = out.findings.find(({ what }) => what === 'wasmtime')
    expect(finding).toMatchObject({ state: 'bad', next: expect.stringContaining('pip install') as string })
    expect(finding?.seen).toContain(`looked for: WASMTIME_LIB (${join(folder, 'none.so')})`)
    expect(finding?.seen).toContain(join(folder, 'cache', 'wasmtime-'))
    expect(code).toBe(1)
  })

  test('finds settings that cannot be used', async () => {
    const project = initProject(join(folder, 'wrong'), 'header').folder
    writeFileSync(join(project, 'sluice.config.json'), '{"entri": "a"}')
    expect(await diagnose(project)).toContainEqual({ what: 'project', state: 'bad', seen: expect.stringContaining('entri') })
  })
})
