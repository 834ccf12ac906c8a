import { Bytes, Context, OwnedBytes } from "@sluice/sdk";
import { Change, HeaderChanges } from "./header-changes";

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
  /** Of the refusal, or of the response to the request that passes. */
  readonly responseChanges: HeaderChanges = new HeaderChanges();
  /** Properties of the stream. */
  readonly propertyNames: OwnedBytes[] = [];
  readonly propertyValues: OwnedBytes[] = [];
  /** Parts of the answer that are ignored. */
  invalid: u32 = 0;
  /** The answer sets a cookie: it is for nobody else. */
  isPersonal: bool = false;
  /** Seconds for which the answer says that it is good; -1 = it says nothing. */
  maxAge: i64 = -1;

  constructor(readonly outcome: Outcome) {}

  /** Bytes that it takes to keep it, about. */
  get size(): i32 {
    let size = this.body.length + this.requestChanges.size + this.responseChanges.size;
    for (let i = 0; i < this.propertyValues.length; i++) size += this.propertyNames[i].length + this.propertyValues[i].length;
    return size;
  }

  changeRequest(change: Change, name: Bytes, value: Bytes): void {
    if (!this.requestChanges.add(change, name, value)) this.invalid++;
  }

  changeResponse(change: Change, name: Bytes, value: Bytes): void {
    if (!this.responseChanges.add(change, name, value)) this.invalid++;
  }

  setProperty(name: Bytes, value: Bytes): void {
    this.propertyNames.push(name.toOwned());
    this.propertyValues.push(value.toOwned());
  }
}

/** Who is told the verdict. */
export abstract class VerdictReceiver {
  /** `asker` is the context that asked, and the effective one. */
  abstract onVerdict(asker: Context, verdict: Verdict): void;
}
