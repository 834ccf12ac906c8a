import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../../host/errors.ts'
import { HeaderMap } from '../../../../host/http/header-map.ts'
import { ResponseFlag, StreamInfo } from '../../../../host/http/stream-info.ts'
import { AccessLog } from '../../../../host/route/access-log.ts'
import type { FormatContext } from '../../../../host/route/format/context.ts'
import { compileJson } from '../../../../host/route/format/json.ts'
import { flagNames } from '../../../../host/route/format/response-flags.ts'
import { compileText } from '../../../../host/route/format/text.ts'
import { compileTime } from '../../../../host/route/format/time.ts'

const WALL = Date.UTC(2026, 10, 5, 6, 7, 8, 9)

/** A request that was answered by an upstream. */
function answered(): FormatContext {
  const connection = {
    id: 7,
    remoteAddress: '10.0.0.9:4000',
    remoteHost: '10.0.0.9',
    directRemoteAddress: '10.0.0.9:4000',
    requestedServerName: '',
    tls: null,
    transportFailure: '',
    localAddress: '[::1]:80',
    filterChainName: 'chain',
    listenerDirection: 0,
    listenerMetadata: null,
    filterState: null,
  }
  const info = Object.assign(new StreamInfo(connection, WALL, 100), {
    requestCompleteMillis: 101,
    upstreamLastByteSentMillis: 102.5,
    upstreamFirstByteReceivedMillis: 110.9,
    completeMillis: 123.9,
    bytesReceived: 3,
    bytesSent: 5,
    responseCode: 200,
    responseCodeDetails: 'via_upstream',
    routeName: 'r',
    virtualHostName: 'vh',
    clusterName: 'c',
    upstreamAddress: '10.0.0.2:90',
    upstreamLocalAddress: '10.0.0.1:91',
    attemptCount: 1,
    filterState: new Map([
      ['wasm.k', { value: 'a\xff"', kind: 'bytes', isReadOnly: false }],
      ['envoy.string', { value: 'v\xc3\xa9"', kind: 'text', isReadOnly: false }],
    ]),
  })
  return {
    info,
    requestHeaders: HeaderMap.from([
      [':method', 'GET'],
      [':path', '/p?q'],
      [':authority', 'a.test'],
      ['x-dup', 'one'],
      ['x-dup', 'two'],
      ['user-agent', 'ua'],
    ]),
    responseHeaders: HeaderMap.from([
      [':status', '200'],
      ['x-envoy-upstream-service-time', '8'],
    ]),
    responseTrailerMap: HeaderMap.from([['grpc-status', '0']]),
  }
}

/** A request that nobody answered. */
function broken(): FormatContext {
  const connection = {
    id: 8,
    remoteAddress: '10.0.0.9:4000',
    remoteHost: '10.0.0.9',
    directRemoteAddress: '10.0.0.9:4000',
    requestedServerName: '',
    tls: null,
    transportFailure: '',
    localAddress: '10.0.0.1:80',
    filterChainName: '',
    listenerDirection: 0,
    listenerMetadata: null,
    filterState: null,
  }
  const info = Object.assign(new StreamInfo(connection, WALL, 100), {
    responseFlags: ResponseFlag.DownstreamConnectionTermination,
  })
  return { info, requestHeaders: new HeaderMap(), responseHeaders: null, responseTrailerMap: null }
}

