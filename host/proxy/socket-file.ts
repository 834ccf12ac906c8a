/**
 * The file of a listener on a Unix socket. A socket is bound beside its place and moved there once the listener takes
 * part: until then whoever has the place keeps it. Node removes the file that it has bound, so what is at the place stays
 * until it is taken away as ours.
 */
import { once } from 'node:events'
import { chmodSync, renameSync, rmSync, statSync } from 'node:fs'
import type { Server } from 'node:net'
import { BACKLOG } from './listen-socket.ts'

export class SocketFile {
  readonly #server: Server
  readonly #path: string
  readonly #beside: string

  /** `path`: where it is to be. */
  constructor(server: Server, path: string) {
    this.#server = server
    this.#path = path
    this.#beside = `${path}~`
  }

  /**
   * Binds the socket beside its place; `mode` is of the file, 0 = as it comes. What a listener that is gone has left in the
   * place would be in the way, as in Envoy; files that are no sockets are somebody else's. Rejects with the system's error.
   */
  async bind(mode: number): Promise<void> {
    if (isSocket(this.#path) === false) throw Object.assign(new Error(`${this.#path} is no socket`), { code: 'EADDRINUSE' })
    if (isSocket(this.#beside) === true) rmSync(this.#beside)
    this.#server.listen({ path: this.#beside, backlog: BACKLOG })
    await once(this.#server, 'listening')
    if (mode > 0) chmodSync(this.#beside, mode)
  }

  /** Moves the file to its place, whoever had it before. Throws the system's error. */
  takePlace(): void {
    const { ino } = statSync(this.#beside)
    renameSync(this.#beside, this.#path)
    this.#server.once('close', () => removeFile(this.#path, ino))
  }
}

/** Undefined = there is no such file. */
function isSocket(path: string): boolean | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isSocket()
}

/** Unless it is another one by now. */
function removeFile(path: string, ino: number): void {
  try {
    if (statSync(path).ino === ino) rmSync(path)
  } catch {
    // It is gone already, or its folder no longer ours; the next listener takes it over.
  }
}
