/** How long streams may live, as routes and clients of gRPC calls say it. */
import { to, type Exchange, type Scenario } from '../scenario.ts'

function limited(name: string, duration: object, exchanges: readonly Exchange[], manager: object = {}): Scenario {
  const routes = [to('a', { prefix: '/' }, { max_stream_duration: duration, timeout: '3s' })]
  return { name: `duration: ${name}`, routes, exchanges, manager }
}

/** A gRPC call that asks for a time. */
function call(timeout: string): string {
  return `POST h/ | content-type: application/grpc | grpc-timeout: ${timeout}`
}

function told(timeout: string): Exchange[1] {
  return ['200 a', `> grpc-timeout: ${timeout}`, '- > x-envoy-expected-rq-timeout-ms']
}

const OVER: Exchange[1] = ['200', 'grpc-status: 4', 'grpc-message: downstream duration timeout']

export const DURATION_SCENARIOS: readonly Scenario[] = [
  limited('of a route', { max_stream_duration: '2s' }, [
    ['GET h/', ['200 a', '- > x-envoy-expected-rq-timeout-ms', '- > grpc-timeout']],
    [call('1S'), told('2000m')],
    ['GET h/ | grpc-timeout: 1S', told('1S')],
  ]),
  limited('nothing said', {}, [
    ['GET h/', ['200 a', '- > x-envoy-expected-rq-timeout-ms']],
    [call('1S'), told('1S')],
  ]),
  limited('grpc-timeout with a limit', { grpc_timeout_header_max: '0.5s' }, [
    [call('1S'), told('500m')],
    [call('100m'), told('100m')],
    [call('99999999H'), told('500m')],
    [call('0S'), OVER],
    [call('x'), told('x')],
    [call('123456789u'), told('123456789u')],
    ['GET h/ | grpc-timeout: 1S', told('1S')],
  ]),
  limited('grpc-timeout without a limit', { grpc_timeout_header_max: '0s', max_stream_duration: '1s' }, [
    [call('1S'), told('1000m')],
    [call('90M'), told('5400000m')],
    [call('1500001u'), told('1501m')],
  ]),
  limited('grpc-timeout with an offset', { grpc_timeout_header_max: '2s', grpc_timeout_header_offset: '0.1s' }, [
    [call('1S'), told('900m')],
    [call('90M'), told('1900m')],
    [call('1500000u'), told('1400m')],
    [call('5000000n'), OVER],
  ]),
  limited(
    'of the connection manager',
    { grpc_timeout_header_max: '1s' },
    [
      ['GET h/', '200 a'],
      [call('2S'), told('1000m')],
    ],
    {
      common_http_protocol_options: { max_stream_duration: '5s' },
    },
  ),
]