describe('compileText', () => {
  test.each([
    ['plain 100%%', 'plain 100%', 'plain 100%'],
    ['%START_TIME%', '2026-11-05T06:07:08.009Z', '2026-11-05T06:07:08.009Z'],
    ['%START_TIME(%Y/%m/%d %H:%M:%S.%3f)%', '2026/11/05 06:07:08.009', '2026/11/05 06:07:08.009'],
    ['%REQ(:METHOD)% %REQ(x-envoy-original-path?:PATH)%', 'GET /p?q', '- -'],
    ['%REQ(X-DUP)%', 'one', '-'],
    ['%REQ(:PATH):2%|%REQ(:PATH):99%', '/p|/p?q', '-|-'],
    ['%RESP(X-Envoy-Upstream-Service-Time)%', '8', '-'],
    ['%TRAILER(GRPC-STATUS)%', '0', '-'],
    ['%PROTOCOL%', 'HTTP/1.1', 'HTTP/1.1'],
    ['%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%', '200 via_upstream -', '0 - DC'],
    ['%BYTES_RECEIVED% %BYTES_SENT%', '3 5', '0 0'],
    ['%REQUEST_HEADERS_BYTES% %RESPONSE_HEADERS_BYTES% %RESPONSE_TRAILERS_BYTES%', '63 40 12', '0 0 0'],
    [
      '%DURATION% %REQUEST_DURATION% %REQUEST_TX_DURATION% %RESPONSE_DURATION% %RESPONSE_TX_DURATION%',
      '23 1 2 10 13',
      '- - - - -',
    ],
    ['%UPSTREAM_HOST% %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS%', '10.0.0.2:90 c 10.0.0.1:91', '- - -'],
    ['%UPSTREAM_TRANSPORT_FAILURE_REASON% %UPSTREAM_REQUEST_ATTEMPT_COUNT%', '- 1', '- 0'],
    ['%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '10.0.0.9:4000 10.0.0.9', '10.0.0.9:4000 10.0.0.9'],
    [
      '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_PORT%',
      '[::1]:80 ::1 80',
      '10.0.0.1:80 10.0.0.1 80',
    ],
    ['%ROUTE_NAME% %VIRTUAL_HOST_NAME% %FILTER_CHAIN_NAME% %CONNECTION_ID%', 'r vh chain 7', '- - - 8'],
    ['%FILTER_STATE(wasm.k:PLAIN)%', 'a\xff"', '-'],
    ['%FILTER_STATE(envoy.string)%', '"v\xc3\xa9\\""', '-'],
    ['%FILTER_STATE(envoy.string:PLAIN)%', 'v\xc3\xa9"', '-'],
    ['%FILTER_STATE(wasm.k)%', '{"@type":"type.googleapis.com/google.protobuf.BytesValue","value":"Yf8i"}', '-'],
    ['%CONNECTION_TERMINATION_DETAILS%', '-', '-'],
    ['%RESPONSE_FLAGS_LONG%', '-', 'DownstreamConnectionTermination'],
    ['%UPSTREAM_REMOTE_PORT% %DOWNSTREAM_DIRECT_REMOTE_PORT%', '90 4000', '- 4000'],
    ['%COMMON_DURATION(DS_RX_BEG:US_TX_END:us)%', '2500', '-'],
    ['%METADATA(ROUTE:ns:key)%', '-', '-'],
  ])('%s', (template, whole, none) => {
    const format = compileText(template, 'test')
    expect([format.format(answered()), format.format(broken())]).toEqual([whole, none])
  })

  test.each([
    '%NO_SUCH%',
    '%REQ%',
    '%REQ()%',
    '%REQ(a?)%',
    '%REQ(a?b?c)%',
    '%PROTOCOL(x)%',
    '%lower%',
    '50%',
    '%FILTER_STATE(k:OTHER)%',
    '%GRPC_STATUS(OTHER)%',
    '%GRPC_STATUS_NUMBER(x)%',
    '%COMMON_DURATION%',
    '%COMMON_DURATION(DS_RX_BEG:NO:ms)%',
    '%COMMON_DURATION(constructor:constructor:ms)%',
    '%COMMON_DURATION(DS_RX_BEG:DS_TX_END:s)%',
    '%METADATA(ROUTE)%',
    '%METADATA(NO:a)%',
    '%METADATA(constructor:a)%',
    '%STREAM_ID(x)%',
  ])('refuses %s', (template) => {
    const attempt = () => compileText(`x ${template}`, 'listener.format')
    expect(attempt).toThrow(SluiceError)
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'SLUICE_CONFIG_INVALID', detail: expect.objectContaining({ path: 'listener.format' }) }),
    )
  })
})

