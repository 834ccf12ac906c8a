/** Known advisories about what published packages bring, where the registry tells them. */
import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { root } from '../../tools/checks/sources.ts'

interface Report {
  readonly message?: string
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>
}

function audit(): Promise<Report> {
  const options = { cwd: root, env: { ...process.env, npm_config_audit: 'true' } }
  return new Promise((resolve) => {
    execFile('npm', ['audit', '--omit', 'dev', '--json'], options, (_, out) => resolve(JSON.parse(out) as Report))
  })
}

test('no advisory is known about a dependency of the published packages', async () => {
  const { message, vulnerabilities } = await audit()
  // A registry that has no advisories cannot be asked: the reason is all that can be had, in CI too.
  if (vulnerabilities === undefined) return console.log(`npm audit: not offered by this registry (${message})`)
  const found = Object.entries(vulnerabilities).map(([name, { severity }]) => `${name}: ${severity}`)
  expect(found).toEqual([])
}, 60_000)
