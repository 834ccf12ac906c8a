/** `sluice run --port`: a proxy with the filters, which shows what becomes of each request. */
import { SluiceError } from '../errors.ts'
import { SocketTrial } from '../project/trial/socket-trial.ts'
import { startTrialEnvoy } from '../project/trial/trial-envoy.ts'
import { startTrialHost } from '../project/trial/trial-host.ts'
import { TrialServer, type ServedTrial } from '../project/trial/trial-server.ts'
import type { CommandOutput } from './output.ts'
import type { TrialFlags } from './trial-flags.ts'
import type { TrialSubject } from './trial-subject.ts'
import { trialText, type Painter } from './trial-text.ts'

export class ServedTrials {
  readonly #subject: TrialSubject
  readonly #flags: TrialFlags
  readonly #port: number
  readonly #output: CommandOutput
  #server: TrialServer | null = null

  constructor(subject: TrialSubject, flags: TrialFlags, port: number, output: CommandOutput) {
    this.#subject = subject
    this.#flags = flags
    this.#port = port
    this.#output = output
  }

  /** Serves with the filters as they are now; those before go when their last request is answered. */
  async renew(): Promise<void> {
    const trial = await this.#startTrial()
    if (this.#server !== null) {
      await this.#server.replace(trial)
      return this.#output.note('reloaded')
    }
    this.#server = await TrialServer.start(this.#port, trial, (one) => this.#show(one))
    const url = `http://127.0.0.1:${this.#server.port}`
    this.#output.result({ url }, `ready: ${url}`)
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
  }

  async #startTrial(): Promise<SocketTrial> {
    const { envoy, engine = null } = this.#flags
    const setup = await this.#subject.setup()
    if (!setup.isTcp) return SocketTrial.start(setup, envoy ? startTrialEnvoy : startTrialHost(engine))
    const wanted = 'one of requests; sluice run -c serves both'
    throw new SluiceError('SLUICE_CLI_USAGE', '--port', { seen: 'a filter of connections', wanted })
  }

  #show({ request, ...trial }: ServedTrial): void {
    const paint: Painter = (colour, text) => this.#output.paint(colour, text)
    this.#output.result({ request, ...trial }, [paint('bold', request.head[0]!), trialText(trial, paint), ''].join('\n'))
  }
}
