/** Real registries on ports of 127.0.0.1. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { TestCertificate } from '../certificate.ts'
import { ChildProgram } from '../child-program.ts'
import { goProgram } from '../go-program.ts'
import { freePorts } from '../ports.ts'

export interface TestRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string
  stop(): Promise<void>
}

/** A registry that can die and come back with what it had on disk. */
export interface MortalRegistry extends TestRegistry {
  /** Its files. */
  readonly folder: string
  die(): Promise<void>
  revive(): Promise<void>
}

/** What the registry of the Distribution project can be asked to do, on top of serving. */
export interface DistributionOptions {
  readonly tls?: TestCertificate
  /** Lines of an htpasswd file, bcrypt. */
  readonly htpasswd?: string
  /** `auth.token` of its configuration. */
  readonly token?: Readonly<Record<string, string>>
}

/** `sesame` with the password `open: sesame!`. */
export const HTPASSWD = 'sesame:$2b$04$PZi2.hOmj1KeAtpwM4uACuC6Y.8R..TzG0XT0sJc1RZo0z/JmnRza'
export const USERNAME = 'sesame'
export const PASSWORD = 'open: sesame!'

/** Debian's `docker-registry` (Distribution 2). */
export function startDebianRegistry(options: DistributionOptions = {}): Promise<MortalRegistry> {
  return startDistribution('docker-registry', options)
}

/** Distribution 3, built from its sources. */
export async function startDistribution3(options: DistributionOptions = {}): Promise<TestRegistry> {
  return startDistribution(await goProgram('registry'), options)
}

/** The registry of go-containerregistry, kept in memory. */
export async function startCraneRegistry(): Promise<TestRegistry> {
  const crane = await goProgram('crane')
  const [port = 0] = await freePorts(1)
  const host = `127.0.0.1:${port}`
  const program = await ChildProgram.listening(crane, ['registry', 'serve', '--address', host], port)
  return { host, stop: () => program.stop() }
}

async function startDistribution(command: string, { tls, htpasswd, token }: DistributionOptions): Promise<MortalRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-registry-'))
  const [port = 0] = await freePorts(1)
  const host = `127.0.0.1:${port}`
  if (htpasswd !== undefined) await writeFile(join(folder, 'htpasswd'), `${htpasswd}\n`)
  const basic = htpasswd === undefined ? {} : { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } }
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host, ...(tls === undefined ? {} : { tls: { certificate: tls.certificate, key: tls.key } }) },
    auth: { ...basic, ...(token === undefined ? {} : { token }) },
  }
  await writeFile(join(folder, 'config.yml'), stringify(config))
  const start = (): Promise<ChildProgram> =>
    ChildProgram.listening(command, ['serve', join(folder, 'config.yml')], port, { OTEL_TRACES_EXPORTER: 'none' })
  let program = await start()
  return {
    host,
    folder,
    die: () => program.stop('SIGKILL'),
    revive: async () => void (program = await start()),
    stop: async () => {
      await program.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
