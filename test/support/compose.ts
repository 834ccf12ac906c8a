/** Compose files, as Docker Compose reads them. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { goProgram } from './go-program.ts'

export interface ComposeService {
  readonly entrypoint: readonly string[] | null
  readonly command: readonly string[] | null
  readonly build: { readonly target?: string }
  readonly volumes: readonly { readonly source: string; readonly target: string; readonly read_only?: boolean }[]
  readonly ports?: readonly { readonly host_ip: string; readonly target: number }[]
  readonly read_only: boolean
  readonly cap_drop: readonly string[]
  readonly security_opt: readonly string[]
  readonly tmpfs: readonly string[]
}

/** The services of a file; rejects with what is wrong with it. */
export async function composeServices(file: string): Promise<Readonly<Record<string, ComposeService>>> {
  const { stdout } = await promisify(execFile)(await goProgram('compose'), [file])
  return (JSON.parse(stdout) as { services: Record<string, ComposeService> }).services
}
