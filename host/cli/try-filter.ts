/** `sluice run` without a proxy's configuration: once, on a port, or again after each change. */
import { ensureBuilt } from '../project/build.ts'
import { tryInEnvoy } from '../project/trial/envoy-trial.ts'
import { tryInHarness } from '../project/trial/harness-trial.ts'
import { watchFiles } from '../util/watch-files.ts'
import { watchProject } from '../project/watch/watch-project.ts'
import type { CommandOutput } from './output.ts'
import { nextSignal } from './signals.ts'
import { trialRequest, type TrialFlags } from './trial-flags.ts'
import { ServedTrials } from './served-trials.ts'
import { trialSubject, type TrialSubject } from './trial-subject.ts'
import { trialText } from './trial-text.ts'

/** What is done with the filters as they are now, and again when they have changed. */
interface Action {
  renew(): Promise<void>
  stop(): Promise<void>
}

/** Resolves when it is done; with `--port` or `--watch`, when a signal has ended it. */
export async function tryFilter(module: string | undefined, flags: TrialFlags, output: CommandOutput): Promise<void> {
  const subject = await trialSubject(module, flags)
  const action =
    flags.port === undefined ? onceAction(subject, flags, output) : new ServedTrials(subject, flags, flags.port, output)
  const signal = flags.port === undefined && !flags.watch ? Promise.resolve() : nextSignal()
  try {
    if (flags.watch) await renewUntil(signal, subject, action, output)
    else {
      if (subject.project !== null) await ensureBuilt(subject.project)
      await action.renew()
      await signal
    }
  } finally {
    await action.stop()
  }
}

function onceAction(subject: TrialSubject, flags: TrialFlags, output: CommandOutput): Action {
  const renew = async (): Promise<void> => {
    const input = { ...(await subject.setup()), request: trialRequest(flags) }
    const trial = flags.envoy ? await tryInEnvoy(input) : tryInHarness(input)
    output.result(
      trial,
      trialText(trial, (paint, text) => output.paint(paint, text)),
    )
  }
  return { renew, stop: () => Promise.resolve() }
}

/** A fault is told, and what ran before goes on. */
async function renewUntil(signal: Promise<unknown>, subject: TrialSubject, action: Action, output: CommandOutput): Promise<void> {
  let last = Promise.resolve()
  const renew = (): void => {
    last = last.then(() => action.renew()).catch((error: unknown) => output.errors(error))
  }
  const stopFiles = watchFiles(subject.files, renew)
  const onBuilt = (built: object | null, error: unknown): void => (built === null ? output.errors(error) : renew())
  const watch = subject.project === null ? null : await watchProject(subject.project, onBuilt)
  if (watch === null) renew()
  await signal
  stopFiles()
  await watch?.stop()
  await last
}
