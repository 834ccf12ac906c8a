import { Bytes, CalloutHandler, Context } from "@sluice/sdk";
import { Flight } from "./knowledge";
import { OpaqueProvider } from "./opaque-provider";
import { IntrospectionOwner } from "./owner";

const OK: u32 = 200;
const MAX_BYTES: u32 = 1 << 16;

/** The two ways in which a question can end. */
export class Answer extends CalloutHandler {
  constructor(private readonly provider: OpaqueProvider, private readonly flight: Flight) {
    super();
  }

  onResponse(context: Context): void {
    const body = context.calloutBody;
    const isGood = context.calloutStatus == OK && body.size <= MAX_BYTES;
    this.provider.onAnswer(context as IntrospectionOwner, this.flight, isGood ? body.read() : Bytes.absent);
  }

  onReset(context: Context): void {
    this.provider.onAnswer(context as IntrospectionOwner, this.flight, Bytes.absent);
  }
}
