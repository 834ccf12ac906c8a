/** A program that tests start and end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { endWithThisProcess } from './lifeline.ts'
import { poll } from './poll.ts'

const START_LIMIT = 20_000

export class ChildProgram {
  readonly #child: ChildProcess
  #output = ''
  #failure: Error | null = null

  private constructor(command: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    this.#child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } })
    endWithThisProcess(this.#child)
    this.#child.on('error', (error) => (this.#failure = error))
    this.#child.stdout?.on('data', (part: Buffer) => (this.#output += part.toString()))
    this.#child.stderr?.on('data', (part: Buffer) => (this.#output += part.toString()))
  }

  /** Starts it and waits until it listens on a port of 127.0.0.1. */
  static async listening(command: string, args: readonly string[], port: number, environment = {}): Promise<ChildProgram> {
    const program = new ChildProgram(command, args, environment)
    const isUp = await poll(
      () => program.isOver || isListening(port),
      (ready) => ready,
      START_LIMIT,
    )
    if (isUp && !program.isOver) return program
    await program.stop()
    throw new Error(`${command} does not listen on ${port}: ${program.#failure?.message ?? program.#output}`)
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** What it wrote so far, on both streams. */
  get output(): string {
    return this.#output
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.isOver) return
    const end = once(this.#child, 'exit')
    this.#child.kill(signal)
    await end
  }

  get isOver(): boolean {
    return this.#failure !== null || this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
