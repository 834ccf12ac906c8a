import { HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";
import { Provider } from "./provider";

/** The plugin's configuration; immutable once read. */
export class Config {
  readonly providers: Provider[] = [];
  readonly enforcement: Enforcement = new Enforcement();
  /** Headers that no client may write. */
  readonly ownHeaders: OwnedBytes[] = [];
  /** The text is that of Envoy's filter. */
  readonly reply: DenyReply = new DenyReply(401, utf8("OAuth flow failed.").toOwned());

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("providers"))) config.readProviders(reader);
      else if (reader.at(utf8("deny_response"))) config.reply.read(reader);
      else if (!config.enforcement.readField(reader)) reader.unknownField();
    }
    if (config.providers.length == 0) reader.missing(utf8("providers"));
    return config;
  }

  /** The first provider that is for a request's host; null = none is. */
  providerFor(headers: HeaderMap): Provider | null {
    for (let i = 0; i < this.providers.length; i++) if (this.providers[i].isFor(headers)) return this.providers[i];
    return null;
  }

  private readProviders(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const provider = Provider.read(reader);
      this.providers.push(provider);
      for (let i = 0; i < provider.claimHeaders.length; i++) this.ownHeaders.push(provider.claimHeaders[i].name);
    }
  }
}
