/** What tests start does not outlive them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { poll } from './poll.ts'

const LIMIT = 5000

/** Starts a sleeper, says its number, and stays. */
const PARENT = `
  import { spawn } from 'node:child_process'
  import { endWithThisProcess } from ${JSON.stringify(new URL('lifeline.ts', import.meta.url).href)}
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  endWithThisProcess(child)
  console.log(child.pid)
  setInterval(() => {}, 1000)
`

test('a program ends with the killed process that started it', async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const sleeper = Number(line.toString())
  expect(isAlive(sleeper)).toBe(true)
  parent.kill('SIGKILL')
  expect(
    await poll(
      () => isAlive(sleeper),
      (alive) => !alive,
      LIMIT,
    ),
  ).toBe(false)
})

test('a program that ends by itself holds nobody up', async () => {
  const script = PARENT.replace("['60']", "['0.05']").replace('setInterval(() => {}, 1000)', '')
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  expect(await once(parent, 'exit')).toEqual([0, null])
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
