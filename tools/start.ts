/**
 * `npm start [-- --in envoy] [--bundle]`: the quickstart, with its filters as modules or as one. Two demo upstreams here, the proxy as a child process, and the requests
 * that show what the five filters do.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fetchEnvoy } from '../test/support/envoy-binary.ts'
import { root } from './checks/sources.ts'
import { demoUpstream } from './demo-upstream.ts'

const CHAIN = 'examples/quickstart/envoy.yaml'
const BUNDLE = 'examples/quickstart/bundle.yaml'
/** The access log is to be seen at once. */
const FLUSH = ['--file-flush-interval-msec', '200']
const PROXY = 'http://127.0.0.1:10000'
const UPSTREAMS = [
  { name: 'reviews-v1', port: 10101 },
  { name: 'reviews-v2', port: 10102 },
] as const
const KEY = "-H 'x-api-key: k-alice-0123456789'"

/** The five requests of the quickstart; a test runs each and looks for `shows`. */
export const REQUESTS: readonly { readonly command: string; readonly shows: string }[] = [
  { command: `curl -i ${PROXY}/reviews`, shows: '401: api-key-auth refuses a request without a key' },
  { command: `curl -i ${KEY} ${PROXY}/reviews`, shows: '200 from reviews-v1, which sees x-client: alice and no key' },
  { command: `curl -i ${KEY} -H 'x-user-group: beta' ${PROXY}/reviews`, shows: '200 from reviews-v2: header-routing chose it' },
  { command: `curl -i ${KEY} '${PROXY}/limited?[1-3]'`, shows: '200, 200, then 429: ratelimit gives two requests a minute' },
  { command: `curl -i ${KEY} ${PROXY}/broken`, shows: '503 after 0.3 s: fault delays, then aborts' },
]

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

async function proxyCommand(proxy: string, config: string): Promise<{ command: string; args: string[] }> {
  if (proxy === 'envoy')
    return { command: await fetchEnvoy(), args: ['-c', config, '-l', 'warning', '--use-dynamic-base-id', ...FLUSH] }
  return { command: process.execPath, args: [join(root, 'host/cli/main.ts'), 'run', '-c', config, ...FLUSH] }
}

/** Resolves when the proxy accepts connections, rejects when it ends before. */
async function ready(child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the proxy ended with exit code ${child.exitCode}`)
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(10000, '127.0.0.1', () => (socket.destroy(), resolve(true)))
      socket.once('error', () => resolve(false))
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function explain(proxy: string): void {
  console.log(
    `\nSluice quickstart: five filters in ${proxy === 'envoy' ? 'a real Envoy' : 'the bundled host'}. Try, in another terminal:\n`,
  )
  for (const { command, shows } of REQUESTS) console.log(`  ${command}\n    ${shows}`)
  console.log('\n  metrics: http://127.0.0.1:9901/stats/prometheus    stop: Ctrl-C\n')
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { in: { type: 'string', default: 'host' }, bundle: { type: 'boolean', default: false } },
  })
  if (values.in !== 'host' && values.in !== 'envoy') throw new Error(`--in ${values.in}: wanted host or envoy`)
  const { command, args } = await proxyCommand(values.in, values.bundle ? BUNDLE : CHAIN)
  const servers = UPSTREAMS.map(({ name }) => demoUpstream(name))
  for (const [index, { port }] of UPSTREAMS.entries()) await listen(servers[index]!, port)
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
  const stop = (): void => void child.kill('SIGTERM')
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  child.on('exit', (code) => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    process.exitCode = code ?? 1
  })
  await ready(child)
  explain(values.in)
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(`sluice: ${(error as Error).message}`)
    process.exit(1)
  })
}
