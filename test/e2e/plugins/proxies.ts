/** Starts the same configuration in the host and in a real Envoy; what guests log and what `/stats` shows is compared. */
import { createHost, type LogRecord } from '../../../host/index.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { fetchEnvoy } from '../../support/envoy-binary.ts'
import { adminText } from '../../support/admin.ts'
import { freePorts } from '../../support/ports.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'

/** A running proxy. */
export interface Proxy {
  /** Lines of guests so far, without `wasm log`: ` <name> <root_id> <vm_id>: text`. */
  lines(): string[]
  admin(path: string, method?: string): Promise<string>
  /** Ends it; resolves with all lines, those of the end included. */
  stop(): Promise<string[]>
}

/** A bootstrap without admin interface for a listener on the port. */
export type MakeBootstrap = (port: number) => object

export interface ProxyKind {
  readonly name: 'sluice' | 'envoy'
  /** Why it cannot be run here; '' = it can. */
  readonly missing: string
  start(makeBootstrap: MakeBootstrap, workers: number): Promise<{ proxy: Proxy; port: number }>
}

const { reason } = await fetchOrReason(fetchEnvoy)
const MARK = 'wasm log'

const adminAt = (port: number): object => ({
  admin: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
})

export const PROXIES: readonly ProxyKind[] = [
  { name: 'sluice', missing: '', start: startSluice },
  { name: 'envoy', missing: reason, start: startEnvoy },
]

async function startSluice(makeBootstrap: MakeBootstrap, workers: number): Promise<{ proxy: Proxy; port: number }> {
  const [port, adminPort] = (await freePorts(2)) as [number, number]
  const lines: string[] = []
  const onLog = ({ message }: LogRecord): void => {
    if (message.startsWith(MARK)) lines.push(message.slice(MARK.length))
  }
  const config = { ...makeBootstrap(port), ...adminAt(adminPort) }
  const host = await createHost({ config, concurrency: workers, onLog, fileFlushInterval: 100 })
  const stop = async (): Promise<string[]> => {
    await host.stop()
    return lines
  }
  const admin = (path: string, method?: string): Promise<string> => adminText(adminPort, path, method)
  return { proxy: { lines: () => [...lines], admin, stop }, port }
}

async function startEnvoy(makeBootstrap: MakeBootstrap, workers: number): Promise<{ proxy: Proxy; port: number }> {
  const [port, adminPort] = (await freePorts(2)) as [number, number]
  const bootstrap = { node: { id: 'plugins', cluster: 'plugins' }, ...makeBootstrap(port), ...adminAt(adminPort) }
  const envoy = await EnvoyProcess.start(adminPort, () => Promise.resolve(bootstrap), workers)
  const proxy = {
    lines: () => linesOf(envoy.log()),
    admin: (path: string, method?: string) => envoy.admin(path, method),
    stop: async () => linesOf(await envoy.stop()),
  }
  return { proxy, port }
}

function linesOf(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => line.includes(`] ${MARK}`))
    .map((line) => line.slice(line.indexOf(`] ${MARK}`) + MARK.length + 2))
}
