/** A process that answers, until the test kills or freezes it. */
import { join } from 'node:path'
import { ChildProgram } from '../../support/child-program.ts'
import { freePorts } from '../../support/ports.ts'

const MAIN = join(import.meta.dirname, 'upstream-main.ts')

export class UpstreamProcess {
  readonly port: number
  #program: ChildProgram

  private constructor(port: number, program: ChildProgram) {
    this.port = port
    this.#program = program
  }

  static async start(): Promise<UpstreamProcess> {
    const [port] = (await freePorts(1)) as [number]
    return new UpstreamProcess(port, await run(port))
  }

  async kill(): Promise<void> {
    await this.#program.stop('SIGKILL')
  }

  /** The kernel goes on to take its connections and bytes; nobody reads them. */
  freeze(): void {
    process.kill(this.#program.pid, 'SIGSTOP')
  }

  /** Whatever was done to it, it answers again, on its port. */
  async revive(): Promise<void> {
    if (this.#program.isOver) this.#program = await run(this.port)
    else process.kill(this.#program.pid, 'SIGCONT')
  }

  async stop(): Promise<void> {
    await this.kill()
  }
}

function run(port: number): Promise<ChildProgram> {
  return ChildProgram.listening(process.execPath, [MAIN, String(port)], port)
}
