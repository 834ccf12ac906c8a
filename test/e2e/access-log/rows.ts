/** Access logs of one listener, each with a filter and a format, and the requests that host and Envoy log by them. */

export interface LogRow {
  readonly name: string
  /** Envoy's AccessLogFilter; null = every stream. */
  readonly filter: object | null
  /** Format of the lines; default: the path. */
  readonly format?: object
  /** Digits are never the same twice; how many there are is. */
  readonly masked?: true
}

const status = (op: string, value: number): object => ({
  status_code_filter: { comparison: { op, value: { default_value: value, runtime_key: 'a' } } },
})
const duration = (op: string, value: number): object => ({
  duration_filter: { comparison: { op, value: { default_value: value, runtime_key: 'a' } } },
})
const header = (matcher: object): object => ({ header_filter: { header: matcher } })
const share = (numerator: number, denominator: string): object => ({
  runtime_filter: { runtime_key: 'a', percent_sampled: { numerator, denominator } },
})
const text = (format: string): object => ({ text_format_source: { inline_string: `${format}\n` } })
const grpc = (statuses: readonly string[], exclude = false): object => ({ grpc_status_filter: { statuses, exclude } })

export const LOG_ROWS: readonly LogRow[] = [
  { name: 'no filter', filter: null },
  { name: 'status equal', filter: status('EQ', 404) },
  { name: 'status greater', filter: status('GE', 400) },
  { name: 'status less', filter: status('LE', 299) },
  { name: 'status other', filter: status('NE', 200) },
  { name: 'long', filter: duration('GE', 250) },
  { name: 'short', filter: duration('LE', 250) },
  { name: 'not a health check', filter: { not_health_check_filter: {} } },
  { name: 'header present', filter: header({ name: 'x-log', present_match: true }) },
  { name: 'header exact', filter: header({ name: 'x-log', string_match: { exact: 'yes' } }) },
  { name: 'header not', filter: header({ name: 'x-log', string_match: { exact: 'yes' }, invert_match: true }) },
  { name: 'any flag', filter: { response_flag_filter: {} } },
  { name: 'two flags', filter: { response_flag_filter: { flags: ['NR', 'UF'] } } },
  { name: 'no share', filter: share(0, 'HUNDRED') },
  { name: 'half', filter: share(50, 'HUNDRED') },
  { name: 'ten thousandths', filter: share(4000, 'TEN_THOUSAND') },
  { name: 'millionths', filter: share(700_000, 'MILLION') },
  { name: 'whole', filter: share(100, 'HUNDRED') },
  { name: 'grpc ok', filter: grpc(['OK']) },
  { name: 'grpc not found', filter: grpc(['NOT_FOUND', 'UNAVAILABLE']) },
  { name: 'grpc of http', filter: grpc(['UNIMPLEMENTED', 'UNKNOWN']) },
  { name: 'grpc but', filter: grpc(['UNKNOWN'], true) },
  { name: 'and', filter: { and_filter: { filters: [status('GE', 200), header({ name: 'x-log', present_match: true })] } } },
  { name: 'or', filter: { or_filter: { filters: [status('EQ', 404), header({ name: 'x-log', present_match: true })] } } },
  {
    name: 'text',
    filter: null,
    format: {
      text_format_source: {
        inline_string:
          '%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %BYTES_RECEIVED% ' +
          '%BYTES_SENT% %ROUTE_NAME% %UPSTREAM_CLUSTER% %REQ(X-LOG?USER-AGENT):3% %RESP(X-UP)% %REQ(NOPE)%\n',
      },
    },
  },
  {
    name: 'flags, ids, ports',
    filter: null,
    format: text('%RESPONSE_FLAGS_LONG% %STREAM_ID% %UPSTREAM_REMOTE_PORT% %EMIT_TIME(%Y-%m)%'),
  },
  {
    name: 'metadata of routes',
    filter: null,
    format: text(
      ['text', 'number', 'fraction', 'flag', 'deep', 'deep:a', 'deep:list', 'deep:none', 'none', 'text:a']
        .map((key) => `%METADATA(ROUTE:ns:${key})%`)
        .join(' '),
    ),
  },
  { name: 'a whole namespace', filter: null, format: text('%METADATA(ROUTE:ns)% %METADATA(ROUTE:other)%') },
  { name: 'metadata elsewhere', filter: null, format: text('%METADATA(VIRTUAL_HOST:ns:text)% %METADATA(LISTENER:ns:text)%') },
  {
    name: 'durations',
    masked: true,
    filter: duration('GE', 250),
    format: text(
      ['DS_RX_BEG:US_RX_BEG:ms', 'US_TX_END:DS_TX_BEG:us', 'US_TX_BEG:US_RX_END:ns', 'DS_RX_BEG:DS_TX_END:ms']
        .map((span) => `%COMMON_DURATION(${span})%`)
        .join(' '),
    ),
  },
  { name: 'durations of what never was', filter: status('EQ', 503), format: text('%COMMON_DURATION(US_RX_BEG:US_RX_END:ms)%') },
  {
    name: 'values in json',
    filter: null,
    format: {
      json_format: {
        number: '%METADATA(ROUTE:ns:number)%',
        text: '%METADATA(ROUTE:ns:text)%',
        deep: '%METADATA(ROUTE:ns:deep)%',
        flag: '%METADATA(ROUTE:ns:flag)%',
        all: '%METADATA(ROUTE:ns)%',
        list: '%METADATA(ROUTE:ns:deep:list)%',
        fraction: '%METADATA(ROUTE:ns:fraction)%',
        id: '%STREAM_ID%',
        port: '%UPSTREAM_REMOTE_PORT%',
        flags: '%RESPONSE_FLAGS_LONG%',
      },
    },
  },
  {
    name: 'nothing instead of a dash',
    filter: null,
    format: { ...text('[%REQ(NOPE)%] [%REQ(X-LOG)%] [%RESPONSE_FLAGS%] [%METADATA(ROUTE:ns:none)%]'), omit_empty_values: true },
  },
  {
    name: 'json without what is missing',
    filter: null,
    format: {
      omit_empty_values: true,
      json_format: {
        path: '%REQ(:PATH)%',
        none: '%REQ(NOPE)%',
        log: '%REQ(X-LOG)%',
        mixed: 'a %REQ(NOPE)% b',
        both: '%REQ(NOPE)%%REQ(NOPE)%',
        flags: '%RESPONSE_FLAGS%',
        list: ['%REQ(NOPE)%', '%REQ(:PATH)%'],
        deep: { none: '%REQ(NOPE)%', log: '%REQ(X-LOG)%' },
        empty: { none: '%REQ(NOPE)%', list: ['%REQ(NOPE)%'] },
      },
    },
  },
  { name: 'json of nothing', filter: null, format: { omit_empty_values: true, json_format: { none: '%REQ(NOPE)%' } } },
  {
    name: 'json',
    filter: status('GE', 200),
    format: {
      json_format: {
        path: '%REQ(:PATH)%',
        code: '%RESPONSE_CODE%',
        sent: '%BYTES_SENT%',
        text: 'to %UPSTREAM_CLUSTER% by %ROUTE_NAME%',
        none: '%REQ(NOPE)%',
        deep: { flags: '%RESPONSE_FLAGS%', log: '%REQ(X-LOG)%' },
      },
    },
  },
]
