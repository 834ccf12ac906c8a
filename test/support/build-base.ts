/** The base of the Dockerfile's build stage, of what this machine has: Node with npm, a shell and tar. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { debianProgram } from './debian-program.ts'
import type { Base } from './image-store.ts'

/** Where Debian keeps the authorities that the registry of npm is trusted by. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt'
/** Where npm keeps downloads within the build. */
const CACHE = '/var/cache/npm'
const PROGRAMS = ['sh', 'env', 'tar', 'gzip']
/** Programs by the paths that scripts name. */
const LINKS = { 'bin/sh': 'sh', 'usr/bin/env': 'env' }

export async function buildBase(): Promise<Base> {
  const npm = dirname(dirname(realpathSync(await debianProgram('npm'))))
  return {
    programs: [process.execPath, ...(await Promise.all(PROGRAMS.map((name) => debianProgram(name))))],
    environment: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      NODE_EXTRA_CA_CERTS: AUTHORITIES,
      npm_config_registry: npmSetting('registry'),
      npm_config_cafile: AUTHORITIES,
      npm_config_cache: CACHE,
    },
    fill: (folder) => {
      for (const [path, program] of Object.entries(LINKS)) link(join(folder, path), `/usr/local/bin/${program}`)
      cpSync(npm, join(folder, 'usr/local/lib/node_modules/npm'), { recursive: true })
      link(join(folder, 'usr/local/bin/npm'), '../lib/node_modules/npm/bin/npm-cli.js')
      cpSync(AUTHORITIES, join(folder, AUTHORITIES), { dereference: true })
      mkdirSync(join(folder, 'tmp'), { mode: 0o1777 })
    },
  }
}

/** What npm has downloaded on this machine, as a volume of the build. */
export function npmCache(): string {
  const folder = join(npmSetting('cache'), '_cacache')
  mkdirSync(folder, { recursive: true })
  return `${folder}:${CACHE}/_cacache`
}

function npmSetting(name: string): string {
  return execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim()
}

function link(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}
