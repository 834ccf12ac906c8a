/**
 * Runs an unpacked image as an engine would, by bubblewrap: its first program as process 1 of a process tree of its own, with a user
 * who is not root, a read-only root file system, and a network that it shares with other containers only.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { debianProgram } from './debian-program.ts'
import type { ImageConfig } from './image-store.ts'

const run = promisify(execFile)

export interface ContainerOptions {
  /** Root file system, see {@link ImageStore.unpack}. */
  readonly root: string
  readonly config: ImageConfig
  /** Instead of the image's. */
  readonly entrypoint?: readonly string[] | null
  readonly command?: readonly string[] | null
  /** Files of this machine by their paths in the container. */
  readonly files: Readonly<Record<string, string>>
  /** Whose network it joins. */
  readonly network?: Container
}

export class Container {
  /** Of its first program, as this machine counts. */
  readonly pid: number
  /** Exit code of the first program. */
  readonly ended: Promise<number>
  readonly #environment: Readonly<Record<string, string>>
  readonly #child: ChildProcess
  readonly #killAtExit = (): void => void this.#child.kill('SIGKILL')
  #output = ''

  private constructor(child: ChildProcess, pid: number, environment: Readonly<Record<string, string>>) {
    this.#child = child
    this.pid = pid
    this.#environment = environment
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (this.#output += part.toString()))
    process.once('exit', this.#killAtExit)
    this.ended = once(child, 'exit').then(([code]) => (process.off('exit', this.#killAtExit), code as number))
  }

  static async start({ root, config, entrypoint, command, files, network }: ContainerOptions): Promise<Container> {
    // An engine makes mount points before it makes the root read-only.
    for (const path of ['proc', 'dev', 'tmp']) mkdirSync(join(root, path), { recursive: true })
    for (const path of Object.keys(files)) makeFile(join(root, path))
    const environment = Object.fromEntries(config.Env.map(splitVariable))
    const [uid, gid = uid] = config.User.split(':') as [string, string?]
    const args = [
      ['--unshare-user', '--uid', uid, '--gid', gid, '--unshare-pid', '--as-pid-1', '--die-with-parent', '--info-fd', '3'],
      network === undefined ? ['--unshare-net'] : [],
      ['--ro-bind', root, '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--clearenv'],
      Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
      Object.entries(files).flatMap(([path, file]) => ['--ro-bind', file, path]),
      entrypoint ?? config.Entrypoint,
      command ?? config.Cmd,
    ].flat()
    const joining = network === undefined ? [] : ['nsenter', '--target', String(network.pid), '--net']
    const [program = '', ...rest] = [...joining, 'bwrap', ...args]
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    const info = await text(child.stdio[3] as Readable)
    if (info === '') throw new Error(`no container: ${await text(child.stderr!)}`)
    return new Container(child, (JSON.parse(info) as { 'child-pid': number })['child-pid'], environment)
  }

  /** What it wrote so far, on both streams. */
  get output(): string {
    return this.#output
  }

  /** Runs a program beside the first one, as `docker exec` does. */
  async execute(command: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
    const enter = ['--target', String(this.pid), '--all', '--preserve-credentials', ...command]
    try {
      const { stdout } = await run(await debianProgram('nsenter', 'util-linux'), enter, { env: this.#environment })
      return { code: 0, output: stdout }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { code, output: stdout + stderr }
    }
  }

  /** What curl of this machine gets in the container's network. */
  async curl(...args: string[]): Promise<string> {
    const { stdout } = await run('nsenter', ['--target', String(this.pid), '--net', 'curl', '-sS', '--max-time', '10', ...args])
    return stdout
  }

  /** Sends the first program a signal; resolves with its exit code. */
  stop(signal: NodeJS.Signals): Promise<number> {
    this.signal(signal)
    return this.ended
  }

  /** Sends the first program a signal, if it still runs. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

function makeFile(path: string): void {
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
}

function splitVariable(variable: string): [string, string] {
  const at = variable.indexOf('=')
  return [variable.slice(0, at), variable.slice(at + 1)]
}