describe('gRPC status', () => {
  const FORMAT = '%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS(NUMBER)% %GRPC_STATUS_NUMBER%'

  /** A request with this content type; `status` is that of its answer, `named` its gRPC status, if any. */
  function replied(type: string, status: number, named: string | null): FormatContext {
    const { info } = broken()
    info.responseCode = status
    const responseHeaders = HeaderMap.from(named === null ? [] : [['grpc-status', named]])
    return { info, requestHeaders: HeaderMap.from([['content-type', type]]), responseHeaders, responseTrailerMap: null }
  }

  test.each([
    ['application/grpc', 200, '0', 'OK OK 0 0'],
    ['application/grpc+proto', 200, '1', 'Canceled CANCELLED 1 1'],
    ['application/grpc', 200, '16', 'Unauthenticated UNAUTHENTICATED 16 16'],
    ['application/grpc', 200, '99', '99 99 99 99'],
    ['application/grpc', 200, 'abc', '-1 -1 -1 -1'],
    ['application/grpc', 503, null, 'Unavailable UNAVAILABLE 14 14'],
    ['application/grpc', 0, null, '- - - -'],
    ['text/plain', 200, '5', '- - - -'],
  ])('of %s, answered %s with %s', (type, status, named, line) => {
    expect(compileText(FORMAT, 'f').format(replied(type, status, named))).toBe(line)
  })

  test('is that of the trailers, if there are any', () => {
    const context = { ...replied('application/grpc', 200, '5'), responseTrailerMap: HeaderMap.from([['grpc-status', '7']]) }
    expect(compileText('%GRPC_STATUS%', 'f').format(context)).toBe('PermissionDenied')
  })
})

describe('compileJson', () => {
  test('keeps types, sorts keys, nests', () => {
    const template = {
      code: '%RESPONSE_CODE%',
      a: { list: ['%REQ(X-NONE)%', '%PROTOCOL%', 1, true, null] },
      text: '%RESPONSE_CODE% %REQ(X-NONE)%',
    }
    expect(compileJson(template, 'p').format(answered())).toBe(
      '{"a":{"list":[null,"HTTP/1.1",1,true,null]},"code":200,"text":"200 -"}\n',
    )
  })

  test('one record stays one line of JSON whatever a client sends', () => {
    const context = answered()
    context.requestHeaders.set('user-agent', 'a"\\\t\xe9')
    const line = compileJson({ ua: '%REQ(USER-AGENT)%' }, 'p').format(context)
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(JSON.parse(line)).toEqual({ ua: 'a"\\\t\xe9' })
  })

  test('names the member at fault', () => {
    expect(() => compileJson({ a: ['x', '%NO%'] }, 'json')).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ path: 'json.a[1]' }) }),
    )
  })
})

describe('AccessLog', () => {
  test('default format', () => {
    const lines: string[] = []
    new AccessLog({ kind: 'text', text: null, omitsEmpty: false }, { write: (line) => void lines.push(line) }).write(answered())
    expect(lines).toEqual(['[2026-11-05T06:07:08.009Z] "GET /p?q HTTP/1.1" 200 - 3 5 23 8 "-" "ua" "-" "a.test" "10.0.0.2:90"\n'])
  })
})

describe('flagNames', () => {
  test('every flag has a name', () => {
    for (const bit of Object.values(ResponseFlag)) expect(flagNames(bit)).toMatch(/^[A-Z]{2,3}$/)
    expect(flagNames(ResponseFlag.UpstreamConnectionTermination | ResponseFlag.UpstreamRetryLimitExceeded)).toBe('URX,UC')
    expect(flagNames(0)).toBeNull()
  })
})

describe('compileTime', () => {
  test.each([
    ['%s', '1793858828'],
    ['%s.%6f', '1793858828.009000'],
    ['%f', '009000000'],
    ['%F %T%z %Z', '2026-11-05 06:07:08+0000 UTC'],
    ['%d/%b/%Y %a %e %y', '05/Nov/2026 Thu  5 26'],
    ['%Q%%', '%Q%'],
  ])('%s', (pattern, expected) => {
    expect(compileTime(pattern)(WALL)).toBe(expected)
  })
})
