import { Bytes, Context, OwnedBytes } from "@sluice/sdk";
import { Change, HeaderChanges } from "./header-changes";
import { HeaderPairs } from "./header-pairs";

/** What a service says of a request. */
export enum Outcome {
  Ok,
  Denied,
  /** It could not be asked, or said nothing that is a verdict. */
  Error,
}

/** A service's answer, without what may not be carried out. */
export class Verdict {
  /** Status and body of the refusal. */
  status: u32 = 0;
  body: OwnedBytes = OwnedBytes.absent();
  /** Of the request that passes. */
  readonly requestChanges: HeaderChanges = new HeaderChanges();
  /** Query parameters of the request that passes: set, or removed where the value is absent. */
  readonly query: HeaderPairs = new HeaderPairs();
  /** Of the refusal, or of the response to the request that passes. */
  readonly responseChanges: HeaderChanges = new HeaderChanges();
  /** Properties of the stream. */
  readonly properties: HeaderPairs = new HeaderPairs();
  /** Parts of the answer that are ignored. */
  invalid: u32 = 0;
  /** The answer sets a cookie: it is for nobody else. */
  isPersonal: bool = false;
  /** Seconds for which the answer says that it is good; -1 = it says nothing. */
  maxAge: i64 = -1;
  /** Of a verdict that is kept. */
  expiresNanos: u64 = 0;

  constructor(readonly outcome: Outcome) {}

  /** Bytes that it takes to keep it, about. */
  get size(): i32 {
    return this.body.length + this.requestChanges.pairs.size + this.responseChanges.pairs.size + this.properties.size;
  }

  changeRequest(change: Change, name: Bytes, value: Bytes): void {
    if (!this.requestChanges.add(change, name, value)) this.invalid++;
  }

  changeQuery(name: Bytes, value: Bytes): void {
    if (name.length > 0 && isQueryText(name) && isQueryText(value) && name.indexOfByte(0x3d) < 0) this.query.add(name, value);
    else this.invalid++;
  }

  changeResponse(change: Change, name: Bytes, value: Bytes): void {
    if (!this.responseChanges.add(change, name, value)) this.invalid++;
  }
}

/** Whether a text may stand in a query as it is: visible, and neither of its ends. */
function isQueryText(text: Bytes): bool {
  for (let i = 0; i < text.length; i++) {
    const byte = text[i];
    if (byte <= 0x20 || byte == 0x7f || byte == 0x23 || byte == 0x26) return false;
  }
  return true;
}

/** Who is told the verdict. */
export abstract class VerdictReceiver {
  /** `asker` is the context that asked, and the effective one. */
  abstract onVerdict(asker: Context, verdict: Verdict): void;
}
