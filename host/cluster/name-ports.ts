/** Brings the names that one thread looks up to another one. A thread that ends, however it does, follows nothing any more. */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { NameQuestion, NameSource, OnAddresses } from './name-source.ts'

interface Request {
  /** Of whoever follows. */
  readonly id: number
  /** Null = follows no more. */
  readonly question: NameQuestion | null
}

interface Answer {
  readonly id: number
  readonly place: number
  readonly addresses: readonly string[] | null
}

/** A port for another thread, whose {@link RemoteNames} gets what `source` knows. */
export function openNames(source: NameSource): MessagePort {
  const { port1, port2 } = new MessageChannel()
  const followed = new Map<number, () => void>()
  port1.on('message', ({ id, question }: Request) => {
    followed.get(id)?.()
    followed.delete(id)
    if (question === null) return
    const tell: OnAddresses = (place, addresses) => port1.postMessage({ id, place, addresses } satisfies Answer)
    followed.set(id, source.follow(question, tell))
  })
  port1.on('close', () => {
    for (const end of followed.values()) end()
  })
  port1.unref()
  return port2
}

/** The names as a thread with such a port has them. */
export class RemoteNames implements NameSource {
  readonly #port: MessagePort
  readonly #followers = new Map<number, OnAddresses>()
  #lastId = 0

  constructor(port: MessagePort) {
    this.#port = port
    port.on('message', ({ id, place, addresses }: Answer) => this.#followers.get(id)?.(place, addresses))
    port.unref()
  }

  follow(question: NameQuestion, onAddresses: OnAddresses): () => void {
    const id = ++this.#lastId
    this.#followers.set(id, onAddresses)
    this.#port.postMessage({ id, question } satisfies Request)
    return () => {
      this.#followers.delete(id)
      this.#port.postMessage({ id, question: null } satisfies Request)
    }
  }

  /** Nothing is asked or heard any more. */
  stop(): void {
    this.#port.close()
  }
}
