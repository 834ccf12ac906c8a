import { utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "../common/cidr-set";
import { ClientAddress } from "../common/client-address";

/** The plugin's configuration; immutable once read. */
export class Config {
  clientIp: ClientAddress = new ClientAddress();
  deny: CidrSet = new CidrSet();
  /** Empty = every address that is not denied. */
  allow: CidrSet = new CidrSet();

  static read(reader: ConfigReader): Config {
    const config = new Config();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("client_ip"))) config.clientIp = ClientAddress.read(reader);
      else if (reader.at(utf8("deny"))) config.deny = CidrSet.read(reader);
      else if (reader.at(utf8("allow"))) config.allow = CidrSet.read(reader);
      else reader.unknownField();
    }
    if (config.deny.isEmpty && config.allow.isEmpty) reader.missing(utf8("deny or allow"));
    return config;
  }
}
