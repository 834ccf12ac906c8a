/**
 * `sluice/testing`: run filters in a test, without sockets and without waiting.
 *
 *     const host = createTestHost({ filters: [{ wasm: 'filter.wasm', config: { … } }] })
 *     const response = await host.request({ path: '/items', headers: { 'x-api-key': 'k' } })
 *     host.clock.advance('20s')
 */
export { createTestHost, type GuestUsage, type HistogramValue } from './test-host.ts'
export type { PhaseOptions, TestHost } from './test-host.ts'
export type { TestForeignFunction, TestHostOptions } from './test-options.ts'
export type { PhaseMessage } from './phase-message.ts'
export type { PhaseAction, PhaseReply, PhaseStream } from './phase-stream.ts'
export type { TestFilter } from './test-config.ts'
export type { EngineName } from '../vm/engines.ts'
export type { ClusterKind } from './clusters.ts'
export type { TestConnection, TestPeer } from './test-connection.ts'
export type { TestConnectionFacts, TestConnectionOptions, TestRequest, TestResponse, TestStream } from './test-stream.ts'
export type { TestCertificateFacts, TestTlsFacts } from './test-tls.ts'
export type { BodyInit } from './body-bytes.ts'
export type { HeaderList, HeadersInit, Upstream, UpstreamAnswer, UpstreamRequest } from './messages.ts'
export type { GuestLine, HostLine } from './log-book.ts'
export type { VirtualTime } from './virtual-time.ts'
export type { Duration } from './duration.ts'
export { allSplits, forAllSplits, splitBody, type ChunkPlan } from './chunks.ts'
export { Faults, type FaultTimes, type StatusName } from './faults.ts'
export { caseTests, runCases, type CaseOptions, type CasesResult, type CaseTest } from './cases/run-cases.ts'
export { encodeProperties, type PropertyTree } from './encode-properties.ts'
export { Coverage } from './coverage/coverage.ts'
export { replay, type ReplayedStream, type ReplayOptions } from './recording/replay.ts'
export type { RecordedModules } from './recording/recorded-chain.ts'
export type { Recording } from './recording/recording.ts'
export { UpstreamScript, type RequestMatch } from './upstream-script.ts'
export type { StrictOptions } from './strict.ts'
export { HostcallCoverage } from './hostcall-coverage.ts'
export { benchFilter, type BenchOptions, type BenchResult, type CallbackCost } from './bench.ts'
export type { VmObserver } from '../plugin/observer.ts'
