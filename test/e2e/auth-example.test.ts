/** examples/auth/envoy.yaml, in the host and in a real Envoy: the requests of docs/howto/auth.md get what the page says. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { read } from '../../tools/checks/sources.ts'
import { answerOf } from '../../host/testing/cases/script.ts'
import { RecordingUpstream } from '../support/upstream.ts'
import { startEnvoy, startHost, type Proxy } from './wire/proxies.ts'

const page = read('docs/howto/auth.md')
const commands = page.match(/^curl .+$/gm)!
/** First column of the page's table of answers, then status and body. */
const answers = [...page.matchAll(/^\| (.+) \| (\d{3})(?: `(.+)`)? \|$/gm)].map(([, request, status, body = '']) => ({
  request,
  status,
  body,
}))

const PROXIES = { host: startHost, envoy: startEnvoy }

/** The example with free ports and without a log on the test's output. */
function exampleWith(shop: number): object {
  const text = read('examples/auth/envoy.yaml')
    .replaceAll('10101', String(shop))
    .replace(/ (?:10000|9901)\b/g, ' 0')
  return parse(text.replace(/^ {16}access_log:\n(?: {18}.*\n)+/m, '')) as object
}

async function answerTo(command: string, port: number): Promise<string> {
  const line = command.replace('curl -i', 'curl -sS -i --max-time 10').replace('10000', String(port))
  return (await promisify(execFile)('bash', ['-c', line])).stdout
}

describe.each(['host', 'envoy'] as const)('examples/auth in %s', (name) => {
  let shop: RecordingUpstream
  let proxy: Proxy
  let port: number

  beforeAll(async () => {
    shop = await RecordingUpstream.start(() => answerOf({ body: 'ok' }))
    proxy = await PROXIES[name](exampleWith(shop.port))
    port = proxy.ports.get('shop')!
  })

  afterAll(async () => {
    await proxy.stop()
    await shop.close()
  })

  test.each(answers.map((answer, index) => ({ ...answer, command: commands[index]! })))(
    '$request: $status $body',
    async ({ command, status, body }) => {
      const answer = await answerTo(command, port)
      expect(answer).toContain(`HTTP/1.1 ${status} `)
      expect(answer).toContain(body)
    },
  )

  test('the upstream is told who was let in, and sees no key', () => {
    const lines = shop.requests.map(({ headers }) => headers.map((field) => field.join(': ')).join('\n'))
    expect(lines).toHaveLength(3)
    expect(lines[0]).toContain('x-user: ana')
    expect(lines[1]).toContain('x-client: meter-7')
    expect(lines.join('\n')).not.toContain('meter-key')
  })

  test('the sixth request of a client gets 429, the first of another does not', async () => {
    const statuses: string[] = []
    for (let count = 0; count < 5; count++) statuses.push((await answerTo(commands[0]!, port)).slice(9, 12))
    expect(statuses).toEqual(['200', '200', '200', '200', '429'])
    expect(await answerTo(commands[3]!, port)).toContain('HTTP/1.1 200 ')
  })
})
