/** A trial in a real Envoy on this machine. */
import { SocketTrial } from './socket-trial.ts'
import { startTrialEnvoy } from './trial-envoy.ts'
import type { Trial, TrialInput } from './trial.ts'

/** Throws SLUICE_RUN_ENVOY when there is no Envoy, or it refuses the filters. */
export async function tryInEnvoy(input: TrialInput): Promise<Trial> {
  const trial = await SocketTrial.start(input, startTrialEnvoy)
  try {
    return input.isTcp ? await trial.talk(input.request.body) : (await trial.ask(input.request)).trial
  } finally {
    await trial.stop()
  }
}
