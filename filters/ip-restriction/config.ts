import { OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "../common/cidr-set";
import { ClientAddress } from "../common/client-address";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";
import { AddressList, ListAction } from "./list";

/** The plugin's configuration; what its lists have fetched changes, nothing else does. */
export class Config {
  clientIp: ClientAddress = new ClientAddress();
  deny: CidrSet = new CidrSet();
  allow: CidrSet = new CidrSet();
  lists: AddressList[] = [];
  /** Whether a list without a good answer lets requests pass. */
  failOpen: bool = false;
  /** Header that names the lists that have the address; absent = none. */
  tagHeader: OwnedBytes = OwnedBytes.absent();
  reply: DenyReply = new DenyReply(403, utf8("Your IP address is blocked.").toOwned());
  enforcement: Enforcement = new Enforcement();
  /** Whether only addresses pass that are allowed. */
  isAllowing: bool = false;

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) config.readField(reader);
    config.isAllowing = !config.allow.isEmpty || config.hasList(ListAction.Allow);
    const restricts = config.isAllowing || !config.deny.isEmpty || config.lists.length > 0;
    if (!restricts) reader.missing(utf8("deny, allow or lists"));
    return config;
  }

  private readField(reader: ConfigReader): void {
    if (reader.at(utf8("client_ip"))) this.clientIp = ClientAddress.read(reader);
    else if (reader.at(utf8("deny"))) this.deny = CidrSet.read(reader);
    else if (reader.at(utf8("allow"))) this.allow = CidrSet.read(reader);
    else if (reader.at(utf8("lists"))) this.readLists(reader);
    else if (reader.at(utf8("fail_open"))) this.failOpen = reader.readBool();
    else if (reader.at(utf8("tag_header"))) this.tagHeader = reader.readHeaderName();
    else if (reader.at(utf8("deny_response"))) this.reply.read(reader);
    else if (!this.enforcement.readField(reader)) reader.unknownField();
  }

  private readLists(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.lists.push(AddressList.read(reader));
  }

  private hasList(action: ListAction): bool {
    for (let i = 0; i < this.lists.length; i++) if (this.lists[i].action == action) return true;
    return false;
  }
}
