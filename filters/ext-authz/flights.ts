import { Bytes, Context, OwnedBytes } from "@sluice/sdk";
import { ConfiguredRoot } from "@sluice/sdk/config";
import { Verdict, VerdictReceiver } from "./verdict";

/** Requests that wait for the answer to another one's question; further ones ask by themselves. */
const MOST_WAITING: i32 = 1024;
/** Questions on their way that another request can find. */
const MOST_FLIGHTS: i32 = 256;

/** The plugin that asks for several requests at once. */
export abstract class FlightOwner extends ConfiguredRoot {
  abstract onLanded(flight: Flight, verdict: Verdict): void;
}

/** A question on its way, and the requests that wait for its answer; the first one asked. */
export class Flight extends VerdictReceiver {
  readonly waiting: u32[] = [];

  constructor(readonly key: OwnedBytes) {
    super();
  }

  override onVerdict(asker: Context, verdict: Verdict): void {
    (<FlightOwner>asker).onLanded(this, verdict);
  }
}

/** Questions on their way: none is asked twice at a time. */
export class Flights {
  private readonly open: Flight[] = [];
  private waitingCount: i32 = 0;

  /** Lets a request wait for an answer to its question. False when there is no such question, or too many wait. */
  join(key: Bytes, stream: u32): bool {
    if (this.waitingCount >= MOST_WAITING) return false;
    for (let i = 0; i < this.open.length; i++) {
      if (!this.open[i].key.view.equals(key)) continue;
      this.open[i].waiting.push(stream);
      this.waitingCount++;
      return true;
    }
    return false;
  }

  /** Notes a question that a request is about to ask. */
  depart(key: Bytes, stream: u32): Flight {
    const flight = new Flight(key.toOwned());
    flight.waiting.push(stream);
    if (this.open.length < MOST_FLIGHTS) this.open.push(flight);
    return flight;
  }

  /** The question has been answered, or could not be sent. */
  land(flight: Flight): void {
    this.waitingCount -= flight.waiting.length - 1;
    const at = this.open.indexOf(flight);
    if (at < 0) return;
    this.open[at] = this.open[this.open.length - 1];
    this.open.pop();
  }
}
