/** What `sluice doctor` finds. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

  test('finds settings that cannot be used', async () => {
    const project = initProject(join(folder, 'wrong'), 'header').folder
    writeFileSync(join(project, 'sluice.config.json'), '{"entri": "a"}')
    expect(await diagnose(project)).toContainEqual({ what: 'project', state: 'bad', seen: expect.stringContaining('entri') })
  })
})
