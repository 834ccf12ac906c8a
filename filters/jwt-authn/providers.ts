import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { JwtStatus } from "../common/jose/jwt-status";
import { Attempt } from "./attempt";
import { Provider } from "./provider";

/** All providers of a plugin. */
export class Providers {
  readonly list: Provider[] = [];

  /** Reads the object that the reader stands at: a provider for each name. */
  static read(reader: ConfigReader): Providers {
    const providers = new Providers();
    for (reader.enterObject(); reader.nextField(); ) {
      providers.list.push(Provider.read(reader, reader.field.toOwned()));
    }
    return providers;
  }

  named(name: Bytes): Provider | null {
    for (let i = 0; i < this.list.length; i++) if (this.list[i].name.view.equals(name)) return this.list[i];
    return null;
  }

  /** All tokens that stand where some provider's may: each must be good for one of them. */
  judge(attempt: Attempt): JwtStatus {
    const seen: Bytes[] = [];
    const statuses: JwtStatus[] = [];
    for (let i = 0; i < this.list.length; i++) this.judgeBy(this.list[i], attempt, seen, statuses);
    let status = JwtStatus.Missing;
    for (let i = 0; i < statuses.length; i++) {
      if (statuses[i] > JwtStatus.Pending) return statuses[i];
      if (status != JwtStatus.Pending) status = statuses[i];
    }
    return status;
  }

  private judgeBy(provider: Provider, attempt: Attempt, seen: Bytes[], statuses: JwtStatus[]): void {
    for (let i = 0; i < provider.locations.length; i++) {
      const location = provider.locations[i];
      const tokens = attempt.tokensAt(location);
      for (let k = 0; k < tokens.length; k++) {
        const status = provider.judgeToken(attempt, location, tokens[k], provider.demands.audiences);
        note(seen, statuses, tokens[k], status);
      }
    }
  }
}

/** Of what several providers say of one token the best counts; of failures the one of a provider whose token it is. */
function note(seen: Bytes[], statuses: JwtStatus[], token: Bytes, status: JwtStatus): void {
  for (let i = 0; i < seen.length; i++) {
    if (!seen[i].equals(token)) continue;
    const known = statuses[i];
    if (known == JwtStatus.UnknownIssuer || (status <= JwtStatus.Pending && status < known)) statuses[i] = status;
    return;
  }
  seen.push(token);
  statuses.push(status);
}
