/** A host under judgement behind addresses: any that has the guests mounted. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sendRequest } from './client.ts'
import type { Answerer, Gate, JudgedHost, KitConnection, SeenAnswer, SeenRequest } from './judge.ts'
import { mountName, type MountPoint } from './mounts.ts'
import type { KitRequest } from './scenario.ts'
import { TcpPeer } from './tcp-peer.ts'
import type { KitUpstream } from './upstream.ts'

export class SocketHost implements JudgedHost {
  readonly isReference: boolean
  readonly #urls: ReadonlyMap<string, URL>
  readonly #upstream: KitUpstream
  readonly #stop: () => Promise<void>

  /** `urls` by name of the mount point; `stop` ends what the judge started. */
  constructor(urls: ReadonlyMap<string, URL>, upstream: KitUpstream, isReference: boolean, stop: () => Promise<void>) {
    this.#urls = urls
    this.#upstream = upstream
    this.isReference = isReference
    this.#stop = stop
  }

  has(point: MountPoint): boolean {
    return this.#urls.has(mountName(point))
  }

  request(point: MountPoint, path: string, request: KitRequest, gate: Gate): Promise<SeenAnswer> {
    return sendRequest(this.#urls.get(mountName(point))!, path, request, gate)
  }

  /** Its upstream is the next connection that arrives: one is made after the other. */
  async connect(point: MountPoint): Promise<KitConnection> {
    const { peers } = this.#upstream.peer
    const number = peers.length
    const client = await TcpPeer.dial(Number(this.#urls.get(mountName(point))!.port))
    const upstream = (): TcpPeer | null => peers[number] ?? null
    const drop = (): void => {
      client.destroy()
      upstream()?.destroy()
    }
    return { client, upstream, drop }
  }

  async wait(millis: number): Promise<void> {
    await sleep(millis)
  }

  script(answerer: Answerer, gate: Gate): void {
    this.#upstream.answerer = answerer
    this.#upstream.gate = gate
    this.#upstream.seen = []
  }

  seen(): readonly SeenRequest[] {
    return this.#upstream.seen
  }

  async close(): Promise<void> {
    await this.#stop()
    await this.#upstream.close()
  }
}
