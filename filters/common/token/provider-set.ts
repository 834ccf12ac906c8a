import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { JwtStatus } from "../jose/jwt-status";
import { Location } from "../location";
import { Provider } from "./provider";
import { TokenOwner } from "./token-owner";
import { Verdict } from "./verdict";

const DEFAULT_ENTRIES: u32 = 100;
const MOST_ENTRIES: u32 = 100000;
const DEFAULT_TOKEN_BYTES: u32 = 4096;
const MOST_TOKEN_BYTES: u32 = 8192;
/** Tokens of a request that are told apart; nobody has that many. */
const MOST_TOKENS: i32 = 64;

/** All providers of a plugin, and what they have in common. */
export abstract class ProviderSet {
  readonly list: Provider[] = [];
  /** Headers that tell of tokens, which no client may write. */
  readonly ownHeaders: OwnedBytes[] = [];
  private cacheEntries: u32 = DEFAULT_ENTRIES;
  private maxTokenBytes: u32 = DEFAULT_TOKEN_BYTES;

  /** A provider that is to be read. */
  protected abstract create(name: OwnedBytes): Provider;

  /** Reads the current field when it is one of these; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("providers"))) this.readList(reader);
    else if (reader.at(utf8("jwt_cache_config"))) this.readCache(reader);
    else return false;
    return true;
  }

  /** All fields have been read. */
  complete(reader: ConfigReader): void {
    const list = this.list;
    if (list.length == 0) reader.missing(utf8("providers"));
    for (let i = 0; i < list.length; i++) {
      list[i].output.namesInto(this.ownHeaders);
      list[i].useCache(this.cacheEntries, this.maxTokenBytes);
    }
    for (let i = 0; i < list.length; i++) this.checkHeaders(reader, list[i].locations);
  }

  /** The plugin starts. */
  open(owner: TokenOwner): void {
    for (let i = 0; i < this.list.length; i++) this.list[i].open(owner);
  }

  named(name: Bytes): Provider | null {
    for (let i = 0; i < this.list.length; i++) if (this.list[i].name.view.equals(name)) return this.list[i];
    return null;
  }

  /** All tokens that stand where some provider's may: each must be good for one of them. */
  judge(verdict: Verdict): JwtStatus {
    const seen: Bytes[] = [];
    const statuses: JwtStatus[] = [];
    for (let i = 0; i < this.list.length; i++) this.judgeBy(this.list[i], verdict, seen, statuses);
    let status = JwtStatus.Missing;
    for (let i = 0; i < statuses.length; i++) {
      if (statuses[i] > JwtStatus.Pending) return statuses[i];
      if (status != JwtStatus.Pending) status = statuses[i];
    }
    return seen.length < MOST_TOKENS ? status : JwtStatus.TooMany;
  }

  /** Takes all tokens out of the request but those that upstreams get anyway. */
  hideTokens(verdict: Verdict): void {
    for (let i = 0; i < this.list.length; i++) {
      const locations = this.list[i].locations;
      for (let k = 0; k < locations.length; k++) {
        if (verdict.tokensAt(locations[k]).length > 0) verdict.hide(this.list[i], locations[k]);
      }
    }
  }

  private judgeBy(provider: Provider, verdict: Verdict, seen: Bytes[], statuses: JwtStatus[]): void {
    for (let i = 0; i < provider.locations.length; i++) {
      const location = provider.locations[i];
      const tokens = verdict.tokensAt(location);
      for (let k = 0; k < tokens.length && seen.length < MOST_TOKENS; k++) {
        const status = provider.judgeToken(verdict, location, tokens[k], provider.demands.audiences);
        note(seen, statuses, tokens[k], status);
      }
    }
  }

  /** A header that is removed first could show no token. */
  private checkHeaders(reader: ConfigReader, locations: Location[]): void {
    for (let i = 0; i < locations.length; i++) {
      for (let k = 0; k < this.ownHeaders.length; k++) {
        if (!locations[i].isHeader(this.ownHeaders[k].view)) continue;
        reader.invalid(utf8("for claims and payload other headers than those of tokens"));
      }
    }
  }

  /** A provider for each name. */
  private readList(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      const provider = this.create(reader.field.toOwned());
      provider.read(reader);
      this.list.push(provider);
    }
  }

  private readCache(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("jwt_cache_size"))) this.cacheEntries = reader.readU32(0, MOST_ENTRIES);
      else if (reader.at(utf8("jwt_max_token_size"))) this.maxTokenBytes = reader.readU32(1, MOST_TOKEN_BYTES);
      else reader.unknownField();
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
