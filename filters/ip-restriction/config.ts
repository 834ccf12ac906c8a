import { utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "../common/cidr-set";
import { ClientAddress } from "../common/client-address";
import { DenyReply } from "../common/deny-reply";
import { Enforcement } from "../common/enforcement";

/** The plugin's configuration; immutable once read. */
export class Config {
  clientIp: ClientAddress = new ClientAddress();
  deny: CidrSet = new CidrSet();
  /** Empty = every address that is not denied. */
  allow: CidrSet = new CidrSet();
  reply: DenyReply = new DenyReply(403, utf8("Your IP address is blocked.").toOwned());
  enforcement: Enforcement = new Enforcement();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("client_ip"))) config.clientIp = ClientAddress.read(reader);
      else if (reader.at(utf8("deny"))) config.deny = CidrSet.read(reader);
      else if (reader.at(utf8("allow"))) config.allow = CidrSet.read(reader);
      else if (reader.at(utf8("deny_response"))) config.reply.read(reader);
      else if (!config.enforcement.readField(reader)) reader.unknownField();
    }
    if (config.deny.isEmpty && config.allow.isEmpty) reader.missing(utf8("deny or allow"));
    return config;
  }
}
