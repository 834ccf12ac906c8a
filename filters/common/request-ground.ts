import { Random, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { ClientAddress } from "./client-address";
import { DecisionPath } from "./decision-path";

/** What the matches of a filter share: which path they see, whose address a request comes from, and what is drawn. */
export class RequestGround {
  readonly paths: DecisionPath = new DecisionPath();
  readonly random: Random = Random.seeded();
  client: ClientAddress = new ClientAddress();

  /** Reads the current field when it is one of those about it; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (!reader.at(utf8("client_ip"))) return this.paths.readField(reader);
    this.client = ClientAddress.read(reader);
    return true;
  }
}
