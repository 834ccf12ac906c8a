import { Bytes, HeaderList, MetricName, PairList, decodeHex, encodeHex, utf8 } from '@sluice/sdk'
import { LiteralKind, literalKind } from '@sluice/sdk/bytes/literal-kind'
import { isWritablePair } from '@sluice/sdk/hostcalls/header-rules'
import { equal, same, spec } from './support/spec'

/** A literal gets the verdict of the same text that no compiler has seen. */
function judgedAs(literal: Bytes, kind: usize): void {
  const copy = literal.toOwned()
  equal(<u32>literalKind(literal), <u32>kind)
  equal(<u32>literalKind(copy.view), <u32>LiteralKind.Other)
  equal(<u32>literalKind(literal.slice(0)), <u32>LiteralKind.Other)
  equal(isWritablePair(copy.view, utf8('v')), kind == LiteralKind.Name)
  equal(isWritablePair(literal, utf8('v')), kind == LiteralKind.Name)
  equal(isWritablePair(utf8('x-a'), copy.view), kind != LiteralKind.Other)
  equal(isWritablePair(utf8('x-a'), literal), kind != LiteralKind.Other)
}

spec('literals: the compiler judges names and values as the rules do', () => {
  judgedAs(utf8("!#$%&'*+-.^_`|~"), LiteralKind.Name)
  judgedAs(utf8('abcdefghijklmnopqrstuvwxyz'), LiteralKind.Name)
  judgedAs(utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'), LiteralKind.Name)
  judgedAs(utf8('te'), LiteralKind.Name)
  judgedAs(utf8('content-lengths'), LiteralKind.Name)
  judgedAs(utf8(''), LiteralKind.Value)
  judgedAs(utf8(' '), LiteralKind.Value)
  judgedAs(utf8('"(),/:;<=>?@[\\]{}'), LiteralKind.Value)
  judgedAs(utf8(':path'), LiteralKind.Value)
  judgedAs(utf8('x-é'), LiteralKind.Value)
  judgedAs(utf8('tab\tand blank'), LiteralKind.Value)
  judgedAs(utf8('Upgrade'), LiteralKind.Value)
  judgedAs(utf8('connection'), LiteralKind.Value)
  judgedAs(utf8('KEEP-ALIVE'), LiteralKind.Value)
  judgedAs(utf8('content-length'), LiteralKind.Value)
  judgedAs(utf8('proxy-connection'), LiteralKind.Value)
  judgedAs(utf8('transfer-encoding'), LiteralKind.Value)
  judgedAs(utf8('name\n'), LiteralKind.Other)
  judgedAs(utf8('\0'), LiteralKind.Other)
  judgedAs(utf8('a value with one carriage return\r'), LiteralKind.Other)
  judgedAs(utf8('\x1f'), LiteralKind.Other)
  judgedAs(utf8('\x7f'), LiteralKind.Other)
})

spec('header list: encodes pairs as the ABI wants them', () => {
  const list = HeaderList.create().add(utf8('a'), utf8('1')).add(utf8('b'), utf8('22'))
  same(encodeHex(list.encode()), utf8('0200000001000000010000000100000002000000610031006200323200'))
})

spec('header list: tells what may not be sent', () => {
  equal(HeaderList.create().isValid, true)
  equal(HeaderList.create().add(utf8('x-a'), utf8('a\tb')).isValid, true)
  equal(HeaderList.create().add(utf8('x-a'), utf8('a\nb')).isValid, false)
  equal(HeaderList.create().add(utf8('x a'), utf8('v')).isValid, false)
  equal(HeaderList.create().add(utf8('connection'), utf8('close')).isValid, false)
  equal(HeaderList.create().add(utf8(':path'), utf8('/a b')).isValid, false)
  equal(HeaderList.create().add(utf8(':status'), utf8('200')).isValid, false)
  equal(HeaderList.create().add(utf8('host'), utf8('a b')).isValid, false)
  equal(HeaderList.create().add(utf8(':path'), utf8('/')).hasPseudoHeaders, true)
})

spec('header list: counts names without case', () => {
  const list = HeaderList.create().add(utf8('x-a'), utf8('1')).add(utf8('X-A'), utf8('2'))
  equal(list.countOf(utf8('x-A')), 2)
  equal(list.countOf(utf8('x-b')), 0)
})

spec('header list: has the limits of a hostcall', () => {
  const many = HeaderList.create()
  for (let i = 0; i < 1024; i++) many.add(utf8('a'), utf8('1'))
  equal(many.isValid, true)
  equal(many.add(utf8('a'), utf8('1')).isValid, false)
})

spec('pair list: reads maps and lists, and nothing from other bytes', () => {
  const list = PairList.of(HeaderList.create().add(utf8('a'), utf8('1')).add(utf8('b'), utf8('')).encode())
  equal(list.size, 2)
  same(list.nameAt(1), utf8('b'))
  same(list.valueAt(0), utf8('1'))
  same(list.get(utf8('b')), Bytes.empty)
  same(list.get(utf8('c')), Bytes.absent)
  same(list.nameAt(2), Bytes.absent)
  same(list.valueAt(-1), Bytes.absent)
  equal(PairList.of(Bytes.absent).size, 0)
  equal(PairList.of(utf8('not pairs at all')).size, 0)
  equal(PairList.of(decodeHex(utf8('01000000ffffffffffffffff6100'))).size, 0)
})

spec("metric name: writes tags that cannot end early", () => {
  const name = MetricName.create().tag(utf8("code"), utf8("200")).tag(utf8("user"), utf8("a;.;b;.;"));
  same(name.of(utf8("requests")), utf8("code=.=200;.;user=.=a_b_;.;requests"));
  same(MetricName.create().tag(utf8("a"), Bytes.absent).tags, utf8("a=.=;.;"));
});
