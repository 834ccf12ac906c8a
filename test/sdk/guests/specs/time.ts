import { Bytes, NO_TIME, formatHttpDate, formatRfc3339, parseHttpDate, parseRfc3339, utf8 } from '@sluice/sdk'
import { dateOf, daysOf } from '@sluice/sdk/text/calendar'
import { equal, same, spec } from './support/spec'

spec('calendar: turns days into dates and back, for 9999 years', () => {
  for (let day = -719162; day < 2932896; day += 13) {
    const date = dateOf(day)
    equal(daysOf(date >> 16, (date >> 8) & 0xff, date & 0xff), day)
  }
  equal(daysOf(1970, 1, 1), 0)
  equal(daysOf(2000, 2, 29) + 1, daysOf(2000, 3, 1))
})

spec('http date: writes the preferred form', () => {
  same(formatHttpDate(784111777), utf8('Sun, 06 Nov 1994 08:49:37 GMT'))
  same(formatHttpDate(0), utf8('Thu, 01 Jan 1970 00:00:00 GMT'))
  same(formatHttpDate(-1), utf8('Wed, 31 Dec 1969 23:59:59 GMT'))
  same(formatHttpDate(253402300799), utf8('Fri, 31 Dec 9999 23:59:59 GMT'))
  same(formatHttpDate(253402300800), Bytes.absent)
  same(formatHttpDate(i64.MIN_VALUE), Bytes.absent)
})

spec('http date: reads all three forms', () => {
  equal(parseHttpDate(utf8('Sun, 06 Nov 1994 08:49:37 GMT')), 784111777)
  equal(parseHttpDate(utf8('Sunday, 06-Nov-94 08:49:37 GMT')), 784111777)
  equal(parseHttpDate(utf8('Sun Nov  6 08:49:37 1994')), 784111777)
  equal(parseHttpDate(utf8('Wednesday, 01-Jan-69 00:00:00 GMT')), 3124224000)
  equal(parseHttpDate(utf8('Sat, 29 Feb 2020 23:59:60 GMT')), 1583020799)
})

spec('http date: reads what it writes', () => {
  for (let time: i64 = -4000000000; time < 9000000000; time += 12345677) {
    equal(parseHttpDate(formatHttpDate(time)), time)
  }
})

spec('http date: refuses everything else', () => {
  equal(parseHttpDate(Bytes.empty), NO_TIME)
  equal(parseHttpDate(utf8('Sun, 06 Nov 1994 08:49:37 UTC')), NO_TIME)
  equal(parseHttpDate(utf8('Sun, 6 Nov 1994 08:49:37 GMT')), NO_TIME)
  equal(parseHttpDate(utf8('Sun, 06 nov 1994 08:49:37 GMT')), NO_TIME)
  equal(parseHttpDate(utf8('Xxx, 06 Nov 1994 08:49:37 GMT')), NO_TIME)
  equal(parseHttpDate(utf8('Sun, 31 Feb 1994 08:49:37 GMT')), NO_TIME)
  equal(parseHttpDate(utf8('Sun, 06 Nov 1994 24:00:00 GMT')), NO_TIME)
  equal(parseHttpDate(utf8('Sun, 06 Nov 1994 08:60:37 GMT')), NO_TIME)
  equal(parseHttpDate(utf8('Sun, 06 Nov 1994 08:49:37 GMT ')), NO_TIME)
  equal(parseHttpDate(utf8('Sunday, 06-Nov-1994 08:49:37 GMT')), NO_TIME)
  equal(parseHttpDate(utf8('Someday, 06-Nov-94 08:49:37 GMT')), NO_TIME)
  equal(parseHttpDate(utf8('Sun Nov 66 08:49:37 1994')), NO_TIME)
})

spec('rfc 3339: reads offsets and fractions', () => {
  equal(parseRfc3339(utf8('1994-11-06T08:49:37Z')), 784111777000000000)
  equal(parseRfc3339(utf8('1994-11-06t09:49:37.5+01:00')), 784111777500000000)
  equal(parseRfc3339(utf8('1994-11-06T08:19:37.123456789123-00:30')), 784111777123456789)
  equal(parseRfc3339(utf8('1969-12-31T23:59:59.999999999z')), -1)
})

spec('rfc 3339: reads what it writes', () => {
  same(formatRfc3339(784111777000000000), utf8('1994-11-06T08:49:37Z'))
  same(formatRfc3339(-1), utf8('1969-12-31T23:59:59.999999999Z'))
  for (let time: i64 = -4000000000000000000; time < 8000000000000000000; time += 98765432123456789) {
    equal(parseRfc3339(formatRfc3339(time)), time)
  }
})

spec('rfc 3339: refuses everything else', () => {
  equal(parseRfc3339(utf8('1994-11-06')), NO_TIME)
  equal(parseRfc3339(utf8('1994-11-06T08:49:37')), NO_TIME)
  equal(parseRfc3339(utf8('1994-11-06 08:49:37Z')), NO_TIME)
  equal(parseRfc3339(utf8('1994-13-06T08:49:37Z')), NO_TIME)
  equal(parseRfc3339(utf8('1995-02-29T08:49:37Z')), NO_TIME)
  equal(parseRfc3339(utf8('1994-11-06T08:49:37.Z')), NO_TIME)
  equal(parseRfc3339(utf8('1994-11-06T08:49:37+0100')), NO_TIME)
  equal(parseRfc3339(utf8('1994-11-06T08:49:37+24:00')), NO_TIME)
  equal(parseRfc3339(utf8('1994-11-06T08:49:37Zz')), NO_TIME)
  equal(parseRfc3339(utf8('9999-11-06T08:49:37Z')), NO_TIME)
})
