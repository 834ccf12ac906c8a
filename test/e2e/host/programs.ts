/** `sluice` as a process, for tests of what a user sees of it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap, type Choices } from './setup.ts'

const MAIN = join(import.meta.dirname, '../../../host/cli/main.ts')

export interface Run {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

/** A folder with the processes that run in it. */
export class Programs {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
  readonly #children: ChildProcess[] = []
  readonly #nodeFlags: readonly string[]
  #files = 0

  constructor(nodeFlags: readonly string[] = []) {
    this.#nodeFlags = nodeFlags
  }

  sluice(...args: string[]): Run {
    const child = spawn(process.execPath, [...this.#nodeFlags, MAIN, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.push(child)
    let [out, err] = ['', '']
    child.stdout.on('data', (bytes: Buffer) => (out += bytes))
    child.stderr.on('data', (bytes: Buffer) => (err += bytes))
    const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
    return { child, out: () => out, err: () => err, ended }
  }

  configFile(config: object | string): string {
    const file = join(this.folder, `${++this.#files}.yaml`)
    writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config))
    return file
  }

  /** `sluice run` of a configuration, once it serves, with the port of its listener `main`. */
  async serve(config: object | string, ...args: string[]): Promise<Run & { readonly port: number; readonly file: string }> {
    return this.serveFile(this.configFile(config), ...args)
  }

  async serveFile(file: string, ...args: string[]): Promise<Run & { readonly port: number; readonly file: string }> {
    const run = this.sluice('run', '-c', file, '--concurrency', '1', '-l', 'warning', ...args)
    await Promise.race([once(run.child.stdout!, 'data'), failed(run)])
    const port = Number(/main 127\.0\.0\.1:(\d+)/.exec(run.out())![1])
    return { ...run, port, file }
  }

  serveChoices(choices: Choices, ...args: string[]): Promise<Run & { readonly port: number; readonly file: string }> {
    return this.serve(bootstrap(choices), ...args)
  }

  /** Ends the processes. */
  kill(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL')
  }

  /** Ends everything, the folder too. */
  remove(): void {
    this.kill()
    rmSync(this.folder, { recursive: true })
  }
}

async function failed(run: Run): Promise<never> {
  throw new Error(`ended with ${await run.ended}: ${run.err()}`)
}
