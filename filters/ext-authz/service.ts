import { Bytes, BytesBuilder, Context, HeaderMap, HttpContext } from "@sluice/sdk";
import { VerdictReceiver } from "./verdict";

/** A question about one request. */
export abstract class Question {
  /** Shows the service the body too, or its beginning; in gRPC as a text unless it is packed as bytes. */
  abstract setBody(body: Bytes, isPartial: bool, packsBytes: bool): void;

  /** Adds everything that is asked, so that equal questions are equal bytes. */
  abstract addTo(key: BytesBuilder): void;

  /** Sends it. False when that is not possible: no verdict follows. */
  abstract send(asker: Context, receiver: VerdictReceiver): bool;
}

/** Whom a filter asks. */
export abstract class AuthzService {
  /** What is asked about the request whose headers can be read. */
  abstract question(stream: HttpContext): Question;

  /** Removes from a request what only the service may say. */
  abstract strip(headers: HeaderMap): void;
}
