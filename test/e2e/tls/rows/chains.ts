/** Which filter chain a connection comes to, and the PROXY header. */
import type { TlsRow } from '../row.ts'

const V2 = '\r\n\r\n\0\r\nQUIT\n'
const IPV4 = '\xc0\x00\x02\x01\x0a\x01\x00\x01\x15\xb3\x04\x57'
const IPV6 = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01\x20\x01\x0d\xb8${'\0'.repeat(11)}\x02\x15\xb3\x04\x57`

function v2(command: number, family: number, body: string, length = body.length): string {
  return `${V2}${String.fromCharCode(command, family, length >> 8, length & 255)}${body}`
}

function from(source: string, destination: string, family = 'TCP4'): string {
  const [host, port] = source.split(' ')
  const [to, toPort] = destination.split(' ')
  return `PROXY ${family} ${host} ${to} ${port} ${toPort}\r\n`
}

const byName = (id: string, expect: string, servername?: string, alpn?: readonly string[]): TlsRow => ({
  id: `chains/${id}`,
  listener: 'chains',
  tls: { ...(servername === undefined ? {} : { servername }), ...(alpn === undefined ? {} : { alpn }) },
  expect: `200 ${expect}`,
})

const byAddress = (id: string, expect: string, before: string, listener = 'addresses'): TlsRow => {
  return { id: `chains/${id}`, listener, tls: null, before, expect: `200 ${expect}` }
}

const header = (id: string, before: string, expect: string, listener = 'header'): TlsRow => {
  return { id: `header/${id}`, listener, tls: null, before, expect }
}

export const CHAIN_ROWS: readonly TlsRow[] = [
  byName('name', 'exact', 'a.test'),
  byName('name-upper-case', 'exact', 'A.TEST'),
  byName('suffix', 'suffix', 'x.b.test'),
  byName('suffix-deeper', 'suffix', 'y.x.b.test'),
  byName('longer-suffix', 'longer', 'x.c.b.test'),
  byName('suffix-itself', 'suffix', 'c.b.test'),
  byName('suffix-without-label', 'any', 'b.test'),
  byName('unknown-name', 'any', 'z.test'),
  byName('no-name', 'any'),
  byName('protocol', 'protocol', 'p.test', ['x', 'http/1.1']),
  byName('other-protocol', 'p', 'p.test', ['x']),
  byName('protocol-not-offered', 'p', 'p.test'),
  { id: 'chains/in-clear', listener: 'chains', tls: null, expect: '200 raw' },
  { id: 'chains/blind', listener: 'chains_blind', tls: null, expect: '200 raw' },
  { id: 'chains/default', listener: 'chains_default', tls: null, expect: '200 default' },
  { id: 'chains/not-default', listener: 'chains_default', tls: { servername: 'a.test' }, expect: '200 exact' },
  byAddress('destination-port', 'port', from('192.0.2.1 5555', '10.1.0.1 1111')),
  byAddress('destination', 'net', from('192.0.2.1 5555', '10.2.0.1 80')),
  byAddress('longer-destination', 'subnet', from('192.0.2.1 5555', '10.1.0.1 80')),
  byAddress('destination-v6', 'v6', from('2001:db8::1 5555', '2001:db8::2 80', 'TCP6')),
  byAddress('source', 'source', from('192.0.2.1 7777', '8.8.8.8 80')),
  byAddress('source-port', 'source_port', from('192.0.2.1 5555', '8.8.8.8 80')),
  byAddress('direct-source', 'direct', from('198.51.100.1 7777', '8.8.8.8 80'), 'direct'),
  byAddress('passed-over', 'default', from('192.0.2.1 7777', '8.8.8.8 80'), 'direct'),
  byAddress('external-and-source', 'external', from('192.0.2.1 7777', '203.0.113.1 1112')),
  byAddress('external', 'external', from('9.9.9.9 7777', '203.0.113.1 80')),
  byAddress('local', 'local', from('8.8.8.8 7777', '8.8.8.8 80')),
  byAddress('nobody', 'default', from('9.9.9.9 7777', '8.8.8.8 80')),
  header('v1', from('192.0.2.1 5555', '10.1.0.1 1111'), '200 header'),
  header('v1-v6', from('2001:db8::1 5555', '2001:db8::2 80', 'TCP6'), '200 header'),
  header('v1-unknown', 'PROXY UNKNOWN\r\n', '200 header'),
  header('v1-unknown-with-addresses', 'PROXY UNKNOWN 1.2.3.4 5.6.7.8 1 2\r\n', '200 header'),
  header('v1-too-few', 'PROXY TCP4 1.2.3.4\r\n', 'reset'),
  header('v1-too-many', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n', 'reset'),
  header('v1-bad-address', 'PROXY TCP4 1.2.3.400 5.6.7.8 1 2\r\n', 'reset'),
  header('v1-wrong-family', 'PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n', 'reset'),
  header('v1-bad-port', 'PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n', 'reset'),
  header('v1-other-family', 'PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n', 'reset'),
  header('v1-two-blanks', 'PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n', 'reset'),
  header('v1-too-long', `PROXY UNKNOWN ${'x'.repeat(200)}\r\n`, 'reset'),
  header('none', '', 'reset'),
  header('v2', v2(0x21, 0x11, IPV4), '200 header'),
  header('v2-udp', v2(0x21, 0x12, IPV4), '200 header'),
  header('v2-v6', v2(0x21, 0x21, IPV6), '200 header'),
  header('v2-with-tlvs', v2(0x21, 0x11, `${IPV4}\x04\0\x02ab`), '200 header'),
  header('v2-local', v2(0x20, 0x00, ''), '200 header'),
  header('v2-local-with-bytes', v2(0x20, 0x11, IPV4), '200 header'),
  header('v2-unix', v2(0x21, 0x31, 'a'.repeat(216)), 'reset'),
  header('v2-unspecified', v2(0x21, 0x00, ''), 'reset'),
  header('v2-too-short', v2(0x21, 0x11, 'abcd'), 'reset'),
  header('v2-other-version', v2(0x31, 0x11, IPV4), 'reset'),
  header('v2-other-command', v2(0x22, 0x11, IPV4), 'reset'),
  header('optional', from('192.0.2.1 5555', '10.1.0.1 1111'), '200 header', 'header_optional'),
  header('optional-none', '', '200 header', 'header_optional'),
  header('optional-bad', 'PROXY TCP4 1.2.3.4\r\n', 'reset', 'header_optional'),
  { ...header('tls', from('192.0.2.1 5555', '10.1.0.1 1111'), '200 header', 'header_tls'), tls: { servername: 'a.test' } },
  { id: 'place/file', listener: 'file', tls: null, expect: '200' },
  { id: 'place/ipv6', listener: 'ipv6', tls: null, expect: '200' },
  { id: 'place/additional', listener: 'clear', at: 'additional', tls: null, expect: '200' },
  { id: 'place/first', listener: 'clear', tls: null, expect: '200' },
]
