/**
 * `sluice/testing/vitest`: matchers for answers and hosts. Importing it once (in a test, or as a setup file) is enough. As a
 * setup file it also hands the coverage of each test file to `sluice test --coverage`.
 *
 *     expect(response).toHaveStatus(403)
 *     expect(host).toHaveLogged('no key')
 */
import { afterAll, expect } from 'vitest'
import { describeFinding, type Finding, type TextPattern } from './checks/finding.ts'
import { checkCounted, checkLogged, checkTrapped } from './checks/host-checks.ts'
import {
  checkBody,
  checkDetails,
  checkHeader,
  checkReached,
  checkStatus,
  type AnswerFacts,
  type Message,
} from './checks/message-checks.ts'
import { saveCoverage } from './coverage/saved-coverage.ts'
import type { TestHost } from './test-host.ts'
import type { TestResponse } from './test-stream.ts'

/** The matchers that this module adds. */
export interface SluiceMatchers<R = unknown> {
  /** Of an answer; 0 = no head came. */
  toHaveStatus(status: number): R
  /** Of an answer or of a request upstream: one of the values; without a value: any. */
  toHaveHeader(name: string, value?: TextPattern): R
  /** Of an answer or of a request upstream: the whole body. */
  toHaveBody(body: TextPattern): R
  /** Response code details of an answer, as in the access log. */
  toHaveDetails(details: TextPattern): R
  /** A request arrived upstream for this answer, at the cluster if one is named. */
  toHaveReached(cluster?: string): R
  /** A guest of the host has logged a line with the text. */
  toHaveLogged(text: TextPattern): R
  /** Value of a guest's counter or gauge, number of samples of a histogram. */
  toHaveCounted(metric: string, value: number): R
  /** A guest of the host has trapped, with the text in its backtrace: `filter.ts:12`. */
  toHaveTrapped(text?: TextPattern): R
}

declare module 'vitest' {
  // The parameters are vitest's own.
  // oxlint-disable-next-line typescript/no-unused-vars
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends SluiceMatchers<R> {}
}

interface Context {
  readonly isNot: boolean
}

type Verdict = { readonly pass: boolean; readonly message: () => string }

function matcher<Subject, Wanted extends readonly unknown[]>(check: (subject: Subject, ...wanted: Wanted) => Finding) {
  return function (this: Context, subject: Subject, ...wanted: Wanted): Verdict {
    const finding = check(subject, ...wanted)
    return { pass: finding.ok, message: () => describeFinding(finding, this.isNot) }
  }
}

afterAll(saveCoverage)

expect.extend({
  toHaveStatus: matcher<AnswerFacts, [number]>(checkStatus),
  toHaveHeader: matcher<Message, [string, TextPattern?]>(checkHeader),
  toHaveBody: matcher<Message, [TextPattern]>(checkBody),
  toHaveDetails: matcher<AnswerFacts, [TextPattern]>(checkDetails),
  toHaveReached: matcher<TestResponse, [string?]>(checkReached),
  toHaveLogged: matcher<TestHost, [TextPattern]>(checkLogged),
  toHaveCounted: matcher<TestHost, [string, number]>(checkCounted),
  toHaveTrapped: matcher<TestHost, [TextPattern?]>(checkTrapped),
})
