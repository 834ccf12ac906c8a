/** A host from start to end inside a process: several workers, drain, log records, and that nothing stays open. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createHost, type LogRecord } from '../../../host/index.ts'
import { address, answering, ask, bootstrap, GET, OK, parse, RawClient, RawServer, startHost } from './setup.ts'

describe('createHost', () => {
  it('serves one address with several workers', async () => {
    const upstream = answering(OK)
    const { host, port } = await startHost({ ports: [await upstream.start()] }, 2)
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(port)))
    expect(answers.every((answer) => parse(answer).status === 200)).toBe(true)
    const total = host.stats().find((one) => one.name === 'http.e2e.downstream_rq_total')
    expect(total).toMatchObject({ value: 40 })
    await host.stop()
    await upstream.stop()
  })

  it('gives the caller the log records of all threads', async () => {
    const records: LogRecord[] = []
    const config = bootstrap({ ports: [] })
    const host = await createHost({ config, concurrency: 1, logLevel: 'trace', onLog: (record) => void records.push(record) })
    const client = new RawClient(host.addresses.get('main')!.port).send('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await client.until((text) => text.includes('503'))
    client.close()
    await host.stop()
    expect(records.every(({ component, message }) => component !== '' && message !== '')).toBe(true)
  })

  it('refuses an address that another process has, and leaves nothing behind', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const config = bootstrap({ ports: [], listener: { address: address(port) } })
    await expect(createHost({ config, concurrency: 1, logLevel: 'off' })).rejects.toThrow("Cannot listen for 'main'")
    holder.close()
  })

  it('drains: refuses new connections, finishes what is open', async () => {
    const upstream = new RawServer(() => {})
    const { host, port } = await startHost({ ports: [await upstream.start()] })
    const busy = new RawClient(port).send(GET)
    await expect.poll(() => upstream.received.length).toBe(1)
    const drained = host.drain()
    await expect.poll(() => refuses(port)).toBe(true)
    upstream.sockets[0]!.write(OK)
    expect(parse(await busy.untilEnd()).headers.get('connection')).toBe('close')
    await drained
    await host.stop()
    await host.stop()
    await upstream.stop()
  })

  it('drains: an idle connection has one more answer, or ends with the drain timeout', async () => {
    const upstream = answering(OK)
    const { host, port } = await startHost({ ports: [await upstream.start()], http: { drain_timeout: '0.5s' } })
    const [used, unused] = [new RawClient(port).send(GET), new RawClient(port)]
    await once(unused.socket, 'connect')
    await used.until((text) => text.endsWith('ok'))
    const drained = host.drain()
    await expect.poll(() => refuses(port)).toBe(true)
    used.text = ''
    expect(parse(await used.send(GET).untilEnd()).headers.get('connection')).toBe('close')
    expect(await unused.untilEnd()).toBe('')
    await drained
    await host.stop()
    await upstream.stop()
  })

  it('lets the process end by itself once it was stopped', async () => {
    const script = `
      import { createHost } from ${JSON.stringify(join(import.meta.dirname, '../../../host/index.ts'))}
      const host = await createHost({ config: ${JSON.stringify(bootstrap({ ports: [1], admin: true }))}, concurrency: 2, logLevel: 'off' })
      await fetch('http://127.0.0.1:' + host.addresses.get('main').port)
      await host.stop()
      console.log('stopped')`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 })
    expect(stdout).toBe('stopped\n')
  })
})

async function refuses(port: number): Promise<boolean> {
  const client = new RawClient(port)
  const isRefused = await new Promise<boolean>((resolve) => {
    client.socket.once('error', () => resolve(true))
    client.socket.once('connect', () => resolve(false))
  })
  client.close()
  return isRefused
}
