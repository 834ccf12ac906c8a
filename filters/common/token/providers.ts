import { OwnedBytes } from "@sluice/sdk";
import { JwtProvider } from "./jwt-provider";
import { Provider } from "./provider";
import { ProviderSet } from "./provider-set";
import { TokenBinding } from "./token-binding";

/** Providers that sign their tokens, which are bound to nobody. */
export class Providers extends ProviderSet {
  protected override create(name: OwnedBytes): Provider {
    return new JwtProvider(name, new TokenBinding());
  }
}
