import { Bytes, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";

/** What remains to be found out once the body is there. */
export abstract class BodyCheck {
  /** Names what was signed, where a message may come once and its head has no name for it; known after {@link fault}. */
  messageId: OwnedBytes = OwnedBytes.absent();

  /** Why the whole body is not the right one; absent when it is. */
  abstract fault(body: Bytes): Bytes;
}

/** What a scheme says about the head of a request. */
// @ts-ignore: decorator
@final
export class Verdict {
  /** Whose signature it is. */
  principal: OwnedBytes = OwnedBytes.absent();
  /** Null = the head is all that counts. */
  bodyCheck: BodyCheck | null = null;
  /** Makes the request one that comes once; absent = it may come again, or its body check names it. */
  replayId: OwnedBytes = OwnedBytes.absent();
  /** How long the signature could be shown again. */
  replayNanos: u64 = 0;

  private constructor(
    /** Why the request may not pass, a literal; absent when it may as far as the head tells. */
    readonly fault: Bytes,
  ) {}

  static refused(fault: Bytes): Verdict {
    return new Verdict(fault);
  }

  static passed(principal: OwnedBytes): Verdict {
    const verdict = new Verdict(Bytes.absent);
    verdict.principal = principal;
    return verdict;
  }

  /** Lets the signature in once within the time in which it is good. */
  once(id: Bytes, nanos: u64): Verdict {
    this.replayId = id.toOwned();
    this.replayNanos = nanos;
    return this;
  }
}

/** One way to sign requests. */
export abstract class Scheme {
  /** Whether requests are let in once only. */
  rejectsReplay: bool = false;

  /** Name of the scheme in a challenge (RFC 9110 11.6.1). */
  get challenge(): Bytes {
    return utf8("Signature");
  }

  /** Whether a request has credentials of this kind. */
  abstract isUsedBy(headers: HeaderMap): bool;

  /** Judges what the head tells; `now` is in nanoseconds since 1970. */
  abstract judge(headers: HeaderMap, now: u64): Verdict;

  /** Removes the credentials. */
  abstract hide(headers: HeaderMap): void;
}
