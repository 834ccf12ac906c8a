/** `npm start` as a user sees it: the printed requests show what is printed, in the host and in a real Envoy. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../tools/checks/sources.ts'
import { REQUESTS } from '../../tools/start.ts'
import { findEnvoy } from '../support/envoy-binary.ts'

const shell = promisify(execFile)

/** Starts the quickstart and waits for its list of requests; everything printed is kept for messages. */
async function start(proxy: string, form: string): Promise<{ child: ChildProcess; output: () => string }> {
  const options = form === 'bundle' ? ['--bundle'] : []
  const child = spawn(process.execPath, [join(root, 'tools/start.ts'), '--in', proxy, ...options], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (text: Buffer) => (output += text.toString()))
  child.stderr.on('data', (text: Buffer) => (output += text.toString()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => output.includes('stop: Ctrl-C') && resolve())
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)))
  })
  return { child, output: () => output }
}

async function answerOf(command: string): Promise<string> {
  const { stdout } = await shell('bash', ['-c', command.replace('curl ', 'curl -sS --max-time 10 ')])
  return stdout.replaceAll('\r\n', '\n')
}

/** What each printed request must really show, in the order of REQUESTS. */
const SEEN: readonly ((answer: string) => void)[] = [
  (answer) => expect(answer).toMatch(/^HTTP\/1.1 401 /),
  (answer) => {
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(answer).toContain('"upstream":"reviews-v1"')
    expect(answer).toContain('"client":"alice","key":null')
  },
  (answer) => expect(answer).toContain('"upstream":"reviews-v2"'),
  (answer) => expect([...answer.matchAll(/^HTTP\/1.1 (\d+) /gm)].map((match) => match[1])).toEqual(['200', '200', '429']),
  (answer) => expect(answer).toMatch(/^HTTP\/1.1 503 [\s\S]*fault filter abort$/),
]

const VARIANTS = ['host', 'envoy'].flatMap((proxy) => ['chain', 'bundle'].map((form) => ({ proxy, form })))

for (const { proxy, form } of VARIANTS) {
  describe.skipIf(proxy === 'envoy' && findEnvoy() === null && !process.env['CI'])(`quickstart in ${proxy} as a ${form}`, () => {
    let started: Awaited<ReturnType<typeof start>>

    beforeAll(async () => {
      started = await start(proxy, form)
    })

    afterAll(() => {
      if (started.child.exitCode === null) started.child.kill('SIGKILL')
    })

    for (const [index, { command, shows }] of REQUESTS.entries()) {
      test(`${command}: ${shows}`, async () => {
        expect(started.output()).toContain(command)
        SEEN[index]!(await answerOf(command))
      })
    }

    test('metrics count the requests with their codes', async () => {
      const answer = await answerOf('curl http://127.0.0.1:9901/stats/prometheus')
      expect(answer).toMatch(/istio_requests_total\{[^}]*response_code="401"[^}]*\} 1/)
      expect(answer).toMatch(/istio_requests_total\{[^}]*response_code="429"[^}]*\} 1/)
    })

    test('Ctrl-C drains and ends with exit code 0', async () => {
      const ended = new Promise((resolve) => started.child.once('exit', resolve))
      started.child.kill('SIGINT')
      expect(await ended).toBe(0)
    })
  })
}
