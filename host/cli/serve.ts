/**
 * Keeps a host running until a signal ends it: the first one drains, the second one exits at once. SIGHUP reads the
 * configuration again.
 */
import type { Host, SocketAddress } from '../index.ts'
import { EXIT } from './exit-codes.ts'
import type { CommandOutput } from './output.ts'
import { Reloads, type ConfigSource } from './reloads.ts'
import { nextSignal } from './signals.ts'

export interface ServeOptions {
  readonly source: ConfigSource
  readonly isWatching: boolean
  readonly drainSeconds: number
}

/** Resolves with the exit code when the host has stopped; a host that still starts has nothing to drain. */
export async function serve(starting: Promise<Host>, options: ServeOptions, output: CommandOutput): Promise<number> {
  // Heard from the beginning: process 1 of a container gets only the signals that it listens to.
  const signal = nextSignal()
  const reloads = new Reloads(options.source, output)
  const host = await Promise.race([starting, signal])
  if (typeof host === 'string') return exitBy(host)
  await attemptOrStop(host, () => reloads.start(host, options.isWatching))
  output.result(readyDocument(host), readyLine(host))
  const cause = await Promise.race([signal, host.quitRequested.then(() => 'quitquitquit')])
  reloads.stop()
  output.note(`${cause}: draining, a signal exits at once`)
  // A process that was asked twice ends by the signal itself.
  await Promise.race([host.drain(options.drainSeconds * 1000), nextSignal().then((again) => exitBy(again))])
  await host.stop()
  return EXIT.ok
}

function readyDocument({ addresses, adminAddress }: Host): object {
  return { listeners: Object.fromEntries(addresses), admin: adminAddress }
}

function readyLine(host: Host): string {
  const listeners = [...host.addresses].map(([name, address]) => `${name} ${addressText(address)}`)
  const admin = host.adminAddress === null ? [] : [`admin ${addressText(host.adminAddress)}`]
  return `ready: ${[...listeners, ...admin].join(', ')}`
}

function addressText({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function exitBy(signal: NodeJS.Signals): never {
  process.exit(signal === 'SIGINT' ? EXIT.interrupted : 143)
}

/** A host that cannot be served as it was asked for does not go on alone. */
async function attemptOrStop(host: Host, task: () => void): Promise<void> {
  try {
    task()
  } catch (error) {
    await host.stop()
    throw error
  }
}
