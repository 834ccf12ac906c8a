import { Bytes, HttpContext, utf8 } from "@sluice/sdk";
import { AuthMethod, Finding, Judgement } from "../common/auth-method";
import { NamedMethod } from "./methods";

/** What a method has accepted. */
export class Shown {
  constructor(readonly by: NamedMethod, readonly judgement: Judgement) {}
}

/** One run of a request through a requirement; lives as long as a callback. A request that waited gets another one. */
export class Trial {
  /** What counts so far; the first says who it is. */
  readonly shown: Shown[] = [];
  /** What spoke last against the request; null = there is nothing. */
  private failure: Judgement | null = null;
  private failedMethod: AuthMethod | null = null;

  constructor(readonly stream: HttpContext) {}

  /** A method has accepted something. */
  show(by: NamedMethod, judgement: Judgement): void {
    this.shown.push(new Shown(by, judgement));
  }

  /**
   * Something speaks against the request; what is only of another kind counts where there is nothing worse. `method`: whose judgement
   * it is; null = of no method.
   */
  noteFailure(method: AuthMethod | null, judgement: Judgement): void {
    if (judgement.finding == Finding.Foreign && this.failure !== null) return;
    this.failure = judgement;
    this.failedMethod = method;
  }

  /** What a method itself says against the request; null = nothing, or it is not what decides. */
  failureOf(method: AuthMethod): Judgement | null {
    return this.failedMethod === method ? this.failure : null;
  }

  /** Why the request is refused. */
  get details(): Bytes {
    const failure = this.failure;
    return failure === null ? utf8("auth_any_missing_credentials") : failure.details;
  }

  /** Whether a method's credentials are among those that count. */
  counts(method: AuthMethod): bool {
    for (let i = 0; i < this.shown.length; i++) if (this.shown[i].by.method === method) return true;
    return false;
  }
}
