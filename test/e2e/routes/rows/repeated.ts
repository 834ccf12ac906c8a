/** Headers that come twice: of some names Envoy makes one line, in requests other ones than in answers. */
import { to, type Exchange, type Scenario } from '../scenario.ts'

/** Names that are joined in both directions. */
const BOTH =
  'cache-control content-encoding content-type proxy-status via x-envoy-attempt-count x-envoy-decorator-operation x-request-id'

const REQUESTS =
  'accept accept-encoding access-control-request-headers access-control-request-method access-control-request-private-network ' +
  'authentication authorization cdn-loop grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range ' +
  'if-unmodified-since origin pragma referer user-agent x-client-trace-id x-envoy-downstream-service-cluster ' +
  'x-envoy-downstream-service-node x-envoy-external-address x-envoy-is-timeout-retry x-envoy-original-host ' +
  'x-envoy-original-path x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto'

/** Envoy takes them away. */
const GONE =
  'x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags x-envoy-max-retries ' +
  'x-envoy-original-url x-envoy-retriable-header-names x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on ' +
  'x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response ' +
  'x-envoy-upstream-rq-timeout-ms x-forwarded-client-cert'

const ANSWERS =
  'access-control-allow-credentials access-control-allow-headers access-control-allow-methods access-control-allow-origin ' +
  'access-control-allow-private-network access-control-expose-headers access-control-max-age age etag expires grpc-message ' +
  'grpc-status last-modified location vary x-envoy-degraded x-envoy-immediate-health-check-fail x-envoy-ratelimited ' +
  'x-envoy-upstream-canary x-envoy-upstream-healthchecked-cluster'

/** Names that nobody joins. */
const NEITHER =
  'accept-language allow client-trace-id cookie forwarded forwarded-client-cert link set-cookie trailer warning ' +
  'www-authenticate x-b3-traceid x-envoy-overloaded x-ot-span-context x-own'

function names(...lists: readonly string[]): string[] {
  return lists.flatMap((list) => list.split(' '))
}

function requests(list: readonly string[], ...lines: readonly ((name: string) => string)[]): Exchange[] {
  return list.map((name) => [`GET h/ | ${name}: 1 | ${name}: 2`, ['200 a', ...lines.map((line) => line(name))]])
}

function answers(list: readonly string[], ...lines: readonly ((name: string) => string)[]): Exchange[] {
  return list.map((name) => [`GET h/ | x-answer: 200 ; ${name}: 1 ; ${name}: 2`, ['200 a', ...lines.map((line) => line(name))]])
}

function repeated(name: string, exchanges: readonly Exchange[]): Scenario {
  return { name: `repeated: ${name}`, routes: [to('a', { prefix: '/' })], exchanges }
}

export const REPEATED_SCENARIOS: readonly Scenario[] = [
  repeated(
    'joined in requests',
    requests(names(BOTH, REQUESTS), (name) => `> ${name}: 1,2`),
  ),
  repeated(
    'not joined in requests',
    requests(
      names(ANSWERS, NEITHER, 'date server'),
      (name) => `> ${name}: 1`,
      (name) => `> ${name}: 2`,
    ),
  ),
  repeated(
    'taken away from requests',
    requests(names(GONE), (name) => `- > ${name}:`),
  ),
  repeated(
    'joined in answers',
    answers(names(BOTH, ANSWERS), (name) => `${name}: 1,2`),
  ),
  repeated(
    'not joined in answers',
    answers(
      names(REQUESTS, GONE, NEITHER),
      (name) => `${name}: 1`,
      (name) => `${name}: 2`,
    ),
  ),
]
