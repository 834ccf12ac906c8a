import { Bytes, HeaderMap, HttpContext, OwnedBytes } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

/** What credentials a method finds in a request; of several methods that are all needed the greatest counts. */
export enum Finding {
  /** Good ones. */
  Accepted,
  /** None. */
  Missing,
  /** Something of another kind where they would stand. */
  Foreign,
  /** It is not known yet: the stream is told when to ask again. */
  Pending,
  /** Those of somebody who may not do this. */
  Forbidden,
  /** Wrong ones. */
  Wrong,
}

/** What a method says of a request; lives as long as a callback. */
export class Judgement {
  constructor(
    readonly finding: Finding,
    /** Why it is not accepted, for the access log. */
    readonly details: Bytes,
    /** Who it is that was accepted. */
    readonly principal: Bytes = Bytes.absent,
  ) {}

  /** The request goes on: tells the upstream and other filters whom it is from. */
  tell(stream: HttpContext): void {}
}

/** A way to show who one is. */
export abstract class AuthMethod {
  /** Whether the upstream does not see accepted credentials; a method that hides its own when it tells of them says false. */
  hidesCredentials: bool = false;

  /** Reads the current field when it is one of this method; false when it is another one. */
  abstract readField(reader: ConfigReader): bool;

  /** All fields have been read. */
  abstract complete(reader: ConfigReader): void;

  /** The plugin starts: begins to care for what it needs from elsewhere. */
  open(): void {}

  /** Appends the headers that tell the upstream who it is; no client may write them. */
  abstract ownHeadersInto(names: OwnedBytes[]): void;

  /** Appends the headers in which credentials may stand. */
  abstract credentialHeadersInto(names: OwnedBytes[]): void;

  /** Judges the credentials of a request, whose head has just come or waited for the verdict. */
  abstract judge(stream: HttpContext): Judgement;

  /** What a client should show (RFC 9110 11.6.1), after a judgement of this request; absent = nothing is said. */
  abstract challenge(stream: HttpContext, judgement: Judgement | null): Bytes;

  /** Takes all credentials of its kind out of a request. */
  abstract removeCredentials(headers: HeaderMap): void;
}
